package judge_test

import (
	"fmt"
	"math"
	"testing"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

// twinned makes n pairs of which the first en are right in English alone and
// the next es in Spanish alone.
func twinned(n, en, es int) []outcome.Outcome {
	var out []outcome.Outcome
	for i := range n {
		a, b := agent.Answer, agent.Answer
		switch {
		case i < en:
			b = agent.Human
		case i < en+es:
			a = agent.Human
		}
		p := fmt.Sprintf("p%03d", i)
		out = append(out, said("en-"+p, "en", agent.Answer, a, pair(p)), said("es-"+p, "es", agent.Answer, b, pair(p)))
	}
	return out
}

func gap(t *testing.T, s judge.Summary, measure string) judge.Gap {
	t.Helper()
	for _, g := range s.Variants[0].Gaps {
		if g.Measure == measure {
			return g
		}
	}
	t.Fatalf("no gap of %s", measure)
	return judge.Gap{}
}

func TestTheGapIsMeasuredOnTwins(t *testing.T) {
	all := append(twinned(100, 10, 2), said("alone", "es", agent.Answer, agent.Human, pair("lonely")), said("single", "es", agent.Answer, agent.Human))
	s := judged(header(), all...)
	g := gap(t, s, "disposition")
	if g.Pairs != (stat.Pairs{Both: 88, First: 10, Second: 2}) {
		t.Fatalf("pairs %+v", g.Pairs)
	}
	if math.Abs(g.English-0.98) > 1e-12 || math.Abs(g.Spanish-0.90) > 1e-12 || math.Abs(g.Difference.Value-0.08) > 1e-12 {
		t.Errorf("%v in English and %v in Spanish differ by %v", g.English, g.Spanish, g.Difference.Value)
	}
	if math.Abs(g.Difference.P-0.03857421875) > 1e-12 {
		t.Errorf("p is %v", g.Difference.P)
	}
	if s.Variants[0].Unpaired != 1 {
		t.Errorf("%d are unpaired", s.Variants[0].Unpaired)
	}
	l := list(s, judge.KindTwins)
	if l.Count != 12 || len(l.Items) != 12 || l.Items[0].ID != "es-p000" || l.Items[0].Twin != "en-p000" || l.Items[0].Says == "" || l.Items[0].Got != "human" {
		t.Errorf("unlike twins: %d, %+v", l.Count, l.Items[0])
	}
}

func list(s judge.Summary, kind string) judge.List {
	for _, l := range s.Variants[0].Failures {
		if l.Kind == kind {
			return l
		}
	}
	return judge.List{}
}

func TestTheGapIsGated(t *testing.T) {
	for name, c := range map[string]struct {
		all     []outcome.Outcome
		verdict judge.Verdict
		certain bool
	}{
		"as good":             {twinned(300, 1, 1), judge.Pass, true},
		"few pairs":           {twinned(20, 0, 0), judge.Inconclusive, false},
		"worse in Spanish":    {twinned(300, 30, 0), judge.Fail, true},
		"worse in English":    {twinned(300, 0, 30), judge.Fail, true},
		"a little worse":      {twinned(300, 15, 0), judge.Fail, false},
		"no pair":             {times(9, 0, "en", agent.Answer, agent.Answer, ""), judge.Inconclusive, false},
		"of another measure":  {twinned(300, 30, 0)[:0], judge.Inconclusive, false},
		"balanced in its way": {twinned(400, 20, 20), judge.Inconclusive, false},
	} {
		g := judged(header(atMost("gap", 0.03)), c.all...).Gates
		if len(g) != 1 || g[0].Verdict != c.verdict || g[0].Certain != c.certain || g[0].Lang != "" {
			t.Errorf("%s: %+v", name, g)
		}
		if g[0].Verdict == judge.Inconclusive && g[0].N > 0 && g[0].Needs <= g[0].N {
			t.Errorf("%s: needs %d of %d pairs", name, g[0].Needs, g[0].N)
		}
	}
}

func TestTwinsOfTwoFilesFindEachOther(t *testing.T) {
	in := func(s string) func(*outcome.Outcome) { return func(o *outcome.Outcome) { o.Suite = s } }
	s := judged(header(),
		said("1", "en", agent.Answer, agent.Answer, pair("p"), in("english")),
		said("2", "es", agent.Answer, agent.Answer, pair("p"), in("spanish")),
		// the same name in a suite that has both halves is another pair
		said("3", "en", agent.Answer, agent.Answer, pair("p"), in("both")),
		said("4", "es", agent.Answer, agent.Human, pair("p"), in("both")))
	if g := gap(t, s, "disposition"); g.Pairs != (stat.Pairs{Both: 1, First: 1}) || s.Variants[0].Unpaired != 0 {
		t.Errorf("pairs %+v, %d unpaired", g.Pairs, s.Variants[0].Unpaired)
	}
}

func TestTypingAnewIsPairedWithItsOrigin(t *testing.T) {
	var all []outcome.Outcome
	for i := range 100 {
		id := fmt.Sprintf("c%03d", i)
		typo := agent.Escalate
		if i < 8 {
			typo = agent.Answer
		}
		written := agent.Escalate
		if i == 50 {
			written = agent.Answer
		}
		// the order in which the halves come does not matter
		halves := []outcome.Outcome{said(id, "es", agent.Escalate, written), said(id, "es", agent.Escalate, typo, typed(suite.Typos))}
		all = append(all, halves[i%2], halves[1-i%2])
	}
	all = append(all, said("orphan", "es", agent.Escalate, agent.Answer, typed(suite.Typos)))
	s := judged(header(in("es", atMost("cost_typos", 0.05)), in("es", atMost("cost_typos_phi_missed", 0.08)), in("en", atMost("cost_typos", 0.05))), all...)
	var found bool
	for _, c := range s.Variants[0].Costs {
		if c.Measure == "phi_missed" {
			found = true
			if c.Perturbation != "typos" || c.Pairs != (stat.Pairs{First: 1, Second: 8, Neither: 91}) || math.Abs(c.Difference.Value+0.07) > 1e-12 {
				t.Errorf("%+v", c)
			}
		}
	}
	if !found {
		t.Error("typos cost nothing in care missed")
	}
	for i, want := range []struct {
		verdict judge.Verdict
		value   float64
	}{{judge.Fail, 0.07}, {judge.Inconclusive, 0.07}} {
		if g := s.Gates[i]; g.Verdict != want.verdict || math.Abs(g.Value-want.value) > 1e-12 {
			t.Errorf("%s: %+v", g.Measure, g)
		}
	}
	if l := list(s, judge.KindTypedAnew); l.Count != 8 || l.Items[0].Perturbation != "typos" || l.Items[0].Says == "" {
		t.Errorf("right as written only: %+v", l)
	}
	if x := share(t, s, "es", "phi_missed"); x.N != 100 || x.K != 1 {
		t.Errorf("measures count messages typed anew: %+v", x)
	}
	anew, _ := s.Variants[0].Slice(judge.ByPerturbation, "typos", "es")
	if x, _ := anew.Share("phi_missed"); x.N != 101 || x.K != 9 {
		t.Errorf("the slice of typos has %+v", x)
	}
}

func TestRepeatsTellNoMoreThanTheCasesDo(t *testing.T) {
	once := times(50, 5, "en", agent.Answer, agent.Answer, agent.Human)
	var many []outcome.Outcome
	for r := range 10 {
		many = append(many, times(50, 5, "en", agent.Answer, agent.Answer, agent.Human, repeat(r))...)
	}
	a, b := share(t, judged(header(), once...), "en", "answered"), share(t, judged(header(), many...), "en", "answered")
	if b.N != 500 || b.Distinct != 50 || b.Interval != a.Interval || b.Value != a.Value {
		t.Errorf("once %+v, ten times %+v", a, b)
	}
}

func TestRepeatsThatDisagreeAreFlaky(t *testing.T) {
	var all []outcome.Outcome
	add := func(id string, got ...agent.Disposition) {
		for r, d := range got {
			all = append(all, said(id, "en", agent.Answer, d, repeat(r)))
		}
	}
	add("steady", agent.Answer, agent.Answer, agent.Answer)
	add("rarely", agent.Answer, agent.Answer, agent.Answer, agent.Human)
	add("a coin", agent.Answer, agent.Human, agent.Answer, agent.Human)
	add("wrong in two ways", agent.Escalate, agent.Human)
	add("once", agent.Answer)
	f := judged(header(), all...).Variants[0].Flaky
	if f.Repeated != 4 || f.Status != 2 || f.Disposition != 3 || len(f.Cases) != 3 {
		t.Fatalf("%+v", f)
	}
	if c := f.Cases[0]; c.ID != "a coin" || c.Pass != 2 || c.Fail != 2 || fmt.Sprint(c.Dispositions) != "[answer human]" {
		t.Errorf("the most undecided is %+v", c)
	}
	if f.Cases[1].ID != "rarely" || f.Cases[2].ID != "wrong in two ways" {
		t.Errorf("then %+v", f.Cases[1:])
	}
}

func TestPairsGoByWhatMostRepeatsSay(t *testing.T) {
	var all []outcome.Outcome
	for r, d := range []agent.Disposition{agent.Answer, agent.Human, agent.Human} {
		all = append(all, said("1", "en", agent.Answer, d, pair("p"), repeat(r)), said("2", "es", agent.Answer, agent.Answer, pair("p"), repeat(r)))
	}
	if g := gap(t, judged(header(), all...), "answered"); g.Pairs != (stat.Pairs{Second: 1}) {
		t.Errorf("%+v", g.Pairs)
	}
}

func TestATieOfRepeatsCountsAsAFault(t *testing.T) {
	var all []outcome.Outcome
	for r, d := range []agent.Disposition{agent.Escalate, agent.Answer} {
		all = append(all, said("1", "en", agent.Escalate, d, pair("p"), repeat(r)), said("2", "es", agent.Escalate, agent.Escalate, pair("p"), repeat(r)))
	}
	s := judged(header(), all...)
	if g := gap(t, s, "sensitive_recall"); g.Pairs != (stat.Pairs{Second: 1}) {
		t.Errorf("recall %+v", g.Pairs)
	}
	if g := gap(t, s, "phi_missed"); g.Pairs != (stat.Pairs{First: 1}) {
		t.Errorf("missed %+v", g.Pairs)
	}
}

func TestAGapTakesAsManyPairsInOneDirectionAsInTheOther(t *testing.T) {
	a := judged(header(atMost("gap", 0.03)), twinned(100, 2, 0)...).Gates[0]
	b := judged(header(atMost("gap", 0.03)), twinned(100, 0, 2)...).Gates[0]
	if a.Needs != b.Needs || a.Needs == 0 || a.Value != b.Value || math.Abs(a.Bound-b.Bound) > 1e-12 {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestAThirdOfAPairIsLeftOut(t *testing.T) {
	s := judged(header(), append(twinned(1, 0, 0), said("third", "es", agent.Answer, agent.Human, pair("p000")))...)
	if g := gap(t, s, "disposition"); g.Pairs != (stat.Pairs{Both: 1}) {
		t.Errorf("%+v", g.Pairs)
	}
}
