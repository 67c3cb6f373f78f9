package worker

import (
	"context"
	"testing"
	"time"

	"recado/agent"
)

func TestStopLetsTurnsFinishAndHandsTheRestBack(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	cfg.Slots = 1
	cfg.DrainTimeout = 30 * time.Second
	thinking, proceed := make(chan bool, 1), make(chan bool)
	cfg.Decider = &fakeDecider{before: func(context.Context, agent.Turn) error {
		select {
		case thinking <- true:
			<-proceed
		default:
		}
		return nil
	}}
	w := r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	<-thinking
	r.publish(t, event(2, 1, "hola"))
	stopped := make(chan error, 2)
	for range 2 { // twice is as good as once
		go func() { stopped <- w.Stop(context.Background()) }()
	}
	<-w.draining
	close(proceed)
	for range 2 {
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
	if p := r.read(t); len(p.turns) != 1 || p.turns[0].Events[0] != "m1.1" {
		t.Errorf("turns are %+v, want the one that was under way", p.turns)
	}
	r.start(t, r.config())
	r.settled(t, soon)
	if p := r.read(t); len(p.turns) != 2 {
		t.Errorf("%d turns after another worker started, want 2", len(p.turns))
	}
	if err := w.Start(t.Context()); err == nil {
		t.Error("a stopped worker starts again")
	}
}

func TestStopCancelsWhatDoesNotFinish(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	cfg.DrainTimeout = 20 * time.Millisecond
	thinking := make(chan bool, 1)
	cfg.Decider = &fakeDecider{before: func(ctx context.Context, _ agent.Turn) error {
		thinking <- true
		<-ctx.Done()
		return ctx.Err()
	}}
	w := r.start(t, cfg)
	r.publish(t, event(1, 1, "hola"))
	<-thinking
	must(t, w.Stop(t.Context()))
	got, err := r.store.Acquire(t.Context(), event(1, 1, "").Of(), 1<<50, "next", time.Second)
	must(t, err)
	if got.Attempts != 0 || got.Open {
		t.Errorf("lease is %+v: being stopped counts as an attempt, or the lease was kept", got)
	}
}
