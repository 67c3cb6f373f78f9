package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
)

type rig struct {
	server *embedded.Server
	nc     *nats.Conn
	js     jetstream.JetStream
	bus    *bus.Bus
}

func setup(t *testing.T) *rig {
	t.Helper()
	r := &rig{}
	var err error
	r.server, err = embedded.Start(embedded.Config{Dir: memoryDir(t), Key: "a key for tests only", NoSync: true})
	must(t, err)
	t.Cleanup(r.server.Stop)
	r.nc, err = r.server.Connect(bus.RoleWorker, nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))
	must(t, err)
	t.Cleanup(r.nc.Close)
	r.js, err = jetstream.New(r.nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), r.js, bus.Layout{})
	must(t, err)
	r.bus, err = bus.Open(t.Context(), r.nc)
	must(t, err)
	return r
}

// memoryDir is a directory in memory where the system has one: each batch
// waits for the disk.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func event(n int) agent.Event {
	return agent.Event{
		V: 1, ID: fmt.Sprint("m", n), Clinic: "sunrise", Channel: agent.SMS, Conversation: "0123456789abcdef",
		Kind: agent.KindText, Text: "hola", At: time.Date(2030, 1, 1, 0, 0, n, 0, time.UTC),
	}
}

var conversation = event(0).Of()

func TestSubjectsNameTheirConversation(t *testing.T) {
	for _, parse := range []struct {
		subject string
		by      func(string) (agent.Conversation, error)
	}{
		{bus.InSubject(conversation), bus.ParseIn},
		{bus.TurnSubject(conversation), bus.ParseTurn},
		{bus.OutSubject(conversation), bus.ParseOut},
	} {
		if got, err := parse.by(parse.subject); err != nil || got != conversation {
			t.Errorf("%s: %v, %v", parse.subject, got, err)
		}
	}
	for _, subject := range []string{"recado.in.a.sms", "recado.in.a.fax.0123456789abcdef", "recado.in.A.sms.0123456789abcdef", "recado.out.a.sms.0123456789abcdef", "recado.in.a.sms.+17135550142"} {
		if _, err := bus.ParseIn(subject); !errors.Is(err, bus.ErrSubject) {
			t.Errorf("%s: error is %v", subject, err)
		}
	}
	if esc := bus.EscSubject(conversation, agent.PriorityUrgent); esc != "recado.esc.sunrise.urgent.0123456789abcdef" {
		t.Error(esc)
	}
}

func TestAnEventKeyHidesTheIDAndTellsEventsApart(t *testing.T) {
	other := conversation
	other.Channel = agent.WhatsApp
	key := bus.EventKey(conversation, "wamid.1")
	if key == bus.EventKey(other, "wamid.1") || key == bus.EventKey(conversation, "wamid.2") || strings.Contains(key, "wamid") || len(key) != 32 {
		t.Errorf("key is %s", key)
	}
}

func TestProvisionReportsWhatItDid(t *testing.T) {
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true})
	must(t, err)
	defer server.Stop()
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	must(t, err)

	actions := func(layout bus.Layout) []string {
		report, err := bus.Provision(t.Context(), js, layout)
		must(t, err)
		var lines []string
		for _, c := range report {
			lines = append(lines, c.String())
		}
		return lines
	}
	names := []string{
		"stream RECADO_IN", "stream RECADO_TURN", "stream RECADO_AUDIT", "stream RECADO_BOOK", "stream RECADO_REMIND",
		"bucket recado_consent", "bucket recado_delivery", "bucket recado_seen", "bucket recado_alias", "bucket recado_profile",
		"bucket recado_case", "bucket recado_head", "bucket recado_record", "bucket recado_thread", "bucket recado_owner",
		"bucket recado_staff", "bucket recado_paging", "bucket recado_private",
		"consumer worker", "consumer gateway", "consumer console", "consumer remind",
	}
	for i, line := range actions(bus.Layout{}) {
		if line != "created "+names[i] {
			t.Errorf("first: %s", line)
		}
	}
	stream, err := js.Stream(t.Context(), "KV_"+bus.BucketOwner)
	must(t, err)
	if stream.CachedInfo().Config.AllowDirect {
		t.Error("a replica that lags behind tells who holds a conversation")
	}
	for i, line := range actions(bus.Layout{}) {
		if line != "unchanged "+names[i] {
			t.Errorf("second: %s", line)
		}
	}
	stream, err = js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	cfg := stream.CachedInfo().Config
	cfg.MaxAge, cfg.MaxBytes = time.Hour, 1<<30
	_, err = js.UpdateStream(t.Context(), cfg)
	must(t, err)
	lines := actions(bus.Layout{MaxAckPending: 7})
	if lines[1] != "updated stream RECADO_TURN (MaxAge)" || lines[slices.Index(names, "consumer worker")] != "updated consumer worker (MaxAckPending)" {
		t.Errorf("after changes: %q", lines)
	}
	info, err := stream.Info(t.Context())
	must(t, err)
	if info.Config.MaxAge != bus.MaxTurnAge || info.Config.MaxBytes != 1<<30 {
		t.Errorf("MaxAge is %s and MaxBytes %d: want ours and the operator's", info.Config.MaxAge, info.Config.MaxBytes)
	}
}

