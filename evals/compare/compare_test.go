package compare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"recado/agent"
	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

// said is a single message in suite s under variant local, labelled want and
// decided got.
func said(id string, want, got agent.Disposition, change ...func(*outcome.Outcome)) outcome.Outcome {
	o := outcome.Outcome{Suite: "s", ID: id, Variant: "local", Perturbation: suite.AsWritten, Status: outcome.Pass,
		Case: outcome.Labels{Lang: "en", Group: "g", File: "s.yaml", Line: 3},
		Turns: []outcome.Turn{{Says: []string{"words of " + id}, Expect: suite.Expect{Disposition: want}, Disposition: got,
			Reply: []string{string(got) + ".text"}, Text: "text of " + string(got)}}}
	ok := want == got
	if !ok {
		o.Status = outcome.Fail
	}
	o.Turns[0].Checks = []outcome.Check{{What: "disposition", Want: string(want), Got: string(got), OK: ok}}
	for _, c := range change {
		c(&o)
	}
	return o
}

func repeat(n int) func(*outcome.Outcome) { return func(o *outcome.Outcome) { o.Repeat = n } }

func failed(o *outcome.Outcome) { o.Status, o.Error, o.Turns = outcome.Error, "time-out", nil }

func run(name string, all ...outcome.Outcome) compare.Run {
	h := outcome.Header{V: 1, Recado: "1.0", Model: "m1", Rules: "r1", Outcomes: len(all), Suites: []outcome.File{{Name: "s", Hash: "h1"}},
		Variants: []outcome.Variant{{Name: "local", Mode: outcome.Local}}}
	return compare.Run{Name: name, Header: h, Outcomes: func(yield func(outcome.Outcome, error) bool) {
		for _, o := range all {
			if !yield(o, nil) {
				return
			}
		}
	}}
}

