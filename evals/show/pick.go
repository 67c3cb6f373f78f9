package show

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"recado/evals/judge"
	"recado/evals/outcome"
)

// picked holds the outcomes that a report shows one by one, the gravest kind
// first, and how many it leaves out.
type picked struct {
	outcomes          []outcome.Outcome
	leftBad, leftGood int // that did not pass, that passed
}

// pick reads all outcomes once and keeps at most limit of them: those that
// did not pass, the gravest kind first, then those for which first holds, then
// the rest. Of each kind it holds no more than limit at a time.
func pick(all iter.Seq2[outcome.Outcome, error], limit int, first func(outcome.Outcome) bool) (picked, error) {
	var p picked
	heaps := map[string][]outcome.Outcome{}
	const asked, rest = "asked for", "the rest" // of those that passed
	bad, good := 0, 0
	for o, err := range all {
		if err != nil {
			return p, fmt.Errorf("read the run's outcomes: %w", err)
		}
		k := judge.KindOf(o)
		switch {
		case k != "":
			bad++
		case first != nil && first(o):
			k = asked
			good++
		default:
			k = rest
			good++
		}
		if len(heaps[k]) < limit {
			heaps[k] = append(heaps[k], o)
		}
	}
	kinds := slices.DeleteFunc(slices.Collect(maps.Keys(heaps)), func(k string) bool { return k == asked || k == rest })
	slices.SortFunc(kinds, func(a, b string) int {
		return cmp.Or(cmp.Compare(judge.Gravity(a), judge.Gravity(b)), cmp.Compare(a, b))
	})
	for _, k := range append(kinds, asked, rest) {
		heap := heaps[k][:min(len(heaps[k]), limit-len(p.outcomes))]
		p.outcomes = append(p.outcomes, heap...)
		if k == asked || k == rest {
			good -= len(heap)
		} else {
			bad -= len(heap)
		}
	}
	p.leftBad, p.leftGood = bad, good
	return p, nil
}
