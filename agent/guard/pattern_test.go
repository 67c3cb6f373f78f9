package guard

import (
	"strings"
	"testing"
	"testing/fstest"

	"recado/agent/language"
	"recado/agent/lexicon"
)

func smallLexicon(t *testing.T) *lexicon.Lexicon {
	t.Helper()
	lex, err := lexicon.Load(fstest.MapFS{
		"body.yaml": {Data: []byte("class: body\ndescription: x\nen: [chest, left arm]\nes: [pecho]\n")},
		"kin.yaml":  {Data: []byte("class: kin\ndescription: x\nen: [my dad]\nes: [mi papa]\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lex
}

func matches(t *testing.T, lex *lexicon.Lexicon, pattern, message string) bool {
	t.Helper()
	g, err := New([]Rule{{ID: "r", Risk: "escalate", Language: "en", Patterns: []string{pattern}}}, lex)
	if err != nil {
		t.Fatalf("pattern %q: %v", pattern, err)
	}
	text := language.Scan(message)
	return len(g.Find(text, lex.Scan(text))) > 0
}

func TestPatternsMatchWhatTheySay(t *testing.T) {
	lex := smallLexicon(t)
	for _, c := range []struct {
		pattern, message string
		want             bool
	}{
		{"chest pain", "Chest pain!", true},
		{"chest pain", "chest. pain", false}, // only a gap crosses a sentence
		{"chest .. pain", "chest. pain", true},
		{"chest .. pain", "chest has a lot of pain", false},
		{"chest ..4 pain", "chest has a lot of pain", true},
		{"(chest|left arm) (hurts|pain*)", "my left arm pains me", true},
		{"(chest|left arm) (hurts|pain*)", "my right arm pains me", false},
		{"cant [really] breathe", "I can't breathe", true},
		{"cant [really] breathe", "I can't really breathe", true},
		{"cant [really] breathe", "I can't quite breathe", false},
		{"<body> hurts", "his left arm hurts", true},
		{"<kin> .. <body>", "my dad, his chest", true},
		{"<me> .. pecho", "me duele el pecho", true},
		{"age #", "age 7", true},
		{"age #", "age seven", false},
		{"no duerm*", "no duerme", true},
		{"a [b] [c] d", "a c d", true},
		{"(a [b]|c) d", "a b d", true},
	} {
		if got := matches(t, lex, c.pattern, c.message); got != c.want {
			t.Errorf("%q on %q: %t, want %t", c.pattern, c.message, got, c.want)
		}
	}
}

func TestAWrongPatternIsReportedWithItsPlace(t *testing.T) {
	lex := smallLexicon(t)
	for _, c := range []struct{ pattern, want string }{
		{"(chest|", "empty"},
		{"(chest", "never closed"},
		{"chest)", "closes nothing"},
		{"<nothing> x", "neither a lexicon class nor a macro nor a shared word"},
		{"ab* x", "needs 3 letters"},
		{"..12 x", "is no gap"},
		{"[chest] ..", "matches anything"},
		{"", "empty"},
	} {
		_, err := New([]Rule{{ID: "r", Risk: "escalate", Language: "en", File: "f.yaml", Line: 7, Patterns: []string{c.pattern}}}, lex)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "f.yaml:7") {
			t.Errorf("pattern %q: error %v, want file, line and %q", c.pattern, err, c.want)
		}
	}
}

func TestTheIndexNeverHidesARuleFromAMessageThatItMatches(t *testing.T) {
	lex := smallLexicon(t)
	for _, c := range []struct{ pattern, message string }{
		{"(chest pain|pain* .. chest)", "pains in my chest"},
		{"[very] (bad|worse) <body>", "bad chest"},
		{"# years", "he is 3 years"},
		{"<kin> (gone|missing)", "mi papá missing"},
	} {
		g, err := New([]Rule{{ID: "r", Risk: "escalate", Language: "en", Patterns: []string{c.pattern}}}, lex)
		if err != nil {
			t.Fatal(err)
		}
		text := language.Scan(c.message)
		if len(g.Find(text, lex.Scan(text))) == 0 {
			t.Errorf("%q was not found in %q", c.pattern, c.message)
		}
	}
}

func TestALongMessageOfNearMatchesStaysWithinTheBudget(t *testing.T) {
	lex := smallLexicon(t)
	message := strings.Repeat("chest ", 3000)
	if matches(t, lex, "chest ..8 chest ..8 chest ..8 chest ..8 pain", message) {
		t.Error("matched without pain")
	}
}

func TestIdentifierShapesAreFoundAndPhoneNumbersAreNot(t *testing.T) {
	for _, c := range []struct {
		message string
		want    bool
	}{
		{"my social is 123-45-6789", true},
		{"dob 04/12/1987", true},
		{"nacio el 4-12-2019", true},
		{"card 1EG4-TE5-MK73", true},
		{"call me at 713-555-0142", false},
		{"(713) 555 0142", false},
		{"the appointment is 12/01/2026", false},
		{"order 12345", false},
	} {
		text := language.Scan(c.message)
		if got := len(identifierShapes(text)) > 0; got != c.want {
			t.Errorf("%q: %t, want %t", c.message, got, c.want)
		}
	}
}
