package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
)

// chaos is one run of the protocol with faults.
type chaos struct {
	seed          uint64
	workers       int
	conversations int
	each          int     // events a conversation
	crash         float64 // share of steps at which a worker dies
	stall         float64 // share of commits that outlast their lease
	repeat        float64 // share of events that arrive twice
	wipes         int     // how often Redis loses everything
	restarts      int     // how often NATS restarts
	plant         func(*Config, *Worker)
}

// run publishes events, lets workers crash and stall over them, and returns
// what is wrong with the outcome.
func (c chaos) run(t *testing.T) []string {
	r := setup(t)
	r.redisClock(t)
	cfg := r.config()
	if c.stall > 0 {
		cfg.Store = unrenewed{r.store} // else the sweeper would keep a stalled worker's lease
	}
	cfg.steps = c.faults(cfg.LeaseTTL)
	for range c.workers {
		mine := cfg
		w, err := New(mine)
		must(t, err)
		if c.plant != nil {
			c.plant(&w.cfg, w)
		}
		must(t, w.Start(t.Context()))
		t.Cleanup(func() { _ = w.Stop(context.Background()) })
	}

	random := rand.New(rand.NewPCG(c.seed, 1))
	var events []agent.Event
	for n := range c.each {
		for conversation := range c.conversations {
			text := "hola"
			switch random.IntN(10) {
			case 0:
				text = "emergency"
			case 1:
				text = "care"
			}
			events = append(events, event(conversation, n, text))
		}
	}
	pauses := map[int]func(){}
	for i := range c.wipes {
		pauses[(i+1)*len(events)/(c.wipes+1)] = r.redis.FlushAll
	}
	for i := range c.restarts {
		pauses[(i+1)*len(events)/(c.restarts+1)+1] = func() { must(t, r.server.Restart()) }
	}
	for i, e := range events {
		if disturb := pauses[i]; disturb != nil {
			disturb()
		}
		r.insist(t, e)
		if random.Float64() < c.repeat && c.restarts == 0 {
			r.again(t, e)
		}
		if i%40 == 39 { // bursts
			select {
			case <-time.After(15 * time.Millisecond):
			case <-t.Context().Done():
			}
		}
	}
	r.settled(t, 40*time.Second)
	return faultsOf(events, r.read(t))
}

// insist publishes as a gateway does: again until the server has it.
func (r *rig) insist(t *testing.T, e agent.Event) {
	t.Helper()
	until(t, 20*time.Second, "an event is published", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := bus.PublishEvent(ctx, r.js, e)
		return err == nil || errors.Is(err, bus.ErrDuplicate)
	})
}

func (c chaos) faults(lease time.Duration) func(context.Context, step, agent.Conversation) error {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(c.seed, 2))
	chance := func(p float64) bool {
		mu.Lock()
		defer mu.Unlock()
		return random.Float64() < p
	}
	return func(ctx context.Context, s step, _ agent.Conversation) error {
		if chance(c.crash) {
			return errors.New("killed at " + string(s))
		}
		if s == stepCommit && chance(c.stall) {
			select {
			case <-time.After(2 * lease):
			case <-ctx.Done():
			}
		}
		return nil
	}
}

// unrenewed is a store whose leases run out however alive their owner is.
type unrenewed struct{ session.Store }

func (unrenewed) Renew(context.Context, agent.Conversation, string, time.Duration) (bool, error) {
	return true, nil
}

