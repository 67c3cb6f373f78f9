package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"recado/agent"
)

// Decision is what deciding takes, with no message read or written.
type Decision struct {
	Took        time.Duration `json:"ns"`
	Allocations int           `json:"allocations"`
	Bytes       int           `json:"bytes"`
	Stages      []Stage       `json:"stages,omitempty"` // where the decider tells
}

// Stage is a part of a decision; see agent.Agent.Stages.
type Stage struct {
	Name string        `json:"name"`
	Took time.Duration `json:"ns"`
}

// staged is a decider that measures its parts.
type staged interface {
	Stages(agent.Turn) []agent.Stage
}

// Decision decides every message some times, on one processor, and returns
// what one of them takes.
func (r *Rig) Decision(ctx context.Context, times int) (Decision, error) {
	r.cfg.Log("decisions by stage")
	var turns []agent.Turn
	for i, text := range Messages() {
		turns = append(turns, agent.Turn{
			Events: []agent.Event{r.event(r.conversation(i), text)}, Clinic: r.cfg.Clinic, Now: time.Now(),
			Session: agent.Session{V: agent.Version},
		})
	}
	// The first time is for what is made at first use.
	for _, t := range turns {
		if _, err := r.cfg.Decider.Decide(ctx, t); err != nil {
			return Decision{}, fmt.Errorf("decide a message of the benchmark: %w", err)
		}
	}
	n := times * len(turns)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	for range times {
		for _, t := range turns {
			if _, err := r.cfg.Decider.Decide(ctx, t); err != nil {
				return Decision{}, fmt.Errorf("decide a message of the benchmark: %w", err)
			}
		}
		if ctx.Err() != nil {
			return Decision{}, context.Cause(ctx)
		}
	}
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	d := Decision{
		Took:        took / time.Duration(n),
		Allocations: int(after.Mallocs-before.Mallocs) / n, Bytes: int(after.TotalAlloc-before.TotalAlloc) / n,
	}
	decider, ok := r.cfg.Decider.(staged)
	if !ok {
		return d, nil
	}
	// Of each message's times the median, so that a pause does not count, and
	// of all messages the mean. Messages take turns, as they do in a worker: one
	// that is read again and again is read from the processor's own memory.
	samples := make([][][]time.Duration, len(turns)) // by message and stage
	for range times {
		for at, t := range turns {
			for i, s := range decider.Stages(t) {
				if i == len(d.Stages) {
					d.Stages = append(d.Stages, Stage{Name: s.Name})
				}
				if i == len(samples[at]) {
					samples[at] = append(samples[at], nil)
				}
				samples[at][i] = append(samples[at][i], s.Took)
			}
		}
	}
	for _, stages := range samples {
		for i, all := range stages {
			slices.Sort(all)
			d.Stages[i].Took += all[len(all)/2] / time.Duration(len(turns))
		}
	}
	return d, nil
}
