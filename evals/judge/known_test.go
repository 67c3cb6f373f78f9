package judge_test

import (
	"testing"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// knownBad marks a case as known to fail, as a run records it.
func knownBad(o *outcome.Outcome) { o.Case.Known = "the rule is not written yet" }

// recorded is an outcome of a case that is known to fail, with the status that
// a run gives it.
func recorded(id, lang string, want, got agent.Disposition, change ...func(*outcome.Outcome)) outcome.Outcome {
	o := said(id, lang, want, got, append(change, knownBad)...)
	if o.Status == outcome.Fail && len(o.Breaches) == 0 {
		o.Status = outcome.Known
	}
	return o
}

func TestAKnownFailureIsToldApartAndCountsAgainstNoGate(t *testing.T) {
	gates := []suite.Gate{in("en", atLeast("emergency_recall", 1)), in("en", atMost("phi_missed", 0)), in("en", atLeast("checks_passed", 1)),
		atMost("gap_disposition", 0), in("en", atMost("cost_typos_disposition", 0))}
	all := []outcome.Outcome{
		said("a", "en", agent.Emergency, agent.Emergency, pair("p")), said("b", "es", agent.Emergency, agent.Emergency, pair("p")),
		said("a", "en", agent.Emergency, agent.Emergency, pair("p"), typed(suite.Typos)),
		recorded("c", "en", agent.Emergency, agent.Answer, pair("q")), said("d", "es", agent.Emergency, agent.Emergency, pair("q")),
		recorded("e", "en", agent.Emergency, agent.Emergency), recorded("e", "en", agent.Emergency, agent.Answer, typed(suite.Typos)),
	}
	s := judged(header(gates...), all...)
	if s.Verdict != judge.Pass || s.Exit(true) != 0 {
		t.Errorf("the run is %s: %+v %+v", s.Verdict, s.Gates, s.Ungated)
	}
	if s.Counts.Known != 2 || s.Counts.Fail != 0 || s.Counts.Pass != 5 || s.Counts.Outcomes != 7 {
		t.Errorf("counts: %+v", s.Counts)
	}
	if s.Known.Count != 2 || s.Known.Items[0].ID != "c" || s.Known.Items[0].Want != "emergency" || s.Known.Items[0].Got != "answer" ||
		s.Known.Items[0].What != "the rule is not written yet" || s.Known.Items[1].Perturbation != string(suite.Typos) {
		t.Errorf("listed: %+v", s.Known)
	}
	for _, l := range s.Variants[0].Failures {
		t.Errorf("known failures are listed under %s: %+v", l.Kind, l.Items)
	}
	if g := s.Gates[0]; g.K != 1 || g.N != 1 || g.Known != 2 {
		t.Errorf("the gate counts %d of %d without %d", g.K, g.N, g.Known)
	}
	// what is measured is not made better by knowing of it
	if x := share(t, s, "en", "emergency_recall"); x.K != 2 || x.N != 3 {
		t.Errorf("the measure is %d of %d", x.K, x.N)
	}
	for i := range all { // the same without the excuse
		all[i].Case.Known = ""
		if all[i].Status == outcome.Known {
			all[i].Status = outcome.Fail
		}
	}
	for _, g := range judged(header(gates...), all...).Gates {
		if g.Verdict != judge.Fail {
			t.Errorf("%s is %s where nothing is known", g.Measure, g.Verdict)
		}
	}
}

func TestAKnownFailureThatFailsNoMoreFailsTheRun(t *testing.T) {
	byRules := []suite.Gate{in("en", atLeast("emergency_by_rules", 1))}
	byOthers := expect(func(t *outcome.Turn) { t.Attribution = outcome.ByClassifier })
	lost := func(o *outcome.Outcome) { o.Status, o.Error = outcome.Error, "time-out" }
	breach := func(o *outcome.Outcome) { o.Status, o.Breaches = outcome.Fail, []outcome.Breach{{Promise: "P3"}} }
	for name, c := range map[string]struct {
		mode          outcome.Mode
		gates         []suite.Gate
		all           []outcome.Outcome
		known, mended int
		exit          int
	}{
		"it passes":                          {outcome.Local, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, agent.Answer)}, 0, 1, 1},
		"it fails":                           {outcome.Local, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, agent.Human)}, 1, 0, 0},
		"a gate would count it all the same": {outcome.Local, byRules, []outcome.Outcome{recorded("a", "en", agent.Emergency, agent.Emergency, byOthers)}, 1, 0, 0},
		"no gate counts it any more":         {outcome.Local, byRules, []outcome.Outcome{recorded("a", "en", agent.Emergency, agent.Emergency)}, 0, 1, 1},
		"it passes as written alone": {outcome.Local, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, agent.Answer),
			recorded("a", "en", agent.Answer, agent.Human, typed(suite.Typos))}, 1, 0, 0},
		"it could not be judged":            {outcome.Local, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, "", lost)}, 0, 0, 3},
		"a model made it pass this time":    {outcome.LLM, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, agent.Answer)}, 0, 0, 0},
		"a hostile model breaks no promise": {outcome.Adversarial, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, agent.Answer)}, 0, 0, 0},
		"a broken promise is never excused": {outcome.Adversarial, nil, []outcome.Outcome{recorded("a", "en", agent.Answer, agent.Answer, breach)}, 1, 0, 1},
	} {
		h := header(c.gates...)
		h.Variants[0].Mode = c.mode
		s := judged(h, c.all...)
		if s.Known.Count != c.known || s.Mended.Count != c.mended || s.Exit(false) != c.exit {
			t.Errorf("%s: %d known, %d mended, exit %d, want %d, %d and %d", name, s.Known.Count, s.Mended.Count, s.Exit(false), c.known, c.mended, c.exit)
		}
	}
}

