package show_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"recado/agent"
	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/show"
	"recado/evals/suite"
)

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	m, before := plainRun(), hostileRun()
	for name := range writers {
		r := m.against(t, plainRun())
		first := write(t, name, r, show.Options{ShowText: true})
		if first == "" {
			t.Errorf("%s writes nothing", name)
		}
		for range 2 {
			if write(t, name, m.against(t, plainRun()), show.Options{ShowText: true}) != first {
				t.Errorf("%s differs from one time to the next", name)
				break
			}
		}
		if write(t, name, before.report(), show.Options{ShowText: true}) == first {
			t.Errorf("%s is the same for another run", name)
		}
	}
}

// secretRun has a word wherever what a patient wrote or read may stand.
func secretRun(word string) *made {
	m := newRun()
	for _, got := range []agent.Disposition{agent.Answer, agent.Escalate} {
		one := turn("my "+word+" hurts", "en", agent.Escalate, got)
		one.Text = "You wrote " + word
		one.Checks = append(one.Checks, outcome.Check{What: "contains", Want: word, Got: one.Text}, outcome.Check{What: "lacks", Want: word, Got: one.Text},
			outcome.Check{What: "matches", Want: word, Got: one.Text}, outcome.Check{What: "slots", Want: "day=" + word, Got: "day=" + word + word})
		m.add(outcome.Outcome{ID: "case-" + string(got), Turns: []outcome.Turn{one}, Case: outcome.Labels{Group: "care", Lang: "en"}})
	}
	return m
}

func TestWordsAreShownOnlyWhereThatIsAskedFor(t *testing.T) {
	const word = "elbow"
	before := secretRun(word)
	for i := range before.outcomes {
		before.outcomes[i].Turns[0].Text, before.outcomes[i].Turns[0].Disposition = "Before: "+word, agent.Decline
		before.outcomes[i].Status = outcome.Pass
	}
	for name := range writers {
		r := secretRun(word).against(t, before)
		if got := write(t, name, r, show.Options{}); strings.Contains(got, word) {
			at := strings.Index(got, word)
			t.Errorf("%s shows words that nobody asked for: %q", name, got[max(0, at-80):at+20])
		}
		if got := write(t, name, r, show.Options{ShowText: true}); !strings.Contains(got, word) {
			t.Errorf("%s does not show words where they are asked for", name)
		}
		if !strings.Contains(write(t, name, r, show.Options{}), "case-answer") {
			t.Errorf("%s does not name the case", name)
		}
	}
}

func TestWithholdingWordsLeavesTheReportItself(t *testing.T) {
	r := secretRun("elbow").against(t, secretRun("knee"))
	before := write(t, "json", r, show.Options{ShowText: true})
	write(t, "json", r, show.Options{})
	if write(t, "json", r, show.Options{ShowText: true}) != before {
		t.Error("writing without words took them from the report")
	}
}

func TestAnOutcomeThatCannotBeReadIsAnError(t *testing.T) {
	broken := errors.New("line 7 is cut")
	r := plainRun().report()
	r.Outcomes = iter.Seq2[outcome.Outcome, error](func(yield func(outcome.Outcome, error) bool) { yield(outcome.Outcome{}, broken) })
	for _, name := range []string{"html", "junit"} {
		if err := writers[name](&strings.Builder{}, r, show.Options{}); !errors.Is(err, broken) {
			t.Errorf("%s: the error is %v, want one of reading", name, err)
		}
	}
}

// full refuses every byte.
type full struct{}

var errFull = errors.New("disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAWriterThatRefusesIsAnError(t *testing.T) {
	for name, fn := range writers {
		if err := fn(full{}, plainRun().report(), show.Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: the error is %v, want that of writing", name, err)
		}
	}
}

func TestEveryFormShowsWhatBrokeAndWhatWasMended(t *testing.T) {
	before, now := newRun(), newRun()
	for i, m := range []*made{before, now} {
		wants := []agent.Disposition{agent.Escalate, agent.Answer}
		m.add(outcome.Outcome{ID: "breaks", Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("my rash is back", "en", agent.Escalate, wants[i])}})
		m.add(outcome.Outcome{ID: "mends", Case: outcome.Labels{Lang: "es"}, Turns: []outcome.Turn{turn("¿a qué hora cierran?", "es", agent.Answer, wants[i])}})
	}
	r := now.against(t, before)
	if r.Diff.Variants[0].Broken.Count != 1 || r.Diff.Variants[0].Mended.Count != 1 {
		t.Fatalf("the comparison is not what the test thinks: %+v", r.Diff.Variants[0])
	}
	for _, name := range []string{"terminal", "markdown", "html"} {
		got := write(t, name, r, show.Options{ShowText: true})
		broken, mended := strings.Index(got, "Broken"), strings.Index(got, "Mended")
		if broken < 0 || mended < broken || !strings.Contains(got, "1 case broke, 1 was mended.") {
			t.Errorf("%s does not tell what broke before what was mended", name)
		}
		if strings.Index(got, "breaks") < broken || strings.Index(got, "mends") < mended {
			t.Errorf("%s does not list the cases under their change", name)
		}
	}
	var none *compare.Diff
	r.Diff = none
	if strings.Contains(write(t, "terminal", r, show.Options{}), "Broken") {
		t.Error("without a comparison something broke")
	}
}

