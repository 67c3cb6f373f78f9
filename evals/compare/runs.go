package compare

import (
	"fmt"
	"iter"

	"recado/evals/outcome"
)

// Run is a run to compare.
type Run struct {
	Name   string // as reports show it, usually the file
	Header outcome.Header
	// Outcomes yields the run's outcomes in their order. It is iterated up to
	// twice, so it must begin anew each time, and is never kept in memory as a
	// whole.
	Outcomes iter.Seq2[outcome.Outcome, error]
}

// Options change how runs are compared.
type Options struct {
	// Listed is how many cases each list of a variant holds. Defaults to 200.
	Listed int
	// Match names for a variant of A its counterpart in B. Defaults to the one
	// of the same name; where A and B have one variant each, they are
	// counterparts whatever their names.
	Match map[string]string
}

func (o Options) listed() int {
	if o.Listed <= 0 {
		return 200
	}
	return o.Listed
}

// Runs compares b with a. The error is one of reading.
func Runs(a, b Run, o Options) (Diff, error) {
	matches, onlyA, onlyB := matchVariants(a.Header.Variants, b.Header.Variants, o.Match)
	d := Diff{V: Version, A: Side{a.Name, a.Header}, B: Side{b.Name, b.Header}, OnlyA: onlyA, OnlyB: onlyB}
	before, err := collect(a, func(m match) outcome.Variant { return m.a }, matches, nil)
	if err != nil {
		return d, err
	}
	after, err := collect(b, func(m match) outcome.Variant { return m.b }, matches, nil)
	if err != nil {
		return d, err
	}
	c := comparison{before: before, after: after, matches: matches, listed: o.listed(), wanted: map[uint64]*CaseDiff{}}
	c.run(&d)
	if err := c.describe(a, func(m match) outcome.Variant { return m.a }, false); err != nil {
		return d, err
	}
	return d, c.describe(b, func(m match) outcome.Variant { return m.b }, true)
}

// match is a variant of A with its counterpart in B.
type match struct{ a, b outcome.Variant }

func matchVariants(a, b []outcome.Variant, named map[string]string) (matches []match, onlyA, onlyB []string) {
	if len(a) == 1 && len(b) == 1 && named[a[0].Name] == "" {
		return []match{{a[0], b[0]}}, nil, nil
	}
	taken := map[string]bool{}
	for _, x := range a {
		want := x.Name
		if n := named[x.Name]; n != "" {
			want = n
		}
		found := false
		for _, y := range b {
			if y.Name == want && !taken[want] {
				matches, found, taken[want] = append(matches, match{x, y}), true, true
			}
		}
		if !found {
			onlyA = append(onlyA, x.Name)
		}
	}
	for _, y := range b {
		if !taken[y.Name] {
			onlyB = append(onlyB, y.Name)
		}
	}
	return matches, onlyA, onlyB
}

// each goes through the outcomes of a run that belong to a match, given by its
// place.
func (r Run) each(side func(match) outcome.Variant, matches []match, do func(int, *outcome.Outcome)) error {
	at := map[string]int{}
	for i, m := range matches {
		at[side(m).Name] = i
	}
	for o, err := range r.Outcomes {
		if err != nil {
			return fmt.Errorf("read run %s: %w", r.Name, err)
		}
		if i, ok := at[o.Variant]; ok {
			do(i, &o)
		}
	}
	return nil
}
