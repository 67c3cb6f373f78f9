package worker

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
)

var floodSize = flag.Int("flood", 800, "events of a flood, in tests of fairness")

// thinks is a decider that takes as long for a turn as a quick model.
type thinks struct {
	fakeDecider
	for_ time.Duration
}

func (d *thinks) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	select {
	case <-time.After(d.for_):
	case <-ctx.Done():
		return agent.Decision{}, ctx.Err()
	}
	return d.fakeDecider.Decide(ctx, t)
}

// pour publishes events as fast as the server takes them.
func (r *rig) pour(t *testing.T, events []agent.Event) {
	t.Helper()
	js, err := jetstream.New(r.nc, jetstream.WithPublishAsyncMaxPending(512))
	must(t, err)
	for _, e := range events {
		_, err := js.PublishAsync(bus.InSubject(e.Of()), []byte(encode(t, e)), jetstream.WithStallWait(time.Minute))
		must(t, err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(time.Minute):
		t.Fatal("the server does not take the events")
	}
}

// ofClinic is an event of a conversation that is the clinic's alone.
func ofClinic(clinic string, conversation, n int) agent.Event {
	e := event(conversation, n, "hola")
	e.Clinic, e.ID = clinic, clinic+"."+e.ID
	return e
}

// order watches in which order conversations get their turns, by counts that no
// busy machine changes.
type order struct {
	mu            sync.Mutex
	flood, others int               // turns begun
	came          map[string][2]int // both when a conversation's event was last received, until its turn
	worst         int               // how many more of the flood than of others were begun while one waited
}

// steps is Config.steps of all workers. The flood is what is not of the
// others' conversations.
func (o *order) steps(_ context.Context, s step, c agent.Conversation) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	other := c.Clinic == "sunset" && c.ID >= fmt.Sprintf("%032d", firstOther)
	switch {
	case s == stepReceived && other:
		o.came[c.ID] = [2]int{o.flood, o.others}
	case s == stepLease && !other:
		o.flood++
	case s == stepLease:
		o.others++
		if came, ok := o.came[c.ID]; ok {
			delete(o.came, c.ID)
			o.worst = max(o.worst, o.flood-came[0]-(o.others-came[1]))
		}
	}
	return nil
}

// firstOther is the number of the first of the others' conversations.
const firstOther = 1_000_000

// delays are the times from when others' events were published until their
// turns were decided, shortest first.
func delays(t *testing.T, r *rig, flood []agent.Event) []time.Duration {
	t.Helper()
	r.pour(t, flood)
	const others = 200
	sent := map[string]time.Time{}
	every := time.NewTicker(3 * time.Millisecond)
	defer every.Stop()
	for i := range others {
		e := ofClinic("sunset", firstOther+i, 1)
		sent[e.ID] = time.Now()
		r.publish(t, e)
		<-every.C
	}
	took := map[string]time.Duration{}
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	messages, err := stream.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{FilterSubjects: []string{"recado.turn.sunset.>"}})
	must(t, err)
	for len(took) < others {
		m, err := messages.Next(jetstream.FetchMaxWait(2 * time.Minute))
		must(t, err)
		record := decoded(t, []bus.TurnRecord(nil), m.Data())[0]
		for _, id := range record.Events {
			if at, ok := sent[id]; ok {
				took[id] = record.At.Sub(at)
			}
		}
	}
	var all []time.Duration
	for _, d := range took {
		all = append(all, d)
	}
	slices.Sort(all)
	return all
}

func TestAFloodDelaysNobodyAndLosesAndReordersNothing(t *testing.T) {
	n := *floodSize
	floods := map[string]func() (flood []agent.Event){
		"of one conversation": func() (flood []agent.Event) {
			for i := range n {
				flood = append(flood, ofClinic("sunset", 1, i))
			}
			return flood
		},
		"of one clinic": func() (flood []agent.Event) {
			for i := range n {
				flood = append(flood, ofClinic("sunrise", i, 1))
			}
			return flood
		},
	}
	for workers, name := range map[int]string{1: "of one clinic", 2: "of one conversation"} {
		flood := floods[name]
		t.Run(fmt.Sprintf("%s, %d workers", name, workers), func(t *testing.T) {
			var p99 [2]time.Duration
			var whole time.Duration
			for i, flood := range [][]agent.Event{nil, flood()} {
				r := setup(t)
				cfg := r.config()
				cfg.Store = realStore(t)
				cfg.Now = time.Now
				cfg.LeaseTTL = 5 * time.Second
				cfg.RetryMin, cfg.RetryMax = 250*time.Millisecond, 2*time.Second
				cfg.Backlog = 16 * cfg.Slots
				cfg.Decider = &thinks{for_: 5 * time.Millisecond}
				seen := &order{came: map[string][2]int{}}
				cfg.steps = seen.steps
				for range workers {
					r.start(t, cfg)
				}
				begun := time.Now()
				all := delays(t, r, flood)
				p99[i] = all[len(all)*99/100]
				if flood == nil {
					continue
				}
				r.settled(t, 5*time.Minute)
				whole = time.Since(begun)
				// A slot may have been given when an event comes and be counted
				// after it.
				seen.mu.Lock()
				if most := 2 * workers * cfg.Slots; seen.worst > most {
					t.Errorf("while another's event waited, %d more turns of the flood were begun than of others; at most %d may be", seen.worst, most)
				}
				t.Logf("at most %d more turns of the flood", seen.worst)
				seen.mu.Unlock()
				if faults := faultsOf(flood, onlyOf(flood, r.read(t))); len(faults) > 0 {
					t.Errorf("%d faults, the first: %s", len(faults), faults[0])
				}
			}
			t.Logf("p99 is %s without and %s with a flood of %d events, which took %s", p99[0], p99[1], n, whole)
		})
	}
}

// onlyOf is what was published about events.
func onlyOf(events []agent.Event, p published) published {
	mine := map[string]bool{}
	for _, e := range events {
		mine[e.ID] = true
	}
	p.turns = slices.DeleteFunc(p.turns, func(r bus.TurnRecord) bool { return len(r.Events) == 0 || !mine[r.Events[0]] })
	p.outs = slices.DeleteFunc(p.outs, func(o bus.Outbound) bool { return len(o.Answers) == 0 || !mine[o.Answers[0]] })
	return p
}
