package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
)

const soon = 10 * time.Second

func TestABurstIsOneTurnAndOneReply(t *testing.T) {
	r := setup(t)
	r.publish(t, event(1, 2, "b"), event(1, 1, "a"), event(1, 3, "c")) // a webhook came late
	r.start(t, r.config())
	r.settled(t, soon)
	p := r.read(t)
	if len(p.turns) != 1 || len(p.outs) != 1 {
		t.Fatalf("%d turns and %d replies, want one each", len(p.turns), len(p.outs))
	}
	if want := []string{"m1.1", "m1.2", "m1.3"}; !slices.Equal(p.turns[0].Events, want) || !slices.Equal(p.outs[0].Answers, want) {
		t.Errorf("decided %v, answered %v, want %v", p.turns[0].Events, p.outs[0].Answers, want)
	}
	if p.outs[0].ReplyTo != "sealed-address" || p.outs[0].Text != "We are open." || p.outs[0].Emergency {
		t.Errorf("reply is %+v", p.outs[0])
	}
}

func TestAnEmergencyIsAnsweredWhileRedisIsDown(t *testing.T) {
	r := setup(t)
	r.redis.SetError("LOADING")
	r.start(t, r.config())
	r.publish(t, event(1, 1, "emergency"), event(2, 1, "hola"))
	until(t, soon, "the emergency is published", func() bool { return len(r.read(t).marks) == 1 })
	p := r.read(t)
	if len(p.turns) != 0 || len(p.outs) != 1 || len(p.escs) != 1 {
		t.Fatalf("%d turns, %d replies, %d escalations, want 0, 1, 1", len(p.turns), len(p.outs), len(p.escs))
	}
	if !p.outs[0].Emergency || p.outs[0].Text != "Call 911." || p.escs[0].Priority != agent.PriorityEmergency {
		t.Errorf("published %+v and %+v", p.outs[0], p.escs[0])
	}
	if opened := r.open(t, p.escs[0]); len(opened.Messages) != 1 || !strings.Contains(opened.Messages[0].Text, canary) || opened.ReplyTo == "" {
		t.Errorf("staff read %+v", opened)
	}

	r.redis.SetError("")
	r.settled(t, soon) // recovers by itself
	p = r.read(t)
	if len(p.turns) != 2 || len(p.outs) != 2 || len(p.escs) != 1 || len(p.marks) != 1 {
		t.Errorf("after Redis is back: %d turns, %d replies, %d escalations, %d marks, want 2, 2, 1, 1", len(p.turns), len(p.outs), len(p.escs), len(p.marks))
	}
}

func TestAnEmergencyWaitsForNoSlowTurn(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	cfg.Slots = 1
	thinking, proceed := make(chan bool, 1), make(chan bool)
	cfg.Decider = &fakeDecider{before: func(ctx context.Context, turn agent.Turn) error {
		if strings.Contains(turn.Events[0].Text, "slow") {
			thinking <- true
			<-proceed
		}
		return nil
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "slow"))
	<-thinking
	r.publish(t, event(2, 1, "emergency"), event(1, 2, "emergency"))
	until(t, soon, "both emergencies are answered", func() bool { return len(r.read(t).outs) == 2 })
	close(proceed)
	r.settled(t, soon)
	if p := r.read(t); len(p.outs) != 3 || len(p.marks) != 2 {
		t.Errorf("%d replies and %d marks, want 3 and 2", len(p.outs), len(p.marks))
	}
}

func TestWhatAnEmergencyIsSentWithReachesStaffAndGetsNoSecondReply(t *testing.T) {
	r := setup(t)
	r.publish(t, event(1, 1, "emergency"), event(1, 2, "12 Oak Street"))
	r.start(t, r.config())
	r.settled(t, soon)
	p := r.read(t)
	if len(p.outs) != 1 || len(p.escs) != 2 || len(p.turns) != 1 {
		t.Fatalf("%d replies, %d escalations, %d turns, want 1, 2, 1", len(p.outs), len(p.escs), len(p.turns))
	}
	if !slices.Equal(p.turns[0].OnReceipt, []string{"m1.1"}) {
		t.Errorf("answered on receipt: %v", p.turns[0].OnReceipt)
	}
	if opened := r.open(t, p.escs[1]); !strings.Contains(opened.Messages[len(opened.Messages)-1].Text, "12 Oak Street") {
		t.Error("staff do not see the address")
	}
}

