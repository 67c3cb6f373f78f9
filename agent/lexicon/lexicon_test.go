package lexicon

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"recado/agent/language"
)

func small(t *testing.T) *Lexicon {
	t.Helper()
	l, err := Load(fstest.MapFS{
		"body.yaml":    {Data: []byte("class: body\ndescription: x\nen: [chest, left arm, arm]\nes: [pecho, brazo izquierdo, \"muñec*\"]\n")},
		"symptom.yaml": {Data: []byte("class: symptom\ndescription: x\nen: [chest pain, \"swollen* arm\", pain]\nes: [dolor de pecho]\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func terms(l *Lexicon, text language.Text) string {
	var out []string
	for _, h := range l.Scan(text) {
		out = append(out, fmt.Sprintf("%s %d-%d", l.Classes()[h.Class], h.Start, h.End))
	}
	return strings.Join(out, ", ")
}

func TestTheLongestTermOfEachClassIsFoundAtEachPlace(t *testing.T) {
	l := small(t)
	for _, c := range []struct{ message, want string }{
		{"Chest pain", "body 0-1, symptom 0-2, symptom 1-2"},
		{"chest. Pain", "body 0-1, symptom 1-2"}, // no term crosses the end of a sentence
		{"my left arm", "body 1-3, body 2-3"},
		{"swollen arm", "symptom 0-2, body 1-2"},
		{"la muñeca", "body 1-2"},
		{"DOLOR DE PECHO", "symptom 0-3, body 2-3"},
		{"left", ""},
		{"", ""},
	} {
		if got := terms(l, language.Scan(c.message)); got != c.want {
			t.Errorf("%q: %s, want %s", c.message, got, c.want)
		}
	}
}

func TestTermsAreFoundInAWordAsWrittenAndAsRepaired(t *testing.T) {
	l := small(t)
	text := language.Scan("chest arm")
	text.Tokens[0].Word = "pain"
	text.Tokens[1].Surface = "bruise"
	if got, want := terms(l, text), "symptom 0-1, body 0-1, body 1-2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestATextThatAnotherDictionaryNumberedIsReadAnew(t *testing.T) {
	l := small(t)
	other := language.NewDictionary()
	for _, w := range []string{"pain", "chest", "hours"} {
		other.Add(w)
	}
	if got, want := terms(l, other.Numbered(language.Scan("hours chest"))), "body 1-2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAMistakeInATermIsReportedWithItsFile(t *testing.T) {
	_, err := Load(fstest.MapFS{"body.yaml": {Data: []byte("class: body\ndescription: x\nen: [\"arm*\", \"...\"]\nes: [pecho]\n")}})
	if err == nil || !strings.Contains(err.Error(), "body.yaml") || !strings.Contains(err.Error(), "4 letters") || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("error is %v", err)
	}
}
