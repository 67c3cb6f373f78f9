package run

import (
	"iter"

	"recado/evals/outcome"
	"recado/evals/suite"
)

// item is one outcome to make.
type item struct {
	suite  *prepared
	column *column
	typed  suite.Case // as it is typed
	key    outcome.Key
}

// plan goes through the items of a run, always in the same order: by suite,
// case, perturbation, column and repeat.
func (r *Runner) plan() iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for i := range r.suites {
			s := &r.suites[i]
			for c, err := range s.All() {
				if err != nil {
					yield(item{}, err)
					return
				}
				if !r.takes(s, c) {
					continue
				}
				for it := range r.of(s, c) {
					if !yield(it, nil) {
						return
					}
				}
			}
		}
	}
}

func (r *Runner) takes(s *prepared, c suite.Case) bool {
	return r.config.Filter.Takes(s.Suite, c) && (r.config.Only == nil || r.config.Only(s.Name, c.ID))
}

// of goes through the items of one case.
func (r *Runner) of(s *prepared, c suite.Case) iter.Seq[item] {
	return func(yield func(item) bool) {
		for _, p := range s.perturb {
			typed, changed := c.Typed(p, r.config.Seed)
			if !changed {
				continue
			}
			for i := range r.columns {
				col := &r.columns[i]
				if p != suite.AsWritten && col.Mode == outcome.Adversarial {
					continue
				}
				repeats := 1
				if col.Mode == outcome.LLM {
					repeats = r.config.Repeat
				}
				for n := range repeats {
					key := outcome.Key{Suite: s.Name, ID: c.ID, Variant: col.Name, Perturbation: p, Repeat: n}
					if !yield(item{s, col, typed, key}) {
						return
					}
				}
			}
		}
	}
}

// Keys names the outcomes of the run in order.
func (r *Runner) Keys() iter.Seq2[outcome.Key, error] {
	return func(yield func(outcome.Key, error) bool) {
		for it, err := range r.plan() {
			if !yield(it.key, err) {
				return
			}
		}
	}
}