func TestAStreamMadeAgainReusesNoSequence(t *testing.T) {
	r := setup(t)
	before, err := bus.PublishEvent(t.Context(), r.js, event(1))
	must(t, err)
	must(t, r.js.DeleteStream(t.Context(), bus.StreamIn))
	_, err = bus.Provision(t.Context(), r.js, bus.Layout{})
	must(t, err)
	after, err := bus.PublishEvent(t.Context(), r.js, event(2))
	must(t, err)
	if after <= before {
		t.Errorf("sequence %d follows %d: workers would take the event for answered", after, before)
	}
}

func TestAnEventIsStoredOnceAndKeepsItsTrace(t *testing.T) {
	r := setup(t)
	trace := bus.Trace{Parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", State: "a=b"}
	_, err := bus.PublishEvent(bus.ContextWithTrace(t.Context(), trace), r.js, event(1))
	must(t, err)
	if _, err = bus.PublishEvent(t.Context(), r.js, event(1)); !errors.Is(err, bus.ErrDuplicate) {
		t.Errorf("the second time: %v, want ErrDuplicate", err)
	}
	stored, err := r.bus.Unanswered(t.Context(), conversation, 0, 10, 1<<20)
	must(t, err)
	if len(stored) != 1 || stored[0].Trace != trace {
		t.Errorf("stored %+v", stored)
	}
	large := event(2)
	large.Text = strings.Repeat("a", bus.MaxEventBytes)
	if _, err := bus.PublishEvent(t.Context(), r.js, large); err == nil || strings.Contains(err.Error(), "aaa") {
		t.Errorf("a large event: %.80v", err)
	}
}

func TestUnansweredReadsAPrefixInOrder(t *testing.T) {
	r := setup(t)
	var seqs []uint64
	for n := range 5 {
		seq, err := bus.PublishEvent(t.Context(), r.js, event(n))
		must(t, err)
		seqs = append(seqs, seq)
		other := event(n)
		other.Conversation = "fedcba9876543210"
		_, err = bus.PublishEvent(t.Context(), r.js, other)
		must(t, err)
	}
	tests := map[string]struct {
		cursor         uint64
		events, memory int
		want           []uint64
	}{
		"all":               {0, 10, 1 << 20, seqs},
		"after a cursor":    {seqs[2], 10, 1 << 20, seqs[3:]},
		"nothing new":       {seqs[4], 10, 1 << 20, nil},
		"at most two":       {0, 2, 1 << 20, seqs[:2]},
		"one always":        {0, 10, 1, seqs[:1]},
		"cursor of another": {seqs[0] + 1, 10, 1 << 20, seqs[1:]},
	}
	for name, test := range tests {
		stored, err := r.bus.Unanswered(t.Context(), conversation, test.cursor, test.events, test.memory)
		must(t, err)
		var got []uint64
		for _, s := range stored {
			got = append(got, s.Seq)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func turn(cursor int) bus.Message {
	return bus.Message{Subject: bus.TurnSubject(conversation), Data: fmt.Appendf(nil, `{"v":1,"cursor":%d}`, cursor)}
}

var reply = bus.Message{Subject: bus.OutSubject(conversation), Data: []byte(`{}`)}

func TestABatchIsStoredWholeOrNotAtAll(t *testing.T) {
	r := setup(t)
	ctx := t.Context()
	for size := 1; size <= 4; size++ { // one message, first and last only, some between
		record, last, err := r.bus.LastTurn(ctx, conversation)
		must(t, err)
		batch := append([]bus.Message{turn(size)}, slices.Repeat([]bus.Message{reply}, size-1)...)
		seq, err := r.bus.PublishBatch(ctx, last, batch...)
		must(t, err)
		record, now, err := r.bus.LastTurn(ctx, conversation)
		must(t, err)
		if now != seq || record.Cursor != uint64(size) {
			t.Errorf("batch of %d: returned sequence %d, record is %+v at %d", size, seq, record, now)
		}
		before := messages(t, r)
		if _, err := r.bus.PublishBatch(ctx, last, batch...); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("batch of %d: the late writer gets %v, want ErrConflict", size, err)
		}
		if after := messages(t, r); after != before {
			t.Errorf("batch of %d: a refused batch left %d messages", size, after-before)
		}
	}
}

func messages(t *testing.T, r *rig) uint64 {
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	return stream.CachedInfo().State.Msgs
}

func TestOfManyWritersOneCommits(t *testing.T) {
	r := setup(t)
	var won, lost atomic.Int32
	var all sync.WaitGroup
	for i := range 64 { // more than the server lets be open at once
		all.Go(func() {
			_, err := r.bus.PublishBatch(t.Context(), 0, turn(i+1), reply, reply)
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, bus.ErrConflict):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || lost.Load() != 63 || messages(t, r) != 3 {
		t.Errorf("%d won, %d lost, %d messages stored", won.Load(), lost.Load(), messages(t, r))
	}
}

func TestConsentOfALaterTurnStands(t *testing.T) {
	r := setup(t)
	ctx, at := t.Context(), time.Now()
	stopped := func(want bool) {
		t.Helper()
		if got, err := r.bus.Stopped(ctx, conversation); err != nil || got != want {
			t.Errorf("stopped is %t (%v), want %t", got, err, want)
		}
	}
	stopped(false)
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStop, 10, at))
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStop, 10, at)) // a repeat
	stopped(true)
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStart, 20, at))
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStop, 10, at)) // an overtaken worker
	stopped(false)
	bucket, err := r.js.KeyValue(ctx, bus.BucketConsent)
	must(t, err)
	history, err := bucket.History(ctx, bus.ConsentKey(conversation))
	must(t, err)
	if len(history) != 2 {
		t.Errorf("%d changes are recorded, want 2", len(history))
	}
}

