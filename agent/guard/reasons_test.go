package guard

import (
	"strings"
	"testing"

	"recado/agent/language"
)

func TestEveryRuleHasItsReasonInBothLanguages(t *testing.T) {
	reasons, err := DefaultReasons()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := DefaultRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shapes {
		rules = append(rules, Rule{ID: s.rule, File: "identifiers.go"})
	}
	for _, r := range rules {
		for _, in := range []language.Language{language.English, language.Spanish} {
			text, ok := reasons.Of(r.ID, in)
			switch got := tongueOf(text); {
			case !ok && r.Line == 0:
				t.Errorf("%s: %s has no reason in %s: add it to agent/guard/reasons.yaml, below reasons, in en and es", r.File, r.ID, in)
			case !ok:
				t.Errorf("%s:%d: rule %s has no reason in %s: add to agent/guard/reasons.yaml, below reasons, %q with en or es, whichever its reason here is not in, and one sentence", r.File, r.Line, r.ID, in, r.ID+":")
			case got != in && got != language.Mixed:
				t.Errorf("%s:%d: rule %s: its reason in %s reads as %s: %q. Write in agent/guard/reasons.yaml the language that its reason here is not in, or both", r.File, r.Line, r.ID, in, got, text)
			}
		}
		en, _ := reasons.Of(r.ID, language.English)
		if es, ok := reasons.Of(r.ID, language.Spanish); ok && (!strings.HasSuffix(es, ".") || strings.Contains(es, ". ") || strings.Contains(en, ". ")) {
			t.Errorf("%s:%d: rule %s: the reason must be one sentence in each language: %q, %q", r.File, r.Line, r.ID, en, es)
		}
	}
}

// tongueOf tells which of the two languages a sentence is in by the small
// words that every sentence has; Mixed where as many are of either.
func tongueOf(sentence string) language.Language {
	score := 0
	for _, word := range strings.FieldsFunc(strings.ToLower(sentence), func(r rune) bool { return strings.ContainsRune(" ,.;", r) }) {
		switch word {
		case "de", "del", "la", "el", "los", "las", "que", "un", "una", "en", "y", "o", "puede", "se", "su", "es", "está", "aunque", "qué", "hay", "con", "por", "para":
			score++
		case "the", "a", "an", "of", "is", "are", "and", "or", "that", "to", "in", "on", "with", "may", "can", "not", "needs", "has", "for", "what", "person's":
			score--
		}
	}
	switch {
	case score > 0:
		return language.Spanish
	case score < 0:
		return language.English
	}
	return language.Mixed
}

func TestReasonsAreReadInBothLanguages(t *testing.T) {
	rules := []Rule{{ID: "a", Reason: "The heart."}, {ID: "b", Reason: "El corazón."}, {ID: "c", Reason: "Both. Los dos."}, {ID: "d", Reason: "New."}}
	reasons, err := loadReasons([]byte("reasons:\n  a:\n    es: El pecho.\n  b: {en: The chest.}\n  c:\n    en: Both.\n    es: Los dos.\n"), rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ id, en, es string }{
		{"a", "The heart.", "El pecho."}, {"b", "The chest.", "El corazón."}, {"c", "Both.", "Los dos."}, {"d", "", ""}, {"nosuch", "", ""},
	} {
		en, okEN := reasons.Of(c.id, language.English)
		es, okES := reasons.Of(c.id, language.Spanish)
		if en != c.en || es != c.es || okEN != (c.en != "") || okES != (c.es != "") {
			t.Errorf("%s: %q (%t), %q (%t)", c.id, en, okEN, es, okES)
		}
	}
	if text, ok := (Reasons{}).Of("a", language.English); ok {
		t.Errorf("no reasons know %q", text)
	}
}

func TestAWrongReasonIsReportedWithItsLine(t *testing.T) {
	rules := []Rule{{ID: "a", Reason: "The heart."}, {ID: "b", Reason: "The head."}}
	for name, c := range map[string]struct{ file, want string }{
		"an unknown id":            {"reasons:\n  a: {es: El pecho.}\n  x:\n    es: Nada.\n", `reasons.yaml:3: no rule has the id "x"`},
		"an id twice":              {"reasons:\n  a: {es: El pecho.}\n  b: {es: La cabeza.}\n  a: {es: El corazón.}\n", `reasons.yaml:4: rule "a" is already at line 2`},
		"an empty text":            {"reasons:\n  a:\n    es: \" \"\n", `reasons.yaml:3: rule "a": the reason in es is empty`},
		"no text":                  {"reasons:\n  a:\n    es:\n", `reasons.yaml:3: rule "a": the reason in es is empty`},
		"a list for a text":        {"reasons:\n  a:\n    es: [El pecho.]\n", `reasons.yaml:3: rule "a": the reason in es is empty`},
		"a language twice":         {"reasons:\n  a:\n    es: El pecho.\n    es: El corazón.\n", `reasons.yaml:4: rule "a" has its reason in es twice`},
		"another language":         {"reasons:\n  a:\n    fr: Le coeur.\n", `reasons.yaml:3: rule "a": language is "fr"`},
		"a text without language":  {"reasons:\n  a: El pecho.\n", `reasons.yaml:2: rule "a" must have its reason below en or es`},
		"half of what has no rule": {"reasons:\n  identifier.ssn_shape:\n    es: El número.\n", `reasons.yaml:2: rule "identifier.ssn_shape" has no reason of its own`},
		"another key":              {"reasons:\n  a: {es: El pecho.}\nrules: {}\n", `reasons.yaml:3: key "rules" is unknown`},
		"a list":                   {"reasons:\n  - a\n", "reasons.yaml:2: reasons must be a mapping"},
		"nothing":                  {"", "reasons.yaml: "},
		"a bare list":              {"- a\n", "reasons.yaml: must be a mapping"},
		"no YAML":                  {"reasons: [", "reasons.yaml: "},
	} {
		if _, err := loadReasons([]byte(c.file), rules); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", name, err, c.want)
		}
	}
	_, err := loadReasons([]byte("reasons:\n  x: {es: Nada.}\n  y: {es: Nada.}\n"), rules)
	if err == nil || !strings.Contains(err.Error(), ":2:") || !strings.Contains(err.Error(), ":3:") {
		t.Errorf("error %v, want both lines", err)
	}
}
