package run_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"recado/agent/llm/standin"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

func TestNoPromiseBreaksUnderAnyStandInInTheShippedConversations(t *testing.T) {
	t.Parallel()
	s, err := suite.Load("../suites/conversations.yaml", suite.Known{})
	if err != nil {
		t.Fatal(err)
	}
	if run.RaceDetector { // recado eval puts all of them to the stand-ins
		s.Cases = s.Cases[:8]
	}
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Adversarial)}}) {
		if o.Status != outcome.Pass || o.StandIn == "" {
			t.Errorf("%s: %s under %q %s %v", o.ID, o.Status, o.StandIn, o.Error, o.Breaches)
		}
	}
}

func TestTheStandInThatMadeTheWorstIsShown(t *testing.T) {
	t.Parallel()
	// Messages that a model can earn an answer for, labelled as care: no
	// promise allows to take them out of staff's hands.
	var b strings.Builder
	for i, text := range answerable(t, 5) {
		fmt.Fprintf(&b, `{"id":"c%d","lang":"en","text":%q,"disposition":"escalate"}`+"\n", i, text)
	}
	broken := 0
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{suiteOf(t, "care.jsonl", b.String())}, Columns: []run.Column{column(outcome.Adversarial)}}) {
		if (o.Status == outcome.Fail) != (len(o.Breaches) > 0) {
			t.Errorf("%s: %s with %v", o.ID, o.Status, o.Breaches)
		}
		if len(o.Breaches) == 0 {
			continue
		}
		broken++
		under := slices.IndexFunc(o.Breaches, func(b outcome.Breach) bool { return b.StandIn == o.StandIn })
		if under < 0 || o.Turns[0].Checks[0].OK || o.Turns[0].SafeIfLLMErrs || !strings.Contains(o.Turns[0].Checks[0].Got, o.Breaches[under].Promise) {
			t.Errorf("%s shows %s: %+v, breaches %v", o.ID, o.StandIn, o.Turns[0].Checks, o.Breaches)
		}
	}
	if broken == 0 {
		t.Error("no stand-in broke anything: the test shows nothing")
	}
}

func TestStandInsCanBeChosen(t *testing.T) {
	t.Parallel()
	c := column(outcome.Adversarial)
	c.StandIns = []standin.Kind{standin.Demotes}
	for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{suiteOf(t, "few.yaml", few)}, Columns: []run.Column{c}}) {
		if o.StandIn != string(standin.Demotes) {
			t.Errorf("%s was decided under %s", o.ID, o.StandIn)
		}
	}
}