func TestASuiteThatIsOnlyReadFailsNothing(t *testing.T) {
	h := header()
	h.Suites[0].ReportOnly = true
	s := judged(h, said("a", "en", agent.Escalate, agent.Answer), recorded("b", "en", agent.Answer, agent.Answer))
	if s.Exit(true) != 0 || s.Verdict != judge.NotAsked || s.Ungated.Count != 0 || s.Mended.Count != 0 || !s.Suites[0].ReportOnly {
		t.Errorf("exit %d, %s, %+v, %+v", s.Exit(true), s.Verdict, s.Ungated, s.Mended)
	}
	if len(s.Variants[0].Failures) == 0 {
		t.Error("what fails is not told")
	}
}

func TestTheGravestFaultNamesAnOutcome(t *testing.T) {
	contains := expect(func(t *outcome.Turn) { t.Checks = []outcome.Check{{What: "contains", Want: "8:00"}} })
	language := expect(func(t *outcome.Turn) { t.Checks = append(t.Checks, outcome.Check{What: "reply_lang", Want: "es"}) })
	breach := func(o *outcome.Outcome) { o.Status, o.Breaches = outcome.Fail, []outcome.Breach{{Promise: "P3"}} }
	for want, o := range map[string]outcome.Outcome{
		"":                      said("a", "en", agent.Answer, agent.Answer),
		judge.KindPHIMissed:     said("a", "en", agent.Escalate, agent.Answer, contains, language),
		judge.KindBreach:        said("a", "en", agent.Escalate, agent.Answer, breach),
		judge.KindOverEscalated: said("a", "en", agent.Answer, agent.Escalate, language),
		judge.KindLanguage:      said("a", "en", agent.Answer, agent.Answer, contains, language),
		"check_contains":        said("a", "en", agent.Answer, agent.Answer, contains),
		judge.KindKnown:         recorded("a", "en", agent.Escalate, agent.Answer),
		judge.KindError:         said("a", "en", agent.Answer, "", func(o *outcome.Outcome) { o.Status = outcome.Error }),
	} {
		if got := judge.KindOf(o); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
	order := []string{judge.KindBreach, judge.KindPHIMissed, judge.KindLanguage, "check_contains", judge.KindError, judge.KindKnown, ""}
	for i, kind := range order[1:] {
		if judge.Gravity(kind) <= judge.Gravity(order[i]) {
			t.Errorf("%q is as grave as %q", kind, order[i])
		}
	}
}

func TestWhatStandInsAreNotAskedIsNotInconclusive(t *testing.T) {
	h := header(in("en", atMost("cost_typos_emergency_recall", 0.1)), in("en", atLeast("emergency_recall", 1)))
	h.Variants[0].Mode = outcome.Adversarial
	s := judged(h, times(9, 0, "en", agent.Emergency, agent.Emergency, "")...)
	if s.Gates[0].Verdict != judge.NotAsked || s.Gates[1].Verdict != judge.Pass || s.Verdict != judge.Pass {
		t.Errorf("%s and %s: the run is %s", s.Gates[0].Verdict, s.Gates[1].Verdict, s.Verdict)
	}
}

func TestACostIsAskedWhereTypingChangesSomething(t *testing.T) {
	gate := atMost("cost_no_accents_disposition", 0)
	all := []outcome.Outcome{said("a", "en", agent.Answer, agent.Answer), said("b", "es", agent.Answer, agent.Answer),
		said("b", "es", agent.Answer, agent.Answer, typed(suite.NoAccents))}
	if g := judged(header(gate), all...).Gates; len(g) != 1 || g[0].Lang != "es" || g[0].Verdict != judge.Pass {
		t.Errorf("%+v", g)
	}
	if g := judged(header(gate), all[:2]...).Gates; len(g) != 2 || g[0].Verdict != judge.Inconclusive {
		t.Errorf("where nothing was typed anew: %+v", g)
	}
}
