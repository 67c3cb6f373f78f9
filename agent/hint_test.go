package agent

import (
	"testing"

	"recado/agent/guard"
)

func TestAHintIsBelievedWhereTheClassifierSeesCareToo(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	care := make([]float64, len(a.classifier.Intents()))
	for i, in := range a.classifier.Intents() {
		if in.Name == "symptom" {
			care[i] = a.thresholds.Hint
		}
	}
	hint := guard.Signal{Rule: "wide", Category: guard.CategoryCare}
	for name, c := range map[string]struct {
		whole []float64
		parts []part
		want  guard.Risk
	}{
		"care in the whole":       {whole: care, want: guard.Escalate},
		"care in a clause":        {whole: make([]float64, len(care)), parts: []part{{p: care}}, want: guard.Escalate},
		"nothing of care":         {whole: make([]float64, len(care)), want: guard.None},
		"no classifier to ask it": {want: guard.Escalate},
	} {
		e := &evidence{whole: c.whole, parts: c.parts, signals: []guard.Signal{hint}}
		a.believeHints(e)
		if got := e.signals[0].Risk; got != c.want {
			t.Errorf("%s: the hint has risk %v, want %v", name, got, c.want)
		}
	}
}

func TestAConsentSignalIsNoHint(t *testing.T) {
	if (guard.Signal{Category: guard.CategoryConsent}).Hint() {
		t.Error("a signal about the messages counts as a hint of care")
	}
}
