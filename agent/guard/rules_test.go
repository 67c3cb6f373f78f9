package guard

import (
	"testing"

	"recado/agent/language"
	"recado/agent/lexicon"
)

func shippedGuard(t *testing.T) (*Guard, *lexicon.Lexicon) {
	t.Helper()
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := DefaultRules()
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(rules, lex)
	if err != nil {
		t.Fatal(err)
	}
	return g, lex
}

func fires(g *Guard, lex *lexicon.Lexicon, rule, message string) bool {
	text := language.Scan(message)
	for _, s := range g.Find(text, lex.Scan(text.Tokens)) {
		if s.Rule == rule {
			return true
		}
	}
	return false
}

func TestEachRuleFiresOnItsOwnExamplesAndOnNoneThatItNames(t *testing.T) {
	g, lex := shippedGuard(t)
	for _, r := range g.Rules() {
		for _, m := range r.Match {
			if !fires(g, lex, r.ID, m) {
				t.Errorf("%s:%d: rule %s does not fire on %q", r.File, r.Line, r.ID, m)
			}
		}
		for _, m := range r.Not {
			if fires(g, lex, r.ID, m) {
				t.Errorf("%s:%d: rule %s fires on %q", r.File, r.Line, r.ID, m)
			}
		}
	}
}