// faultsOf holds what was published against the promise: every event has
// exactly one outcome, in the order in which it was written.
func faultsOf(events []agent.Event, p published) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }

	want := map[string][]string{}
	for _, e := range events {
		want[e.Conversation] = append(want[e.Conversation], e.ID)
	}
	got, cursors := map[string][]string{}, map[string]uint64{}
	conversationOf := map[string]string{}
	for _, e := range events {
		conversationOf[e.ID] = e.Conversation
	}
	onReceipt, undecided := map[string]bool{}, map[string]bool{}
	for _, record := range p.turns {
		if len(record.Events) == 0 {
			if record.Decision.Disposition != agent.Silent {
				fault("a turn without events is %s", record.Decision.Disposition)
			}
			continue
		}
		conversation := conversationOf[record.Events[0]]
		if record.Cursor <= cursors[conversation] {
			fault("conversation %s: cursor goes from %d to %d", conversation, cursors[conversation], record.Cursor)
		}
		cursors[conversation] = record.Cursor
		got[conversation] = append(got[conversation], record.Events...)
		for _, id := range record.OnReceipt {
			onReceipt[id] = true
		}
		if record.Decision.Disposition == agent.Emergency && len(record.OnReceipt) > 0 {
			for _, id := range record.Events {
				undecided[id] = !onReceipt[id] // staff get it, the patient has the emergency text
			}
		}
	}
	for conversation, ids := range want {
		if !slices.Equal(got[conversation], ids) {
			fault("conversation %s: decided %v, written %v", conversation, got[conversation], ids)
		}
	}
	answers, ids := map[string]int{}, map[string]int{}
	for _, out := range p.outs {
		ids[out.ID]++
		for _, id := range out.Answers {
			answers[id]++
		}
	}
	for id, n := range ids {
		if n != 1 {
			fault("reply %s is published %d times", id, n)
		}
	}
	marks := map[string]int{}
	for _, m := range p.marks {
		marks[m.Event]++
	}
	for _, e := range events {
		wantAnswers, wantMarks := 1, 0
		if strings.Contains(e.Text, "emergency") {
			wantMarks = 1
		} else if undecided[e.ID] {
			wantAnswers = 0
		}
		if answers[e.ID] != wantAnswers || marks[e.ID] != wantMarks {
			fault("event %s (%s): %d replies, want %d; %d marks, want %d", e.ID, e.Text, answers[e.ID], wantAnswers, marks[e.ID], wantMarks)
		}
	}
	return faults
}

func TestEveryEventHasOneOutcomeInOrder(t *testing.T) {
	tests := map[string]chaos{
		"crashes, stalls, repeats, wiped Redis": {seed: 1, workers: 4, conversations: 60, each: 4, crash: 0.03, stall: 0.03, repeat: 0.1, wipes: 3},
		"NATS restarts":                         {seed: 2, workers: 3, conversations: 30, each: 4, crash: 0.01, restarts: 1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range c.run(t) {
				t.Error(fault)
			}
		})
	}
}

func TestPlantedBugsAreFound(t *testing.T) {
	tests := map[string]chaos{
		"commit without compare-and-set": {seed: 3, workers: 4, conversations: 10, each: 6, crash: 0.02, stall: 0.3, plant: func(cfg *Config, w *Worker) {
			w.publish = func(ctx context.Context, _ uint64, messages ...bus.Message) (uint64, error) {
				c, err := bus.ParseTurn(messages[0].Subject)
				if err != nil {
					return 0, err
				}
				_, seq, err := cfg.Bus.LastTurn(ctx, c)
				if err != nil {
					return 0, err
				}
				return cfg.Bus.PublishBatch(ctx, seq, messages...)
			}
		}},
		"acknowledged before the commit": {seed: 4, workers: 2, conversations: 20, each: 1, plant: func(cfg *Config, _ *Worker) {
			cfg.Store = &hasty{Store: cfg.Store}
		}},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(c.run(t)) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// hasty calls some events done that are not.
type hasty struct {
	session.Store
	mu sync.Mutex
	n  int
}

func (h *hasty) Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (session.Lease, error) {
	h.mu.Lock()
	h.n++
	lie := h.n%2 == 0
	h.mu.Unlock()
	if lie {
		return session.Lease{Status: session.Done}, nil
	}
	return h.Store.Acquire(ctx, c, seq, token, ttl)
}
