package language_test

import (
	"testing"

	"recado/agent/language"
)

func TestAFormLeadsBackToItsWord(t *testing.T) {
	for word, want := range map[string]string{
		"retiring": "retire", "permitting": "permit", "bakeries": "bakery", "neighbors": "neighbor",
		"anitos": "anos", "viejitos": "viejos", "buscandole": "buscando", "esperandome": "esperando",
		"verian": "ver", "troquita": "troca", "trabajamos": "trabajar",
	} {
		if !language.AnyStem(word, func(s string) bool { return s == want }) {
			t.Errorf("%s does not lead to %s", word, want)
		}
	}
	for _, word := range []string{"is", "xyz", ""} {
		if language.AnyStem(word, func(string) bool { return true }) {
			t.Errorf("%q has a stem", word)
		}
	}
}
