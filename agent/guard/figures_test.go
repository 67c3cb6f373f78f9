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
