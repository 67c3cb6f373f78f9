package sms

import (
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

func TestSegmentsAreCountedAsThePhoneNetworkDoes(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		gsm7 bool
	}{
		{"", 0, true},
		{"hola", 1, true},
		{strings.Repeat("a", 160), 1, true},
		{strings.Repeat("a", 161), 2, true},
		{strings.Repeat("a", 306), 2, true},
		{strings.Repeat("a", 307), 3, true},
		{strings.Repeat("ñ", 160), 1, true},
		{strings.Repeat("€", 80), 1, true},
		{strings.Repeat("€", 81), 2, true},
		// 152 and then a sign of two places: it does not fit into the first.
		{strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3, true},
		{"á", 1, false},
		{strings.Repeat("á", 70), 1, false},
		{strings.Repeat("á", 71), 2, false},
		{strings.Repeat("á", 134), 2, false},
		{strings.Repeat("á", 135), 3, false},
		{strings.Repeat("👍", 35), 1, false},
		{strings.Repeat("👍", 36), 2, false},
		{strings.Repeat("👍", 66), 2, false}, // 33 a segment, since none is cut in half
		{strings.Repeat("👍", 67), 3, false},
	} {
		if n, gsm7 := Segments(test.text); n != test.n || gsm7 != test.gsm7 {
			t.Errorf("%d characters %.8q: %d segments, GSM-7 %v; want %d, %v", len([]rune(test.text)), test.text, n, gsm7, test.n, test.gsm7)
		}
	}
}

func TestPlainKeepsTheMeaningAndTheAlphabet(t *testing.T) {
	for text, want := range map[string]string{
		"¿Mañana por la mañana? ¡Sí, después de las 3!": "¿Mañana por la mañana? ¡Si, después de las 3!",
		"ÁÍÓÚ áíóú éñüÉÑÜ":                              "AIOU aiou éñüÉÑÜ",
		"“We’re open” – 8…5\u00a0p.m.":                  `"We're open" - 8...5 p.m.`,
		"Está bien 👍":                                   "Está bien 👍", // UCS-2 anyway: nothing is taken from it
		"Phòng khám Hội An, rất đẹp":                    "Phòng khám Hội An, rất đẹp",
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestFoldingNeverCostsASegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aeiouáéíóúñü¿¡ \n€[]“”’–👍đ"))).Draw(t, "text")
		before, _ := Segments(text)
		after, _ := Segments(Plain(text))
		if after > before {
			t.Fatalf("%q: %d segments, folded %d", text, before, after)
		}
		if units := len(utf16.Encode([]rune(text))); before > 0 && before < (units+ucsAlone-1)/gsmAlone {
			t.Fatalf("%q: %d segments for %d units", text, before, units)
		}
	})
}