func TestAConsentWithoutItsTurnDoesNotCountYet(t *testing.T) {
	r := setup(t)
	ctx, at := t.Context(), time.Now()
	stoppedAt := func(cursor uint64, want bool) {
		t.Helper()
		if got, err := r.bus.StoppedAt(ctx, conversation, cursor); err != nil || got != want {
			t.Errorf("stopped at %d is %t (%v), want %t", cursor, got, err, want)
		}
	}
	event := func() uint64 {
		t.Helper()
		ack, err := r.js.Publish(ctx, bus.InSubject(conversation), []byte("{}"))
		must(t, err)
		return ack.Sequence
	}
	first := event()
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStop, first, at))
	stoppedAt(0, false) // the turn never was
	stoppedAt(first, true)
	second := event()
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStop, second, at)) // decided again, with more
	stoppedAt(0, false)
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStart, second, at)) // decided otherwise
	stoppedAt(second, false)
	must(t, r.bus.SetConsent(ctx, conversation, agent.ConsentStop, second, at))
	stoppedAt(0, false)
	stoppedAt(second, true)
	stream, err := r.js.Stream(ctx, bus.StreamIn)
	must(t, err)
	must(t, stream.Purge(ctx)) // long ago
	stoppedAt(0, true)
}

func TestARestartedServerHasEverythingAndIsFoundAgain(t *testing.T) {
	r := setup(t)
	seq, err := r.bus.PublishBatch(t.Context(), 0, turn(1), reply)
	must(t, err)
	r.server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := r.bus.PublishBatch(ctx, seq, turn(2)); err == nil {
		t.Error("publishing to a stopped server succeeds")
	}
	must(t, r.server.Restart())
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		_, last, err := r.bus.LastTurn(ctx, conversation)
		if err == nil {
			if last != seq {
				t.Errorf("last turn is %d, want %d", last, seq)
			}
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		_ = r.nc.ForceReconnect()
		must(t, r.nc.FlushWithContext(ctx))
	}
	if _, err := r.bus.PublishBatch(t.Context(), 0, turn(3)); !errors.Is(err, bus.ErrConflict) {
		t.Errorf("after the restart a late writer gets %v, want ErrConflict", err)
	}
}

func TestWithoutStreamsTheErrorSaysWhatToDo(t *testing.T) {
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true, Listen: true})
	must(t, err)
	defer server.Stop()
	nc, err := bus.Connect(server.URL(), bus.RoleWorker)
	must(t, err)
	defer nc.Close()
	if _, err := bus.Open(t.Context(), nc); err == nil || !strings.Contains(err.Error(), "recado streams") {
		t.Errorf("error is %v", err)
	}
}
