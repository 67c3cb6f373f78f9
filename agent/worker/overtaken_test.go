package worker

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"recado/agent"
	"recado/agent/booking"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/memory"
)

func TestATurnThatTheBookHasSeenALaterOneOfIsReadAnew(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	cfg.Attempts = 1 // it counts as none
	var tries atomic.Int64
	cfg.Decider = &fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		if turn.Reads == 0 {
			t.Error("the turn does not say how far it reads")
		}
		if tries.Add(1) < 3 {
			return fmt.Errorf("decide: %w", schedule.ErrOvertaken)
		}
		return nil
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	if p := r.read(t); len(p.outs) != 1 || len(p.turns) != 1 || p.turns[0].Decision.Rule != "fake" || tries.Load() != 3 {
		t.Errorf("%d replies, %d turns after %d tries", len(p.outs), len(p.turns), tries.Load())
	}
}

func TestATurnWhoseLeaseIsLostIsGivenUp(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	var tries atomic.Int64
	ended := make(chan error, 1)
	cfg.Decider = &fakeDecider{before: func(ctx context.Context, _ agent.Turn) error {
		if tries.Add(1) > 1 {
			return nil
		}
		r.redis.FastForward(2 * cfg.LeaseTTL) // as if this worker had stood still
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	}}
	cfg.TurnTimeout = soon
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	if err := <-ended; err != errLost {
		t.Errorf("the turn ended by %v", err)
	}
	if p := r.read(t); len(p.outs) != 1 || len(p.turns) != 1 {
		t.Errorf("%d replies, %d turns, want one each", len(p.outs), len(p.turns))
	}
}

// oneBook is a clinic's book for every profile.
type oneBook struct{ schedule.Schedule }

func (b oneBook) Book(*clinic.Profile) (schedule.Schedule, error) { return b.Schedule, nil }

func TestWhoHoldsTheConversationIsAskedBeforeAVisitMayBeBooked(t *testing.T) {
	r := setup(t)
	owners := &holders{}
	cfg := r.config()
	cfg.Owners, cfg.Books = owners, oneBook{memory.New(clinic.Sample(), cfg.Now)}
	var decided []string
	cfg.Decider = arranging{silentWhenHeld{&fakeDecider{before: func(_ context.Context, turn agent.Turn) error {
		decided = append(decided, turn.Session.Owner)
		return nil
	}}}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	r.settled(t, soon)
	owners.set("nurse", nil)
	r.publish(t, event(1, 2, "2"))
	r.settled(t, soon)
	if len(decided) != 2 || decided[1] != "nurse" {
		t.Errorf("decided for %q", decided)
	}
}

// arranging leaves a visit half arranged.
type arranging struct{ silentWhenHeld }

func (d arranging) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	decided, err := d.silentWhenHeld.Decide(ctx, t)
	decided.Session.Booking = &booking.Draft{Asked: booking.AskTime, At: t.Now}
	return decided, err
}
