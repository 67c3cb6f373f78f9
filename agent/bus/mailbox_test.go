package bus_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent/bus"
)

// taken is what a worker gets of all that is in the stream.
func taken(t *testing.T, b *bus.Bus, n int) []bus.Stored {
	t.Helper()
	all := make(chan bus.Stored, n)
	taking, err := b.Take(2, func(m *nats.Msg) {
		meta, err := m.Metadata()
		if err != nil {
			t.Error(err)
			return
		}
		all <- bus.StoredOf(m, meta)
		_ = m.Ack()
	}, func(err error) { t.Errorf("disturbed: %v", err) })
	must(t, err)
	var got []bus.Stored
	for range n {
		select {
		case s := <-all:
			got = append(got, s)
		case <-time.After(10 * time.Second):
			t.Fatalf("%d events came of %d", len(got), n)
		}
	}
	taking.Drain()
	<-taking.Closed()
	return got
}

func TestADeliveredEventKnowsWhichOneItFollows(t *testing.T) {
	r := setup(t)
	var seqs []uint64
	for n := range 4 {
		seq, err := bus.PublishEvent(t.Context(), r.js, event(n))
		must(t, err)
		other := event(n)
		other.Conversation = "fedcba9876543210"
		_, err = bus.PublishEvent(t.Context(), r.js, other)
		must(t, err)
		seqs = append(seqs, seq)
	}
	data, err := json.Marshal(event(9))
	must(t, err)
	ack, err := r.js.Publish(t.Context(), bus.InSubject(conversation), data) // by somebody who makes no condition
	must(t, err)
	before := uint64(0)
	for _, s := range taken(t, r.bus, 9) {
		if s.Seq != seqs[0] && s.Seq != seqs[1] && s.Seq != seqs[2] && s.Seq != seqs[3] && s.Seq != ack.Sequence {
			continue // the other conversation's
		}
		if s.Seq == ack.Sequence {
			if s.Chained || s.Follows(s.Seq-1) {
				t.Errorf("an event that was stored without a condition claims to know what it follows: %+v", s)
			}
			continue
		}
		if !s.Chained || s.After != before {
			t.Errorf("event %d follows %d (%t), want %d", s.Seq, s.After, s.Chained, before)
		}
		if !s.Follows(before) || s.Follows(s.Seq) || before > 0 && s.Follows(before-1) {
			t.Errorf("event %d after %d: follows the wrong cursors", s.Seq, before)
		}
		before = s.Seq
	}
}

func TestEventsThatArriveTogetherMakeOneChain(t *testing.T) {
	r := setup(t)
	const n = 24
	var publishing sync.WaitGroup
	for i := range n {
		publishing.Go(func() {
			if _, err := bus.PublishEvent(t.Context(), r.js, event(i)); err != nil {
				t.Error(err)
			}
		})
	}
	publishing.Wait()
	before := uint64(0)
	for _, s := range taken(t, r.bus, n) {
		if s.Chained && s.After != before {
			t.Errorf("event %d says that it follows %d, and follows %d", s.Seq, s.After, before)
		}
		before = s.Seq
	}
}

func TestABurstIsReadWholeAndInOrder(t *testing.T) {
	r := setup(t)
	const n = 40
	for i := range n {
		_, err := bus.PublishEvent(t.Context(), r.js, event(i))
		must(t, err)
	}
	stored, err := r.bus.Unanswered(t.Context(), conversation, 0, 64, 1<<20)
	must(t, err)
	if len(stored) != n {
		t.Fatalf("%d events, want %d", len(stored), n)
	}
	for i, s := range stored {
		var e struct{ ID string }
		must(t, json.Unmarshal(s.Data, &e))
		if e.ID != event(i).ID || s.At.IsZero() {
			t.Errorf("event %d is %s of %s", i, e.ID, s.At)
		}
	}
}

// Events come although requests for them are lost: with a restart of the
// server all that it owed is forgotten.
func TestEventsComeAfterTheServerForgotThatTheyWereAskedFor(t *testing.T) {
	r := setup(t)
	came := make(chan string, 8)
	taking, err := r.bus.Take(4, func(m *nats.Msg) {
		came <- fmt.Sprint(m.Subject)
		_ = m.Ack()
	}, func(error) {})
	must(t, err)
	defer taking.Drain()
	_, err = bus.PublishEvent(t.Context(), r.js, event(1))
	must(t, err)
	<-came
	must(t, r.server.Restart())
	late := time.After(20 * time.Second)
	for published := false; ; {
		if !published {
			_, err := bus.PublishEvent(t.Context(), r.js, event(2))
			published = err == nil
		}
		select {
		case <-came:
			return
		case <-time.After(50 * time.Millisecond):
		case <-late:
			t.Fatal("no event came after the restart")
		}
	}
}