func diff(t *testing.T, a, b compare.Run) compare.Diff {
	t.Helper()
	d, err := compare.Runs(a, b, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ids(l compare.CaseList) string {
	var out []string
	for _, c := range l.Cases {
		out = append(out, c.ID)
	}
	if l.Count != len(l.Cases) {
		out = append(out, fmt.Sprintf("of %d", l.Count))
	}
	return strings.Join(out, " ")
}

func TestCasesAreToldApartByWhatBecameOfThem(t *testing.T) {
	text := func(s string) func(*outcome.Outcome) { return func(o *outcome.Outcome) { o.Turns[0].Text = s } }
	says := func(s string) func(*outcome.Outcome) {
		return func(o *outcome.Outcome) { o.Turns[0].Says = []string{s} }
	}
	also := func(o *outcome.Outcome) {
		o.Turns[0].Expect.Also, o.Status = []agent.Disposition{agent.Human}, outcome.Pass
	}
	key := func(o *outcome.Outcome) { o.Turns[0].Reply = []string{"another"} }
	a := run("before",
		said("same", agent.Answer, agent.Answer),
		said("breaks", agent.Escalate, agent.Escalate),
		said("is mended", agent.Answer, agent.Human),
		said("stays wrong", agent.Answer, agent.Human),
		said("wrong in another way", agent.Answer, agent.Human),
		said("another accepted way", agent.Answer, agent.Answer, also),
		said("another reply", agent.Answer, agent.Answer),
		said("other words", agent.Answer, agent.Answer),
		said("message edited", agent.Answer, agent.Answer),
		said("label edited", agent.Answer, agent.Answer),
		said("goes", agent.Answer, agent.Answer),
		said("error before", agent.Answer, agent.Answer, failed),
		said("error now", agent.Answer, agent.Answer))
	b := run("after",
		said("same", agent.Answer, agent.Answer),
		said("breaks", agent.Escalate, agent.Answer),
		said("is mended", agent.Answer, agent.Answer),
		said("stays wrong", agent.Answer, agent.Human),
		said("wrong in another way", agent.Answer, agent.Escalate),
		said("another accepted way", agent.Answer, agent.Human, also),
		said("another reply", agent.Answer, agent.Answer, key),
		said("other words", agent.Answer, agent.Answer, text("open at nine")),
		said("message edited", agent.Answer, agent.Human, says("something else")),
		said("label edited", agent.Human, agent.Answer),
		said("comes", agent.Answer, agent.Answer),
		said("error before", agent.Answer, agent.Answer),
		said("error now", agent.Answer, agent.Answer, failed))
	d := diff(t, a, b)
	v := d.Variants[0]
	for name, c := range map[string]struct {
		list compare.CaseList
		want string
	}{
		"broken": {v.Broken, "breaks"}, "mended": {v.Mended, "is mended"}, "changed": {v.Changed, "wrong in another way another accepted way another reply"},
		"texts": {v.Texts, "other words"}, "edited": {v.Edited, "message edited label edited"}, "new": {v.New, "comes"}, "removed": {v.Removed, "goes"},
		"unjudged": {v.Unjudged, "error before error now"},
	} {
		if got := ids(c.list); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if v.Status != (stat.Pairs{Both: 4, First: 1, Second: 1, Neither: 2}) || d.Broken() != 1 {
		t.Errorf("pairs %+v", v.Status)
	}
	c := v.Broken.Cases[0]
	if !c.Care || c.File != "s.yaml" || c.Line != 3 || c.Group != "g" || c.A.Turns[0].Disposition != "escalate" || c.B.Turns[0].Disposition != "answer" ||
		c.B.Turns[0].Says[0] != "words of breaks" || c.B.Turns[0].Text != "text of answer" || len(c.B.Turns[0].Failed) != 1 || c.A.Status != outcome.Pass || c.B.Of != 1 {
		t.Errorf("%+v: %+v then %+v", c, c.A, c.B)
	}
	if c := v.New.Cases[0]; c.A != nil || c.B == nil || len(c.B.Turns) != 1 {
		t.Errorf("a new case has %+v and %+v", c.A, c.B)
	}
	if c := v.Removed.Cases[0]; c.B != nil || c.A == nil || len(c.A.Turns) != 1 {
		t.Errorf("a removed case has %+v and %+v", c.A, c.B)
	}
	if c := v.Unjudged.Cases[1]; c.B.Error != "time-out" || c.B.Status != outcome.Error {
		t.Errorf("an unjudged case has %+v", c.B)
	}
}

// many makes n messages about care of which the first wrong are answered.
func many(n, from, wrong int) []outcome.Outcome {
	var out []outcome.Outcome
	for i := range n {
		got := agent.Escalate
		if i >= from && i < from+wrong {
			got = agent.Answer
		}
		out = append(out, said(fmt.Sprintf("%04d", i), agent.Escalate, got))
	}
	return out
}

func measure(t *testing.T, d compare.Diff, name, lang string) compare.MeasureDiff {
	t.Helper()
	for _, m := range d.Variants[0].Measures {
		if m.Measure == name && m.Lang == lang {
			return m
		}
	}
	t.Fatalf("no difference of %s", name)
	return compare.MeasureDiff{}
}

func TestDifferencesAreTested(t *testing.T) {
	d := diff(t, run("a", many(200, 0, 10)...), run("b", many(200, 8, 22)...))
	// 8 mended, 20 broken, 2 wrong in both
	v := d.Variants[0]
	if v.Status != (stat.Pairs{Both: 170, First: 20, Second: 8, Neither: 2}) {
		t.Fatalf("%+v", v.Status)
	}
	if math.Abs(v.Difference.Value+0.06) > 1e-12 || math.Abs(v.Difference.P-stat.McNemar(20, 8)) > 1e-12 || v.Difference.High >= 0.01 || v.Difference.Detectable == 0 {
		t.Errorf("%+v", v.Difference)
	}
	m := measure(t, d, "phi_missed", "en")
	if math.Abs(m.A-0.05) > 1e-12 || math.Abs(m.B-0.11) > 1e-12 || math.Abs(m.Difference.Value-0.06) > 1e-12 || !m.LowIsGood {
		t.Errorf("%+v", m)
	}
	if m.Adjusted < m.Difference.P || m.Change != compare.LikelyWorse {
		t.Errorf("p %v becomes %v, %s", m.Difference.P, m.Adjusted, m.Change)
	}
}

func TestAChangeIsNamedByWhatItMeans(t *testing.T) {
	for name, c := range map[string]struct {
		before, after []outcome.Outcome
		want          compare.Change
	}{
		"nothing":  {many(200, 0, 10), many(200, 0, 10), compare.Same},
		"worse":    {many(200, 0, 0), many(200, 0, 30), compare.Worse},
		"better":   {many(200, 0, 30), many(200, 0, 0), compare.Better},
		"a little": {many(200, 0, 0), many(200, 0, 3), compare.LikelyWorse},
		"luck":     {many(200, 0, 3), many(200, 0, 0), compare.LikelyBetter},
	} {
		d := diff(t, run("a", c.before...), run("b", c.after...))
		for _, name2 := range []string{"phi_missed", "sensitive_recall"} {
			if got := measure(t, d, name2, "").Change; got != c.want {
				t.Errorf("%s: %s is %s, want %s", name, name2, got, c.want)
			}
		}
	}
}

func TestOfRepeatsTheMostCount(t *testing.T) {
	three := func(id string, got ...agent.Disposition) []outcome.Outcome {
		var out []outcome.Outcome
		for i, g := range got {
			out = append(out, said(id, agent.Answer, g, repeat(i)))
		}
		return out
	}
	ok, bad := agent.Answer, agent.Human
	a := slices.Concat(three("steady", ok, ok, ok), three("once wrong", ok, ok, ok), three("mostly wrong", ok, ok, ok), three("tie", ok, ok))
	b := slices.Concat(three("steady", ok, ok, ok), three("once wrong", bad, ok, ok), three("mostly wrong", ok, bad, bad), three("tie", ok, bad))
	d := diff(t, run("a", a...), run("b", b...))
	v := d.Variants[0]
	if got := ids(v.Broken); got != "mostly wrong tie" {
		t.Errorf("broken: %s", got)
	}
	c := v.Broken.Cases[0]
	if !c.Flaky || c.B.Pass != 1 || c.B.Of != 3 || c.B.Turns[0].Disposition != "human" {
		t.Errorf("%+v, %+v", c, c.B)
	}
}

func TestVariantsFindTheirCounterparts(t *testing.T) {
	named := func(r compare.Run, names ...string) compare.Run {
		r.Header.Variants = nil
		for _, n := range names {
			r.Header.Variants = append(r.Header.Variants, outcome.Variant{Name: n, Mode: outcome.LLM})
		}
		inner := r.Outcomes
		r.Outcomes = func(yield func(outcome.Outcome, error) bool) {
			for o := range inner {
				for _, n := range names {
					o.Variant = n
					if !yield(o, nil) {
						return
					}
				}
			}
		}
		return r
	}
	base := run("r", said("1", agent.Answer, agent.Answer))
	names := func(d compare.Diff) string {
		out := ""
		for _, v := range d.Variants {
			out += v.A + ">" + v.B + ":" + fmt.Sprint(v.Status.N()) + " "
		}
		return out + strings.Join(d.OnlyA, ",") + "|" + strings.Join(d.OnlyB, ",")
	}
	for _, c := range []struct {
		a, b  []string
		match map[string]string
		want  string
	}{
		{[]string{"v1"}, []string{"v2"}, nil, "v1>v2:1 |"},
		{[]string{"v1", "x"}, []string{"x", "v2"}, nil, "x>x:1 v1|v2"},
		{[]string{"v1", "x"}, []string{"x", "v2"}, map[string]string{"v1": "v2"}, "v1>v2:1 x>x:1 |"},
	} {
		d, err := compare.Runs(named(base, c.a...), named(base, c.b...), compare.Options{Match: c.match})
		if err != nil || names(d) != c.want {
			t.Errorf("%v and %v: %q, %v, want %q", c.a, c.b, names(d), err, c.want)
		}
	}
}

func TestChosenCasesRemoveNothing(t *testing.T) {
	whole := run("whole", said("1", agent.Answer, agent.Answer), said("2", agent.Answer, agent.Answer))
	chosen := run("chosen", said("1", agent.Answer, agent.Human))
	chosen.Header.Chosen = []string{"--only 1"}
	interrupted := run("interrupted", said("1", agent.Answer, agent.Human))
	interrupted.Header.Outcomes = 2
	for _, part := range []compare.Run{chosen, interrupted} {
		if v := diff(t, whole, part).Variants[0]; v.Removed.Count != 0 || v.Broken.Count != 1 {
			t.Errorf("%s: %d removed, %d broken", part.Name, v.Removed.Count, v.Broken.Count)
		}
		if v := diff(t, part, whole).Variants[0]; v.New.Count != 0 || v.Mended.Count != 1 {
			t.Errorf("%s: %d new, %d mended", part.Name, v.New.Count, v.Mended.Count)
		}
	}
}

func TestListsOfCasesAreBounded(t *testing.T) {
	d, err := compare.Runs(run("a", many(100, 0, 0)...), run("b", many(100, 0, 60)...), compare.Options{Listed: 5})
	if err != nil {
		t.Fatal(err)
	}
	l := d.Variants[0].Broken
	if l.Count != 60 || len(l.Cases) != 5 || l.Cases[4].ID != "0004" || l.Cases[4].B == nil || l.Cases[4].B.Turns == nil {
		t.Errorf("%d counted, %d listed", l.Count, len(l.Cases))
	}
}

func TestARunThatCannotBeReadIsNotCompared(t *testing.T) {
	torn := run("torn.jsonl")
	torn.Outcomes = iter.Seq2[outcome.Outcome, error](func(yield func(outcome.Outcome, error) bool) {
		yield(outcome.Outcome{}, errors.New("line 7 is no outcome"))
	})
	for _, pair := range [][2]compare.Run{{torn, run("b")}, {run("a"), torn}} {
		if _, err := compare.Runs(pair[0], pair[1], compare.Options{}); err == nil || !strings.Contains(err.Error(), "torn.jsonl: line 7") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestARunIsTheSameAsItself(t *testing.T) {
	a := run("a", many(50, 0, 7)...)
	d := diff(t, a, a)
	v := d.Variants[0]
	if n := v.Broken.Count + v.Mended.Count + v.Changed.Count + v.Texts.Count + v.Edited.Count + v.New.Count + v.Removed.Count; n != 0 {
		t.Errorf("%d cases differ", n)
	}
	if v.Difference.P != 1 || v.Difference.Value != 0 {
		t.Errorf("%+v", v.Difference)
	}
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
}

// summary judges a run with gates.
func summary(t *testing.T, r compare.Run, gates ...suite.Gate) judge.Summary {
	t.Helper()
	r.Header.Suites = slices.Clone(r.Header.Suites)
	r.Header.Suites[0].Gates = gates
	j := judge.New(r.Header, judge.Options{})
	for o := range r.Outcomes {
		j.Add(o)
	}
	return j.Summary()
}
