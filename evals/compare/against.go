package compare

import (
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// Against compares a run with the baselines of its suites, as written. A
// variant of the run is held against the baseline of the same name only.
// Cases of a baseline whose suite was not run are no part of it.
func Against(baselines []Baseline, b Run, o Options) (Diff, error) {
	d := Diff{V: Version, A: Side{Name: "baseline"}, B: Side{b.Name, b.Header}, Baseline: true}
	ran := map[string]bool{}
	for _, f := range b.Header.Suites {
		ran[f.Name] = true
	}
	var matches []match
	at := map[string]int{}
	for _, v := range b.Header.Variants {
		for _, base := range baselines {
			if base.Variant.Name != v.Name || !ran[base.Suite] {
				continue
			}
			if _, ok := at[v.Name]; !ok {
				at[v.Name] = len(matches)
				matches = append(matches, match{base.Variant, v})
				d.A.Run.Variants = append(d.A.Run.Variants, base.Variant)
			}
			d.A.Run.V, d.A.Run.Recado, d.A.Run.Model, d.A.Run.Rules = outcome.Version, base.Recado, base.Model, base.Rules
			d.A.Run.Suites = append(d.A.Run.Suites, outcome.File{Name: base.Suite, Hash: base.Hash})
		}
		if _, ok := at[v.Name]; !ok {
			d.OnlyB = append(d.OnlyB, v.Name)
		}
	}
	before := &records{at: map[uint64]int{}}
	lines := map[uint64]BaselineCase{}
	for _, base := range baselines {
		variant, ok := at[base.Variant.Name]
		if !ok || !ran[base.Suite] {
			continue
		}
		for _, c := range base.Cases {
			r := record{suite: base.Suite, id: c.ID, variant: variant, typing: suite.AsWritten, path: pathOf(c.dispositions())}
			switch c.Status {
			case outcome.Pass:
				r.pass = 1
			case outcome.Fail:
				r.fail = 1
			default:
				r.errors = 1
			}
			lines[r.key()] = c
			before.at[r.key()] = len(before.list)
			before.list = append(before.list, r)
		}
	}
	after, err := collect(b, func(m match) outcome.Variant { return m.b }, matches, func(r *record, o *outcome.Outcome) {
		was := before.find(r.key())
		if was == nil {
			return
		}
		c := lines[r.key()]
		was.words = ^r.words // what was edited is not the same
		if c.Words == words(r.words) {
			was.words = r.words
			was.votes.Add(judge.MarksOfDispositions(*o, c.dispositions(), c.Kept, c.Status, matches[r.variant].b.Mode))
		}
	})
	if err != nil {
		return d, err
	}
	c := comparison{before: before, after: after, matches: matches, listed: o.listed(), baseline: true, wanted: map[uint64]*CaseDiff{}}
	c.run(&d)
	for key, listed := range c.wanted {
		if listed.A != nil {
			for _, disposition := range lines[key].dispositions() {
				listed.A.Turns = append(listed.A.Turns, TurnSide{Disposition: string(disposition)})
			}
		}
	}
	return d, c.describe(b, func(m match) outcome.Variant { return m.b }, true)
}
