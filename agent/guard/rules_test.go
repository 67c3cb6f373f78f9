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
	hits := lex.Scan(text)
	for _, s := range g.Find(text, hits) {
		if s.Rule == rule {
			return true
		}
	}
	m := &g.pool.Get().(*search).message
	m.reset(g.dictionary.Numbered(text), hits, 0, len(text.Tokens))
	for i, r := range g.rules {
		if r.ID == rule && (r.Risk == riskPast || r.Risk == riskAgain || r.Risk == riskIdiom || r.Risk == riskSaying || r.Risk == riskEveryday) {
			return m.any(g.rules[i].context) && !m.any(g.rules[i].unless)
		}
	}
	return false
}

func TestADangerThatIsToldAsOverIsHandedOffAndOneThatIsBackIsAnEmergency(t *testing.T) {
	g, lex := shippedGuard(t)
	for _, c := range []struct {
		text string
		want Risk
	}{
		{"my husband had a heart attack in 2016, he is doing great", Escalate},
		{"mi papá tuvo un derrame hace 4 años, ya está bien", Escalate},
		{"when I was a teenager I tried to kill myself, I am fine", Escalate},
		{"he had a heart attack in 2016 and his chest hurts again", Emergency},
		{"tuvo un derrame hace 4 años y ahora no puede hablar", Emergency},
		{"my dad had a stroke two years ago and his face is drooping", Emergency},
		{"se desmayó el año pasado y hoy se desmayó otra vez", Emergency},
		{"my husband had a heart attack", Emergency},
		{"he had a seizure when he was two, never again", Escalate},
		{"I get chest tightness with stress, same as always for ten years", Escalate},
		{"chest tightness for ten years and now it is worse", Emergency},
		{"I have wanted to die for years", Emergency},
		{"if I ever have chest pain should I call you or 911", None},
		{"what are the signs of a stroke, my mom's face is drooping", Emergency},
	} {
		text := language.Scan(c.text)
		got := None
		for _, s := range g.Find(text, lex.Scan(text)) {
			got = max(got, s.Risk)
		}
		if got != c.want {
			t.Errorf("%q is risk %d, want %d", c.text, got, c.want)
		}
	}
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
