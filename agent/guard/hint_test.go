package guard_test

import (
	"testing"

	"recado/agent/guard"
	"recado/agent/language"
	"recado/agent/lexicon"
)

func TestAHintIsACareSignalWithoutRisk(t *testing.T) {
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	rule := func(id, risk, pattern string) guard.Rule {
		return guard.Rule{ID: id, Risk: risk, Intent: "condition", Language: "en", Reason: "test", Patterns: []string{pattern}}
	}
	g, err := guard.New([]guard.Rule{rule("wide", "hint", "asthma"), rule("narrow", "escalate", "my asthma")}, lex)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]map[string]guard.Risk{
		"do you treat asthma": {"wide": guard.None},
		"my asthma is bad":    {"wide": guard.None, "narrow": guard.Escalate},
		"are you open":        {},
	} {
		scanned := lex.Dictionary().Numbered(language.Scan(text))
		got := map[string]guard.Risk{}
		for _, s := range g.Find(scanned, lex.Scan(scanned)) {
			got[s.Rule] = s.Risk
			if s.Hint() != (s.Rule == "wide") {
				t.Errorf("%q: Hint of %s is %v", text, s.Rule, s.Hint())
			}
		}
		if len(got) != len(want) {
			t.Errorf("%q: found %v, want %v", text, got, want)
		}
		for id, risk := range want {
			if r, ok := got[id]; !ok || r != risk {
				t.Errorf("%q: %s has risk %v, want %v", text, id, r, risk)
			}
		}
	}
}