// knownRun has a known failure, and one that passes.
func knownRun() *made {
	m := newRun()
	m.header.Suites = m.header.Suites[1:]
	for i := range 80 {
		m.add(outcome.Outcome{Suite: "front_desk", ID: fmt.Sprintf("ok-%d", i), Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("when do you close", "en", agent.Answer, agent.Answer)}})
	}
	m.add(outcome.Outcome{Suite: "front_desk", ID: "rotten", Status: outcome.Known, Case: outcome.Labels{Lang: "en", Known: "no rule hears | this <b>yet</b>"},
		Turns: []outcome.Turn{turn("do you take walk ins", "en", agent.Answer, agent.Human)}})
	return m
}

func TestKnownFailuresAreToldApartWithTheirReason(t *testing.T) {
	for name := range writers {
		got := write(t, name, knownRun().report(), show.Options{})
		if !strings.Contains(got, "rotten") || !strings.Contains(got, "no rule hears") {
			t.Errorf("%s does not tell the known failure and why", name)
		}
	}
	for name, want := range map[string]string{
		"terminal": "80 passed, 0 failed, 1 known to fail, 0 not judged.", "markdown": "1 known to fail", "html": "<b>1</b> <span>known to fail</span>",
		"junit": `skipped message="KNOWN: no rule hears`, "json": `"known": 1`,
	} {
		if got := write(t, name, knownRun().report(), show.Options{}); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q", name, want)
		}
	}
	if s := knownRun().summary(); s.Exit(false) != 0 || s.Verdict == judge.Fail {
		t.Errorf("a known failure makes the run %s", s.Verdict)
	}

	m := knownRun()
	m.add(outcome.Outcome{Suite: "front_desk", ID: "ripe", Case: outcome.Labels{Lang: "en", Known: "no rule hears that"},
		Turns: []outcome.Turn{turn("where do I park", "en", agent.Answer, agent.Answer)}})
	for name, want := range map[string]string{
		"terminal": "1 known failure passes: remove known.", "markdown": "Mended: remove known: 1", "html": ">MENDED</span>", "junit": `failure type="mended"`, "json": `"kind": "mended"`,
	} {
		if got := write(t, name, m.report(), show.Options{}); !strings.Contains(got, want) || !strings.Contains(got, "ripe") {
			t.Errorf("%s lacks %q", name, want)
		}
	}
}

func TestNothingIsSaidToPassThatNoGateWasAskedAbout(t *testing.T) {
	share := 0.9
	rules := newRun(outcome.Variant{Name: "guard", Mode: outcome.Guard})
	rules.header.Suites = []outcome.File{{Name: "line", Gates: []suite.Gate{{Measure: "answered", AtLeast: &share}}}}
	read := newRun()
	read.header.Suites = []outcome.File{{Name: "line", ReportOnly: true}}
	for name, m := range map[string]*made{"rules alone": rules, "a suite that is only read": read} {
		m.add(outcome.Outcome{ID: "fails", Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("when do you close", "en", agent.Answer, agent.Human)}})
		m.add(outcome.Outcome{ID: "passes", Case: outcome.Labels{Lang: "en"}, Turns: []outcome.Turn{turn("my rash", "en", agent.Escalate, agent.Escalate)}})
		for _, as := range []string{"terminal", "markdown", "html"} {
			got := write(t, as, m.report(), show.Options{})
			if strings.Contains(got, "passes.") || !strings.Contains(got, "No gate is asked: 1 of 2 outcomes fail.") {
				t.Errorf("%s, %s: it says\n%s", name, as, got[:min(len(got), 300)])
			}
		}
		if strings.Contains(write(t, "terminal", m.report(), show.Options{}), "PASS ") {
			t.Errorf("%s: the terminal says PASS", name)
		}
	}
}
