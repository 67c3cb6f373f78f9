package language

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScanFoldsEveryWayOfTypingAWordToOneForm(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"¿A qué hora abren mañana?", "a que hora abren manana"},
		{"¿A QUÉ HORA ABREN MAÑANA?", "a que hora abren manana"},
		{"I can't breathe", "i cant breathe"},
		{"I can’t breathe", "i cant breathe"},
		{"chest-pain", "chest pain"},
		{"c h e s t pain", "chest pain"},
		{"c.h.e.s.t pain", "chest pain"},
		{"at 3pm", "at 3 pm"},
		{"a las 3 p.m.", "a las 3 pm"},
		{"heyyyyy", "heyy"},
		{"zero\u200bwidth", "zerowidth"},
		{"ｆｕｌｌ width", "full width"},
		{"𝓯𝓪𝓷𝓬𝔂 text", "fancy text"},
		{"cуrillic c\u0435ll", "cyrillic cell"},
		{"n\u0303ino con tilde compuesta", "nino con tilde compuesta"},
		{"my A1C and B12", "my a1c and b12"},
		{"👍", ""},
		{"", ""},
	} {
		if got := strings.Join(Scan(c.raw).Words(), " "); got != c.want {
			t.Errorf("Scan(%q) = %q, want %q", c.raw, got, c.want)
		}
	}
}

func TestScanMarksWhereSentencesEnd(t *testing.T) {
	text := Scan("Hola. Dr. Payne is in? yes\nok 3.30 p.m. bye")
	var starts []string
	for _, tok := range text.Tokens {
		if tok.Break {
			starts = append(starts, tok.Word)
		}
	}
	if got := strings.Join(starts, " "); got != "dr yes ok" {
		t.Errorf("sentences start at %q, want \"dr yes ok\"", got)
	}
	if !text.Question {
		t.Error("the question mark was lost")
	}
}

func FuzzScanPointsIntoTheMessageAndNeverPanics(f *testing.F) {
	for _, s := range []string{"¿hola?", "a\xffb", "p.m.", "3pm", "n\u0303", "ﬁ", "مرحبا", "🆘 help", "١٢٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		last := 0
		for _, tok := range Scan(raw).Tokens {
			if tok.Word == "" || tok.Start < last || tok.End <= tok.Start || tok.End > len(raw) {
				t.Fatalf("token %+v of a message of %d bytes, after byte %d", tok, len(raw), last)
			}
			if !utf8.ValidString(tok.Word) {
				t.Fatalf("token %q is not UTF-8", tok.Word)
			}
			last = tok.Start
		}
	})
}

func TestAWordIsWhatScanLeavesAsItIs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	words := 0
	for range 20000 {
		letters := make([]byte, rng.IntN(7))
		for i := range letters {
			letters[i] = "aabbz. 1A-\xc3"[rng.IntN(11)]
		}
		s := string(letters)
		if !IsWord(s) {
			continue
		}
		words++
		if tokens := Scan(s).Tokens; len(tokens) != 1 || tokens[0].Word != s {
			t.Fatalf("%q is read as %v", s, Scan(s).Words())
		}
	}
	if words < 100 {
		t.Errorf("only %d words: the test says little", words)
	}
}
