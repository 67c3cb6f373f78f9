package worker

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"recado/agent"
	"recado/agent/bus"
)

func TestAChangeOfConsentIsConfirmedAfterItsWorkerDied(t *testing.T) {
	tests := map[string]struct {
		before []string // each a turn of its own
		forget bool     // the turn records of before have expired, with their events
		text   string
		later  string // arrives between the crash and the next attempt
		want   agent.ConsentChange
	}{
		"stop is the first word":        {text: "stop", want: agent.ConsentStop},
		"stop after a turn":             {before: []string{"hola"}, text: "stop", want: agent.ConsentStop},
		"stop, and more has arrived":    {text: "stop", later: "hola", want: agent.ConsentStop},
		"start after stop":              {before: []string{"stop"}, text: "start", want: agent.ConsentStart},
		"start long after stop":         {before: []string{"stop"}, forget: true, text: "start", want: agent.ConsentStart},
		"stop long after another start": {before: []string{"stop", "start"}, forget: true, text: "stop", want: agent.ConsentStop},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			r.redisClock(t)
			cfg := r.config()
			var armed atomic.Bool
			var deaths atomic.Int32
			last := event(1, len(test.before)+1, test.text)
			more := event(1, len(test.before)+2, test.later)
			cfg.steps = func(_ context.Context, s step, _ agent.Conversation) error {
				if s != stepCommit || !armed.Load() || deaths.Add(1) > 2 {
					return nil
				}
				if test.later != "" && deaths.Load() == 1 {
					if _, err := bus.PublishEvent(t.Context(), r.js, more); err != nil {
						t.Error(err)
					}
				}
				r.redis.FlushAll() // the next one reads JetStream
				return errors.New("killed before the commit")
			}
			r.start(t, cfg)
			for i, text := range test.before {
				r.publish(t, event(1, i+1, text))
				r.settled(t, soon)
			}
			if test.forget {
				for _, stream := range []string{bus.StreamIn, bus.StreamTurn} {
					s, err := r.js.Stream(t.Context(), stream)
					must(t, err)
					must(t, s.Purge(t.Context()))
				}
				r.redis.FlushAll()
			}
			outs := len(r.read(t).outs)
			armed.Store(true)
			r.publish(t, last)
			r.settled(t, soon)

			if n := deaths.Load(); n < 3 {
				t.Fatalf("%d attempts reached the commit, want two that died and one more", n)
			}
			p := r.read(t)
			record := p.turns[len(p.turns)-1]
			if !slices.Contains(record.Events, last.ID) || record.Decision.Consent != test.want || len(p.outs) != outs+1 {
				t.Errorf("consent %q in %v with %d new replies, want %q and one", record.Decision.Consent, record.Events, len(p.outs)-outs, test.want)
			}
			if stopped, err := r.bus.Stopped(t.Context(), last.Of()); err != nil || stopped != (test.want == agent.ConsentStop) {
				t.Errorf("stopped is %t (%v)", stopped, err)
			}
		})
	}
}

func TestAStopThatLostAConflictIsConfirmed(t *testing.T) {
	r := setup(t)
	cfg := r.config()
	stop := event(1, 1, "stop")
	var once atomic.Bool
	w, err := New(cfg)
	must(t, err)
	w.publish = func(ctx context.Context, lastSeq uint64, messages ...bus.Message) (uint64, error) {
		if once.CompareAndSwap(false, true) {
			return 0, bus.ErrConflict
		}
		return cfg.Bus.PublishBatch(ctx, lastSeq, messages...)
	}
	must(t, w.Start(t.Context()))
	t.Cleanup(func() { _ = w.Stop(context.Background()) })
	r.publish(t, stop)
	r.settled(t, soon)
	if p := r.read(t); len(p.outs) != 1 || p.turns[0].Decision.Consent != agent.ConsentStop {
		t.Errorf("%d replies, turns %+v, want the stop confirmed", len(p.outs), p.turns)
	}
}
