package judge_test

import (
	"fmt"
	"testing"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// said is an outcome of a single message in variant local of suite s: labelled
// want, decided got. It passes where the label accepts got.
func said(id, lang string, want, got agent.Disposition, change ...func(*outcome.Outcome)) outcome.Outcome {
	o := outcome.Outcome{Suite: "s", ID: id, Variant: "local", Perturbation: suite.AsWritten,
		Case: outcome.Labels{Lang: lang, File: "s.yaml", Line: 7},
		Turns: []outcome.Turn{{Says: []string{"words of " + id}, Expect: suite.Expect{Disposition: want}, Disposition: got,
			Attribution: outcome.ByGuard, Confidence: 0.95, Micros: 500}}}
	for _, c := range change {
		c(&o)
	}
	judgeChecks(&o)
	return o
}

// judgeChecks sets checks and status from the labels, as a run does.
func judgeChecks(o *outcome.Outcome) {
	if o.Status != "" {
		return
	}
	o.Status = outcome.Pass
	for i := range o.Turns {
		t := &o.Turns[i]
		ok := t.Disposition == t.Expect.Disposition
		for _, also := range t.Expect.Also {
			ok = ok || t.Disposition == also
		}
		t.Checks = append(t.Checks, outcome.Check{What: "disposition", Want: string(t.Expect.Disposition), Got: string(t.Disposition), OK: ok})
		for _, c := range t.Checks {
			if !c.OK {
				o.Status = outcome.Fail
			}
		}
	}
}

func pair(p string) func(*outcome.Outcome) { return func(o *outcome.Outcome) { o.Case.Pair = p } }

func typed(p suite.Perturbation) func(*outcome.Outcome) {
	return func(o *outcome.Outcome) { o.Perturbation = p }
}

func repeat(n int) func(*outcome.Outcome) { return func(o *outcome.Outcome) { o.Repeat = n } }

func expect(change func(*outcome.Turn)) func(*outcome.Outcome) {
	return func(o *outcome.Outcome) { change(&o.Turns[0]) }
}

func header(gates ...suite.Gate) outcome.Header {
	return outcome.Header{V: 1, Suites: []outcome.File{{Name: "s", Path: "s.yaml", Gates: gates}},
		Variants: []outcome.Variant{{Name: "local", Mode: outcome.Local}}}
}

func atLeast(measure string, target float64) suite.Gate {
	return suite.Gate{Measure: measure, AtLeast: &target}
}

func atMost(measure string, target float64) suite.Gate {
	return suite.Gate{Measure: measure, AtMost: &target}
}

func in(lang string, g suite.Gate) suite.Gate {
	g.Lang = lang
	return g
}

func judged(h outcome.Header, all ...outcome.Outcome) judge.Summary {
	j := judge.New(h, judge.Options{})
	for _, o := range all {
		j.Add(o)
	}
	return j.Summary()
}

// times makes n outcomes of which the first bad are decided otherwise.
func times(n, bad int, lang string, want, got, otherwise agent.Disposition, change ...func(*outcome.Outcome)) []outcome.Outcome {
	var out []outcome.Outcome
	for i := range n {
		d := got
		if i < bad {
			d = otherwise
		}
		out = append(out, said(fmt.Sprintf("%s-%s-%03d", want, lang, i), lang, want, d, change...))
	}
	return out
}

func share(t *testing.T, s judge.Summary, lang, measure string) judge.Share {
	t.Helper()
	slice, _ := s.Variants[0].Slice(judge.ByAll, "", lang)
	x, ok := slice.Share(measure)
	if !ok {
		t.Fatalf("no case in %q asks for %s", lang, measure)
	}
	return x
}
