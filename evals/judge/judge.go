// Package judge says what a run is worth: measures with intervals, gates, the
// gap between English and Spanish, what typing costs, which part decided, how
// sure it was, and bounded lists of what went wrong. Outcomes are added one at
// a time; what is kept of them is counts and some hundred bytes a case.
package judge

import (
	"recado/evals/outcome"
	"recado/evals/suite"
)

// Options change how a run is judged.
type Options struct {
	// Listed is how many failures of a kind are listed for each variant.
	// Defaults to 50.
	Listed int
}

// Judge adds up a run. It is not safe for use by many goroutines.
type Judge struct {
	header   outcome.Header
	options  Options
	variants []*variant
	suites   []*SuiteCounts
	gated    map[string][]suite.Gate // of each suite
	cases    map[uint64]struct{}     // every case of the run, once
	counts   Counts
	ungated  lists
	errors   lists
	excused  map[uint64]*excused // cases that are known to fail
	order    []uint64            // of excused
}

// New starts a judgement of the run with header h.
func New(h outcome.Header, o Options) *Judge {
	if o.Listed <= 0 {
		o.Listed = 50
	}
	j := &Judge{header: h, options: o, gated: map[string][]suite.Gate{}, cases: map[uint64]struct{}{},
		ungated: newLists(o.Listed), errors: newLists(o.Listed), excused: map[uint64]*excused{}}
	for _, v := range h.Variants {
		j.variant(v.Name)
	}
	for _, f := range h.Suites {
		j.suite(f.Name)
	}
	return j
}

// Add adds one outcome. Order matters only for which failures are listed.
func (j *Judge) Add(o outcome.Outcome) {
	v, s := j.variant(o.Variant), j.suite(o.Suite)
	v.add(&o)
	j.counts.add(&o)
	s.add(&o)
	if key := caseKey(o.Suite, o.ID); !j.has(key) {
		j.cases[key] = struct{}{}
		j.counts.Cases++
		s.Cases++
	}
	if isKnown(&o) {
		j.excuse(&o, v)
	}
	if o.Status == outcome.Error {
		j.errors.add(KindError, func() Item {
			it := itemOf(&o, len(o.Turns)-1)
			it.What = o.Error
			return it
		})
		return
	}
	if s.ReportOnly {
		return
	}
	if what, it, found := v.ungated(j.gated[o.Suite], &o); found {
		j.ungated.add(KindUngated, func() Item {
			it.What = what
			return it
		})
	}
}

func (j *Judge) has(key uint64) bool {
	_, ok := j.cases[key]
	return ok
}

func (c *Counts) add(o *outcome.Outcome) {
	c.Outcomes++
	c.Breaches += len(o.Breaches)
	switch o.Status {
	case outcome.Pass:
		c.Pass++
	case outcome.Error:
		c.Error++
		return
	case outcome.Known:
		c.Known++
	default:
		c.Fail++
	}
	c.Turns += len(o.Turns)
}

// variant returns the sums of a variant. One that the header does not name is
// put behind those that it does.
func (j *Judge) variant(name string) *variant {
	for _, v := range j.variants {
		if v.Name == name {
			return v
		}
	}
	described := outcome.Variant{Name: name}
	for _, v := range j.header.Variants {
		if v.Name == name {
			described = v
		}
	}
	v := newVariant(described, j.options.Listed)
	j.variants = append(j.variants, v)
	return v
}

func (j *Judge) suite(name string) *SuiteCounts {
	for _, s := range j.suites {
		if s.Name == name {
			return s
		}
	}
	s := &SuiteCounts{Name: name}
	for _, f := range j.header.Suites {
		if f.Name == name {
			s.Path, s.ReportOnly = f.Path, f.ReportOnly
			j.gated[name] = f.Gates
		}
	}
	j.suites = append(j.suites, s)
	return s
}

// Summary is what the outcomes so far amount to. It may be called at any time,
// and more may be added after.
func (j *Judge) Summary() Summary {
	s := Summary{V: Version, Run: j.header, Counts: j.counts, Gates: j.gates(),
		Ungated: List{Kind: KindUngated}, Errors: List{Kind: KindError}}
	for _, l := range j.ungated.list() {
		s.Ungated = l
	}
	for _, l := range j.errors.list() {
		s.Errors = l
	}
	s.Known, s.Mended = j.known()
	rank := map[string]int{}
	for i, of := range j.suites {
		rank[of.Name] = i
		s.Suites = append(s.Suites, *of)
	}
	asked := map[string]bool{}
	for _, v := range j.variants {
		out := v.summary(rank)
		s.Variants = append(s.Variants, out)
		if all, ok := out.Slice(ByAll, "", ""); ok {
			for _, x := range all.Shares {
				asked[x.Measure] = true
			}
		}
	}
	for _, m := range Measures() {
		if asked[m.Name] {
			s.Measures = append(s.Measures, m)
		}
	}
	s.Verdict = s.verdict()
	return s
}

func (s Summary) verdict() Verdict {
	n := map[Verdict]int{}
	for _, g := range s.Gates {
		n[g.Verdict]++
	}
	switch {
	case n[Fail] > 0 || s.Ungated.Count > 0 || s.Mended.Count > 0:
		return Fail
	case n[Inconclusive] > 0:
		return Inconclusive
	case n[Pass] == 0 && s.Counts.Fail > 0:
		return NotAsked
	}
	return Pass
}
