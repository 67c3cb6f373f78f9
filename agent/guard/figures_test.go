package guard

import (
	"slices"
	"testing"

	"recado/agent/language"
)

func TestAFigureOfSpeechHidesItsOwnWordsAndNoOthers(t *testing.T) {
	lex := smallLexicon(t)
	g, err := New([]Rule{
		{ID: "danger", Risk: "emergency", Language: "en", Patterns: []string{"(dying|chest pain)"}},
		{ID: "care", Risk: "escalate", Language: "en", Patterns: []string{"dying"}},
		{ID: "figure", Risk: "idiom", Language: "en", Patterns: []string{"dying to (see|know)"}, Unless: []string{"for real"}},
	}, lex)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		message string
		want    []string
	}{
		{"dying to know your hours", []string{"care", "figure"}},
		{"I am dying", []string{"danger", "care"}},
		{"dying to see you, dying to know you", []string{"care", "figure"}},
		{"dying to see you, I am dying", []string{"danger", "care", "figure"}},
		{"dying to see you about my chest pain", []string{"danger", "care", "figure"}},
		{"dying to see you, for real", []string{"danger", "care"}},
		{"your hours?", nil},
	} {
		text := language.Scan(c.message)
		var got []string
		for _, s := range g.Find(text, lex.Scan(text)) {
			got = append(got, s.Rule)
			if (s.Rule == "figure") != (s.Risk == None) {
				t.Errorf("%q: %s is risk %d", c.message, s.Rule, s.Risk)
			}
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(c.want))
		if !slices.Equal(got, want) {
			t.Errorf("%q fires %v, want %v", c.message, got, want)
		}
	}
}

func TestASayingIsHiddenFromHintsAndFromNoRisk(t *testing.T) {
	lex := smallLexicon(t)
	g, err := New([]Rule{
		{ID: "danger", Risk: "emergency", Language: "en", Patterns: []string{"eyes rolled|rolled ..1 eyes"}},
		{ID: "care", Risk: "escalate", Language: "en", Patterns: []string{"her eyes"}},
		{ID: "hint", Risk: "hint", Language: "en", Patterns: []string{"eyes"}},
		{ID: "saying", Risk: "saying", Language: "en", Patterns: []string{"rolled her eyes"}, Unless: []string{"for real"}},
		{ID: "everyday", Risk: "everyday", Language: "en", Patterns: []string{"baker*"}},
	}, lex)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		message string
		want    []string
		says    int
	}{
		{"she rolled her eyes", []string{"care", "danger"}, 1},
		{"she rolled her eyes and my eyes burn", []string{"care", "danger", "hint"}, 1},
		{"she rolled her eyes, for real", []string{"care", "danger", "hint"}, 0},
		{"my eyes, by the bakery", []string{"hint"}, 0},
	} {
		text := language.Scan(c.message)
		hits := lex.Scan(text)
		var got []string
		for _, s := range g.Find(text, hits) {
			got = append(got, s.Rule)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q fires %v, want %v", c.message, got, c.want)
		}
		sayings, everyday := g.Sayings(text, hits)
		if len(sayings) != c.says {
			t.Errorf("%q has sayings %v, want %d", c.message, sayings, c.says)
		}
		for _, e := range everyday {
			if word := text.Tokens[e[0]].Word; word != "bakery" || e[1] != e[0]+1 {
				t.Errorf("%q: %v is everyday", c.message, e)
			}
		}
	}
}
