package standin

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"recado/agent"
)

// sweep decides all messages under one kind after the other.
type sweep struct {
	run      Run
	approved *approved
	before   []agent.Decision // without a model
	asked    []bool           // a model was, under the first kind
	after    []outcome        // with the kind that was last
	found    []checker
}

// under decides under a kind. Whether a model is asked does not depend on what
// it says: after the first kind, messages that ask none are left out, and so
// are conversations in which nothing is sent.
func (s *sweep) under(ctx context.Context, kind Kind, first bool) error {
	model, err := s.run.build(kind)
	if err != nil {
		return fmt.Errorf("build stand-in: %w", err)
	}
	s.after, s.found = make([]outcome, len(s.asked)), make([]checker, len(s.asked))
	errs := make([]error, len(s.asked))
	gate := make(chan struct{}, inFlight)
	var wg sync.WaitGroup
	for i, m := range s.run.Messages {
		if !first && !s.asked[i] {
			continue
		}
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			if s.after[i], errs[i] = s.run.decide(ctx, model, m, first); errs[i] != nil {
				return
			}
			if first {
				s.before[i], errs[i] = s.run.before(ctx, m, s.after[i])
			}
			s.found[i] = checker{approved: s.approved, kind: kind, message: m, turn: s.run.turn(m), agent: s.run.Agent, before: s.before[i], after: s.after[i]}
			s.found[i].check()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// add puts what was found into the report.
func (s *sweep) add(report *Report, kind Kind, first bool) {
	for i, m := range s.run.Messages {
		if !first && !s.asked[i] {
			continue
		}
		asked := len(s.after[i].queries) > 0
		if first {
			s.asked[i] = asked
			report.Sorts[string(s.before[i].Disposition)]++
			if asked {
				report.Languages[m.Language]++
			}
		}
		report.Breaches = append(report.Breaches, s.found[i].breaches...)
		report.Decisions++
		if asked {
			report.Asked[kind]++
		}
		if s.before[i].Disposition != s.after[i].Disposition {
			report.Changed[kind]++
		}
	}
}
