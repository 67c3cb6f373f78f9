package run

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"golang.org/x/time/rate"

	"recado/evals/outcome"
)

// StoppedError says why a run ended before its last case. What is done is in
// its file, and the same run goes on from there.
type StoppedError struct {
	Reason string // what happened and what to do
	Left   int    // outcomes that are not made yet
}

// Error implements error.
func (e *StoppedError) Error() string { return fmt.Sprintf("%s; %d left", e.Reason, e.Left) }

// errDropped ends a case of which nothing is recorded.
var errDropped = errors.New("dropped")

// Run makes the outcomes that w does not hold and puts them in order. The
// error is the context's where it ended first, and a *StoppedError where a
// budget or an endpoint ended the run; w then holds what is done, whole.
func (r *Runner) Run(ctx context.Context, w Sink) (Progress, error) {
	p := Progress{Total: r.total, Before: w.Count()}
	live := &session{runner: r, budget: budget{calls: r.config.MaxCalls, cost: r.config.MaxCost}}
	if r.config.Rate > 0 {
		live.limit = rate.NewLimiter(rate.Limit(r.config.Rate), 1)
	}
	err := live.run(ctx, w, &p)
	switch {
	case ctx.Err() != nil:
		return p, errors.Join(context.Cause(ctx), w.Close())
	case err != nil:
		return p, errors.Join(err, w.Close())
	case live.stopped() != "":
		left := p.Total - p.Before - p.Ran
		return p, errors.Join(&StoppedError{live.stopped(), left}, w.Close())
	}
	return p, w.Finish(r.Keys())
}

// session is one Run.
type session struct {
	runner *Runner
	limit  *rate.Limiter
	budget budget

	mu   sync.Mutex
	stop string // why no further case is begun
}

// halt lets what is in flight end and begins nothing more.
func (s *session) halt(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == "" {
		s.stop = reason
	}
}

func (s *session) stopped() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop
}

// made is what became of an item.
type made struct {
	outcome outcome.Outcome
	err     error
}

// run hands out items and takes outcomes in, both from this goroutine, which
// alone touches w.
func (s *session) run(ctx context.Context, w Sink, p *Progress) error {
	work, results := make(chan item), make(chan made)
	var workers sync.WaitGroup
	for range s.runner.config.Concurrency {
		workers.Go(func() {
			for it := range work {
				o, err := s.make(ctx, it)
				results <- made{o, err}
			}
		})
	}
	defer workers.Wait()
	defer close(work)

	next, end := iter.Pull2(s.runner.todo(w))
	defer end()
	var failed error
	var it item
	have, more, inFlight := false, true, 0
	for {
		if !have && more {
			it, failed, have = next()
			more = have
		}
		if failed != nil || ctx.Err() != nil || s.stopped() != "" {
			have, more = false, false
		}
		if !have && inFlight == 0 {
			return failed
		}
		give := work
		if !have {
			give = nil
		}
		select {
		case give <- it:
			inFlight++
			have = false
		case m := <-results:
			inFlight--
			if err := s.take(w, m, p); err != nil && failed == nil {
				failed = err
			}
		}
	}
}

// todo goes through the items that w does not hold.
func (r *Runner) todo(w Sink) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for it, err := range r.plan() {
			if err == nil && w.Done(it.key) {
				continue
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// take records an outcome.
func (s *session) take(w Sink, m made, p *Progress) error {
	p.Calls, p.Cost = s.budget.spent()
	if errors.Is(m.err, errDropped) {
		return nil
	}
	if m.err != nil {
		return m.err
	}
	if err := w.Add(m.outcome); err != nil {
		return err
	}
	p.Ran++
	switch m.outcome.Status {
	case outcome.Pass:
		p.Pass++
	case outcome.Fail:
		p.Fail++
	case outcome.Known:
		p.Known++
	default:
		p.Error++
	}
	if s.runner.config.Progress != nil {
		s.runner.config.Progress(*p)
	}
	return nil
}
