package agent

import (
	"strings"
	"testing"
	"time"

	"recado/agent/guard"
	"recado/agent/language"
)

func groundsOf(t *testing.T, a *Agent, text string) (Decision, Grounds) {
	t.Helper()
	now := time.Date(2026, 12, 3, 21, 0, 0, 0, time.UTC)
	turn := Turn{Clinic: Sample(), Now: now, Events: []Event{{V: Version, ID: "1", Clinic: "buenavista", Channel: Web, Conversation: "grounds00", At: now, Kind: KindText, Text: text}}}
	d, err := a.Decide(t.Context(), turn)
	if err != nil {
		t.Fatal(err)
	}
	g, err := a.Grounds(turn, d)
	if err != nil {
		t.Fatal(err)
	}
	return d, g
}

func TestGroundsNameTheRuleTheWordsAndTheExamplesThatDecided(t *testing.T) {
	a, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, rule, word, intent string
	}{
		{"my mom can't breathe", "breathing.cannot", "", "medical_emergency"},
		{"mi mamá no puede respirar", "breathing.cannot", "", "medical_emergency"},
		{"where can I park the truck?", "", "park", "parking"},
		{"¿dónde puedo estacionar la troca?", "", "estacionar", "parking"},
	} {
		d, g := groundsOf(t, a, c.text)
		if c.rule != "" {
			found := false
			for _, r := range g.Rules {
				found = found || r.ID == c.rule && r.Words != "" &&
					strings.HasPrefix(r.Reason[language.English], "Not being able to breathe") && strings.HasPrefix(r.Reason[language.Spanish], "No poder respirar")
			}
			if !found {
				t.Errorf("%q: no rule about breathing with its reason in both languages and its words in %+v", c.text, g.Rules)
			}
		}
		if c.word != "" && (len(g.Words) == 0 || g.Words[0].Word != c.word || g.Words[0].Weight <= 0) {
			t.Errorf("%q: %q must weigh most: %+v", c.text, c.word, g.Words)
		}
		if d.Intents[0].Name != c.intent || len(g.Examples) == 0 {
			t.Fatalf("%q: decided %v with examples %v", c.text, d.Intents, g.Examples)
		}
		for i, e := range g.Examples {
			if e.Intent != c.intent || !strings.Contains(e.At, ".yaml:") || i > 0 && e.Like > g.Examples[i-1].Like {
				t.Errorf("%q: example %d is %+v", c.text, i, e)
			}
		}
	}
}

func TestAMessageWithoutWordsHasNoGroundsButRules(t *testing.T) {
	a, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if _, g := groundsOf(t, a, "👍"); len(g.Words)+len(g.Examples)+len(g.Rules) != 0 {
		t.Errorf("grounds are %+v", g)
	}
}

func TestTheRulesOfOthersKeepTheirAuthorsReason(t *testing.T) {
	a, err := Sources{Rules: guard.Shipped()}.New()
	if err != nil {
		t.Fatal(err)
	}
	_, g := groundsOf(t, a, "my dad had a heart attack")
	for _, r := range g.Rules {
		if r.ID == "heart.attack" && r.Reason[language.Spanish] == r.Reason[language.English] && r.Reason[language.English] != "" {
			return
		}
	}
	t.Errorf("rules are %+v", g.Rules)
}
