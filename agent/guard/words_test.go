package guard

import (
	"strings"
	"testing"
	"testing/fstest"

	"recado/agent/language"
)

const wordsHead = "title: T\nreview: by the clinician\n"

func ruleWith(pattern string) string {
	return wordsHead + "rules:\n  - id: r\n    risk: emergency\n    intent: symptom\n    language: en\n    reason: x\n    patterns: [\"" +
		pattern + "\"]\n    match: [a, b]\n    not: [c, d]\n"
}

func TestWordsOfOneFileServeThePatternsOfAnother(t *testing.T) {
	lex := smallLexicon(t)
	rules, err := LoadRules(fstest.MapFS{
		"rules.yaml": {Data: []byte(ruleWith("<cannot> .. <air>"))},
		"words.yaml": {Data: []byte(wordsHead + "words:\n  air: \"breathe|respirar\"\n  cannot: \"cant|<never>\"\n  never: \"never\"\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(rules, lex)
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]bool{"I cant breathe": true, "never could breathe": true, "I breathe": false} {
		text := language.Scan(message)
		if got := len(g.Find(text, lex.Scan(text))) > 0; got != want {
			t.Errorf("%q: %t, want %t", message, got, want)
		}
	}
}

func TestAWrongWordIsReportedWithItsPlace(t *testing.T) {
	lex := smallLexicon(t)
	for name, c := range map[string]struct{ words, want string }{
		"in a circle": {"  a: \"x|<b>\"\n  b: \"<a>\"\n", "names itself"},
		"unreadable":  {"  a: \"(x\"\n", "never closed"},
	} {
		rules, err := LoadRules(fstest.MapFS{
			"rules.yaml": {Data: []byte(ruleWith("<a> y"))},
			"words.yaml": {Data: []byte(wordsHead + "words:\n" + c.words)},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(rules, lex)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "words.yaml:") {
			t.Errorf("%s: error %v, want %q and the place of the word", name, err, c.want)
		}
	}
}

func TestAWordIsDefinedOnce(t *testing.T) {
	_, err := LoadRules(fstest.MapFS{
		"a.yaml": {Data: []byte(wordsHead + "words:\n  air: \"x\"\n")},
		"b.yaml": {Data: []byte(wordsHead + "words:\n  air: \"y\"\n")},
	})
	if err == nil || !strings.Contains(err.Error(), `word "air" is already at a.yaml:4`) {
		t.Errorf("error %v, want both places", err)
	}
}