func TestARepeatedEventGetsNoSecondOutcome(t *testing.T) {
	r := setup(t)
	r.start(t, r.config())
	r.publish(t, event(1, 1, "hola"), event(2, 1, "emergency"))
	r.settled(t, soon)
	r.again(t, event(1, 1, "hola"))
	r.again(t, event(2, 1, "emergency"))
	r.settled(t, soon)
	r.redis.FlushAll() // what was seen is known without Redis
	r.again(t, event(1, 1, "hola"))
	r.settled(t, soon)
	p := r.read(t)
	if len(p.outs) != 2 || len(p.marks) != 1 || len(p.escs) != 1 {
		t.Errorf("%d replies, %d marks, %d escalations, want 2, 1, 1", len(p.outs), len(p.marks), len(p.escs))
	}
	silent := 0
	for _, turn := range p.turns {
		if turn.Decision.Disposition == agent.Silent && turn.Decision.Rule == RuleDuplicate {
			silent++
		}
	}
	if silent != 3 {
		t.Errorf("%d repeats are recorded as silent, want 3", silent)
	}
}

func TestWhatCannotBeReadReachesStaff(t *testing.T) {
	good := event(1, 2, "hola")
	stray := event(7, 1, canary)
	tests := map[string]struct {
		subject, data string
		reason        bus.Reason
	}{
		"broken JSON":          {bus.InSubject(good.Of()), canary + "{", bus.ReasonUnreadable},
		"no id":                {bus.InSubject(good.Of()), `{"v":1,"text":"` + canary + `"}`, bus.ReasonUnreadable},
		"another version":      {bus.InSubject(good.Of()), `{"v":2,"id":"x","text":"` + canary + `"}`, bus.ReasonVersion},
		"version of new types": {bus.InSubject(good.Of()), `{"v":2,"text":["` + canary + `"]}`, bus.ReasonVersion},
		"unknown clinic":       {"recado.in.nobody.sms." + good.Conversation, strings.Replace(encode(t, good), `"sunrise"`, `"nobody"`, 1), bus.ReasonUnknownClinic},
		"another conversation": {bus.InSubject(good.Of()), encode(t, stray), bus.ReasonMismatch},
		"no conversation":      {"recado.in.lost", canary, bus.ReasonSubject},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			r.raw(t, test.subject, []byte(test.data))
			r.publish(t, good) // what comes after it is answered
			r.start(t, r.config())
			r.settled(t, soon)
			p := r.read(t)
			if len(p.deads) != 1 || p.deads[0].Reason != test.reason {
				t.Fatalf("dead letters are %+v, want one: %s", p.deads, test.reason)
			}
			raw, err := r.opener.Open(p.deads[0].Clinic, p.deads[0].ID, p.deads[0].Envelope)
			if err != nil || string(raw) != test.data {
				t.Errorf("dead letter holds %q (%v), want what arrived", raw, err)
			}
			if len(p.escs) != 1 || p.escs[0].Priority != agent.PriorityUrgent {
				t.Fatalf("escalations are %+v, want one, urgent", p.escs)
			}
			if opened := r.open(t, p.escs[0]); !strings.Contains(opened.Messages[0].Text, canary) {
				t.Errorf("staff read %+v", opened)
			}
			if len(p.outs) != 1 || !slices.Equal(p.outs[0].Answers, []string{good.ID}) {
				t.Errorf("replies are %+v, want one to the event beside it", p.outs)
			}
			checkNoCanary(t, r)
		})
	}
}

func encode(t *testing.T, v any) string {
	data, err := compact(v)
	must(t, err)
	return string(data)
}

