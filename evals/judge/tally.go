package judge

import (
	"cmp"
	"slices"

	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

// tally counts one measure in one slice.
type tally struct {
	k, n int
	// distinct is n without repeats, unjudged how many errors may hide of what
	// gates count.
	distinct, unjudged int
	// known are what cases that are known to fail have in k, n and distinct.
	known struct{ k, n, distinct int }
}

func (t *tally) add(hit, repeat, known bool) {
	count := func(k, n, distinct *int) {
		*n++
		if hit {
			*k++
		}
		if !repeat {
			*distinct++
		}
	}
	count(&t.k, &t.n, &t.distinct)
	if known {
		count(&t.known.k, &t.known.n, &t.known.distinct)
	}
}

// gated is what gates count of the tally.
func (t tally) gated() tally {
	return tally{k: t.k - t.known.k, n: t.n - t.known.n, distinct: t.distinct - t.known.distinct, unjudged: t.unjudged}
}

// share is what the tally amounts to. Repeats of a case tell about the same,
// so the interval is that of as many tries as there are distinct ones.
func (t tally) share(m *measure) Share {
	s := Share{Measure: m.Name, K: t.k, N: t.n, Distinct: min(t.n, max(1, t.distinct)), Value: ratio(t.k, t.n)}
	tries := float64(s.Distinct)
	s.Interval = stat.Wilson(s.Value*tries, tries)
	if m.bounded {
		bound := stat.UpperBound(s.Value*tries, tries)
		s.Bound = &bound
	}
	return s
}

func ratio(k, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(k) / float64(n)
}

type sliceKey struct {
	by    Dimension
	value string
	lang  string
}

// most is how many values of a dimension are told apart.
const most = 200

// tallies count every measure in every slice of one variant.
type tallies struct {
	slices map[sliceKey][]tally
	values map[Dimension]map[string]bool
}

func newTallies() tallies {
	return tallies{map[sliceKey][]tally{}, map[Dimension]map[string]bool{}}
}

// of returns the tallies of a slice, a measure each.
func (t *tallies) of(k sliceKey) []tally {
	s := t.slices[k]
	if s == nil {
		s = make([]tally, len(measures))
		t.slices[k] = s
	}
	return s
}

// bounded is the value under which v is counted. Suites are never counted
// together: gates need them apart.
func (t *tallies) bounded(by Dimension, v string) string {
	seen := t.values[by]
	if seen == nil {
		seen = map[string]bool{}
		t.values[by] = seen
	}
	switch {
	case seen[v] || by == BySuite:
	case len(seen) >= most:
		return Rest
	default:
		seen[v] = true
	}
	return v
}

// each calls do with every slice that an outcome belongs to.
func (t *tallies) each(o *outcome.Outcome, do func([]tally)) {
	lang := langOf(o)
	in := func(by Dimension, value string) {
		value = t.bounded(by, value)
		do(t.of(sliceKey{by, value, ""}))
		if lang != "" {
			do(t.of(sliceKey{by, value, lang}))
		}
	}
	in(ByPerturbation, string(typing(o)))
	if typing(o) != suite.AsWritten {
		return
	}
	in(ByAll, "")
	in(BySuite, o.Suite)
	if o.Case.Group != "" {
		in(ByGroup, o.Case.Group)
	}
	eachOnce(o.Case.Tags, func(tag string) { in(ByTag, tag) })
	eachOnce(o.Case.Promises, func(p string) { in(ByPromise, p) })
}

func eachOnce(values []string, do func(string)) {
	for i, v := range values {
		if !slices.Contains(values[:i], v) {
			do(v)
		}
	}
}

// typing is how an outcome's message was typed.
func typing(o *outcome.Outcome) suite.Perturbation {
	if o.Perturbation == "" {
		return suite.AsWritten
	}
	return o.Perturbation
}

// judged counts the marks of an outcome.
func (t *tallies) judged(o *outcome.Outcome, marks []mark) {
	t.each(o, func(s []tally) {
		for _, m := range marks {
			s[m.measure].add(m.hit, o.Repeat > 0, isKnown(o))
		}
	})
}

// unjudged counts an outcome that ended in an error against every measure
// that its labels ask for, and against all where they are not known. What is
// known to fail counts against none.
func (t *tallies) unjudged(o *outcome.Outcome, mode outcome.Mode) {
	if isKnown(o) {
		return
	}
	lang := langOf(o)
	t.each(o, func(s []tally) {
		for i := range measures {
			m := &measures[i]
			asked := len(o.Turns) == 0
			if m.whole != nil {
				asked, _ = m.whole(o, mode)
			}
			for k := range o.Turns {
				asked = asked || m.asks != nil && m.asked(&o.Turns[k], lang)
			}
			if asked {
				s[i].unjudged++
			}
		}
	})
}

var dimensions = []Dimension{ByAll, BySuite, ByGroup, ByTag, ByPromise, ByPerturbation}

// list returns the slices in the order of reports; rank orders suites.
func (t *tallies) list(rank map[string]int) []Slice {
	keys := make([]sliceKey, 0, len(t.slices))
	for k := range t.slices {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b sliceKey) int {
		return cmp.Or(
			cmp.Compare(slices.Index(dimensions, a.by), slices.Index(dimensions, b.by)),
			cmp.Compare(place(a, rank), place(b, rank)),
			cmp.Compare(a.value, b.value),
			cmp.Compare(slices.Index(langs, a.lang), slices.Index(langs, b.lang)), // "" is -1, first
			cmp.Compare(a.lang, b.lang))
	})
	var out []Slice
	for _, k := range keys {
		s := Slice{By: k.by, Value: k.value, Lang: k.lang}
		for i, tally := range t.slices[k] {
			if tally.n > 0 {
				s.Shares = append(s.Shares, tally.share(&measures[i]))
			}
		}
		if len(s.Shares) > 0 {
			out = append(out, s)
		}
	}
	return out
}

var typings = []string{string(suite.AsWritten), string(suite.NoAccents), string(suite.Typos), string(suite.SMS), string(suite.CodeSwitch)}

// place orders values that have an order of their own.
func place(k sliceKey, suites map[string]int) int {
	switch {
	case k.value == Rest:
		return 1 << 30
	case k.by == BySuite:
		return suites[k.value]
	case k.by == ByPerturbation:
		if i := slices.Index(typings, k.value); i >= 0 {
			return i
		}
		return len(typings)
	}
	return 0
}