func TestATurnThatCannotBeDecidedGoesToStaff(t *testing.T) {
	for _, word := range []string{"panic", "fail"} {
		t.Run(word, func(t *testing.T) {
			r := setup(t)
			cfg := r.config()
			var calls atomic.Int32
			cfg.Decider = &fakeDecider{before: func(context.Context, agent.Turn) error { calls.Add(1); return nil }}
			r.start(t, cfg)
			r.publish(t, event(1, 1, word))
			r.settled(t, soon)
			r.publish(t, event(1, 2, "hola")) // the conversation goes on
			r.settled(t, soon)
			p := r.read(t)
			if calls.Load() != 4 {
				t.Errorf("decided %d times, want 3 and once for the next event", calls.Load())
			}
			if len(p.turns) != 2 || p.turns[0].Decision.Disposition != agent.Escalate || p.turns[0].Decision.Rule != RuleUndecided {
				t.Fatalf("turns are %+v", p.turns)
			}
			if len(p.outs) != 2 || p.outs[0].Text != "A person will answer." {
				t.Errorf("replies are %+v", p.outs)
			}
			if len(p.deads) != 1 || p.deads[0].Reason != bus.ReasonUndecided || len(p.escs) != 1 {
				t.Fatalf("%d dead letters, %d escalations, want one each", len(p.deads), len(p.escs))
			}
			if opened := r.open(t, p.escs[0]); len(opened.Messages) != 1 || !strings.Contains(opened.Messages[0].Text, canary) {
				t.Errorf("staff read %+v", opened)
			}
			checkNoCanary(t, r)
		})
	}
}

func TestARedisOutageIsNoAttempt(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	var down atomic.Int32
	cfg.Decider = &fakeDecider{before: func(context.Context, agent.Turn) error { return nil }}
	cfg.steps = func(_ context.Context, s step, _ agent.Conversation) error {
		if s == stepLease {
			if down.Add(1) <= 6 {
				r.redis.SetError("LOADING")
			} else {
				r.redis.SetError("")
			}
		}
		return nil
	}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	if p := r.read(t); len(p.turns) != 1 || p.turns[0].Decision.Rule != "fake" {
		t.Errorf("turns are %+v, want one that was decided", p.turns)
	}
}

func TestStopOutlivesRedisAndALateWorkerCannotUndoIt(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	var stopped atomic.Bool
	cfg.Decider = &fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		stopped.Store(turn.Session.Stopped)
		return nil
	}}
	r.start(t, cfg)
	stop := event(1, 1, "stop")
	r.publish(t, stop)
	r.settled(t, soon)
	r.redis.FlushAll()
	for _, name := range []string{bus.StreamIn, bus.StreamTurn} { // as if both had expired
		stream, err := r.js.Stream(t.Context(), name)
		must(t, err)
		must(t, stream.Purge(t.Context()))
	}
	r.publish(t, event(1, 2, "hola"))
	r.settled(t, soon)
	if !stopped.Load() {
		t.Error("the stop is forgotten")
	}
	must(t, r.bus.SetConsent(t.Context(), stop.Of(), agent.ConsentStart, 1, time.Now())) // of an earlier turn
	if still, err := r.bus.Stopped(t.Context(), stop.Of()); err != nil || !still {
		t.Errorf("stopped is %t (%v) after a late worker's start", still, err)
	}
}

func TestALateWorkerCannotCommit(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	cfg.Store = unrenewed{r.store}
	thinking, proceed := make(chan bool, 1), make(chan bool)
	var first atomic.Bool
	cfg.Decider = &fakeDecider{before: func(context.Context, agent.Turn) error {
		if first.CompareAndSwap(false, true) {
			thinking <- true
			<-proceed
		}
		return nil
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	<-thinking
	r.redis.FastForward(2 * cfg.LeaseTTL)
	r.start(t, cfg)
	r.publish(t, event(1, 2, "hola"))
	until(t, soon, "another worker commits", func() bool { return len(r.read(t).turns) == 1 })
	close(proceed)
	r.settled(t, soon)
	if p := r.read(t); len(p.turns) != 1 || len(p.outs) != 1 || len(p.turns[0].Events) != 2 {
		t.Errorf("turns are %+v", p.turns)
	}
}

func TestAStaffOwnerIsToldToTheDecider(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	cfg.Owners = ownerFunc(func(context.Context, agent.Conversation) (string, error) { return "ana", nil })
	var mu sync.Mutex
	var told []string
	cfg.Decider = silentWhenHeld{&fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, turn.Session.Owner)
		return nil
	}}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	r.publish(t, event(1, 2, "hola"))
	r.settled(t, soon)
	mu.Lock()
	defer mu.Unlock()
	// The first turn is decided for nobody and again for ana; the next one at
	// once for her.
	if !slices.Equal(told, []string{"", "ana", "ana"}) {
		t.Errorf("decided for %q", told)
	}
	if outs := r.read(t).outs; len(outs) != 0 {
		t.Errorf("replies are %+v", outs)
	}
}

type ownerFunc func(context.Context, agent.Conversation) (string, error)

func (f ownerFunc) Owner(ctx context.Context, c agent.Conversation) (string, error) { return f(ctx, c) }

func TestAConfigThatLacksSomethingSaysWhat(t *testing.T) {
	_, err := New(Config{})
	if err == nil || !strings.Contains(err.Error(), "Bus is missing") {
		t.Errorf("error is %v", err)
	}
}

// mute does what it is asked and gives no answer to the first calls of
// Acquire.
type mute struct {
	session.Store
	mu    sync.Mutex
	calls int
}

func (m *mute) Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (session.Lease, error) {
	got, err := m.Store.Acquire(ctx, c, seq, token, ttl)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls--; m.calls >= 0 && err == nil {
		return session.Lease{}, session.ErrUnavailable
	}
	return got, err
}

func TestASessionStoreThatGivesNoAnswerCostsNoAttempt(t *testing.T) {
	r := setup(t)
	r.redisClock(t)
	cfg := r.config()
	cfg.Store = &mute{Store: r.store, calls: 6}
	cfg.RetryMin = cfg.LeaseTTL + 50*time.Millisecond // each time after the lease has run out
	cfg.RetryMax = cfg.RetryMin
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	p := r.read(t)
	if len(p.turns) != 1 || p.turns[0].Decision.Disposition != agent.Answer || len(p.deads) != 0 {
		t.Errorf("turns %+v, %d dead letters: want one that answers", p.turns, len(p.deads))
	}
}

// deaf is a store that hears each goodbye only when it is said again.
type deaf struct {
	session.Store
	mu   sync.Mutex
	said map[string]bool
}

func (d *deaf) Release(ctx context.Context, c agent.Conversation, token string, failed bool) error {
	d.mu.Lock()
	again := d.said[token]
	d.said[token] = true
	d.mu.Unlock()
	if !again {
		return session.ErrUnavailable
	}
	return d.Store.Release(ctx, c, token, failed)
}

func TestAGoodbyeThatTheSessionStoreMissedCostsNoAttempt(t *testing.T) {
	r := setup(t)
	r.redisClock(t)
	cfg := r.config()
	cfg.Store = &deaf{Store: r.store, said: map[string]bool{}}
	cfg.RetryMin = cfg.LeaseTTL + 50*time.Millisecond // each time after the lease has run out
	cfg.RetryMax = cfg.RetryMin
	owners := &holders{err: errors.New("the inbox does not answer")}
	cfg.Owners = owners
	var asked atomic.Int32
	cfg.Decider = &fakeDecider{before: func(context.Context, agent.Turn) error {
		if asked.Add(1) > 5 {
			owners.set("", nil)
		}
		return nil
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	p := r.read(t)
	if len(p.turns) != 1 || p.turns[0].Decision.Disposition != agent.Answer || len(p.deads) != 0 {
		t.Errorf("turns %+v, %d dead letters: want one that answers", p.turns, len(p.deads))
	}
}
