package agent

import (
	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
	"recado/intents"
)

// gate holds the promise that an answer is earned: a message with something
// personal and clinical left over gets none, whatever intent it resembles.
type gate struct {
	clinical [256]bool // lexicon classes that speak of care
	frontal  [256]bool // classes that are front-desk by themselves
	kin      lexicon.Class
	known    map[string]float32 // words of the examples
}

func newGate(m *intents.Model, lex *lexicon.Lexicon) *gate {
	g := &gate{known: m.Vocabulary}
	for i, name := range lex.Classes() {
		switch name {
		case "symptom", "condition", "medicine", "test", "procedure", "pregnancy", "mental", "poison", "body":
			g.clinical[i] = true
		case "specialty", "preventive", "insurance_word":
			g.frontal[i] = true
		case "kin":
			g.kin = lexicon.Class(i)
		}
	}
	return g
}

// finding is what the gate saw in a message.
type finding struct {
	clinical bool // a clinical term that no front-desk term covers
	personal bool // somebody in particular is spoken of
	asking   bool // the clinic is asked what it does, of nobody in particular
	unknown  int  // content words that no example holds
	span     [2]int
}

func (g *gate) look(r *reading.Reading) finding {
	var f finding
	tokens := r.Text.Tokens
	covered := make([]bool, len(tokens))
	for _, h := range r.Terms {
		if g.frontal[h.Class] {
			for i := h.Start; i < h.End; i++ {
				covered[i] = true
			}
		}
		if h.Class == g.kin {
			f.personal = true
		}
	}
	for _, h := range r.Terms {
		if g.clinical[h.Class] && !covered[h.Start] {
			f.clinical = true
			f.span = [2]int{tokens[h.Start].Start, tokens[h.End-1].End}
		}
	}
	for i, t := range tokens {
		f.personal = f.personal || personal(t.Word)
		f.asking = f.asking || asksClinic(tokens, i)
		if len(t.Word) >= 4 && t.Word[0] > '9' && !covered[i] {
			if _, ok := g.known[t.Word]; !ok {
				f.unknown++
				if f.span == ([2]int{}) {
					f.span = [2]int{t.Start, t.End}
				}
			}
		}
	}
	return f
}

// personal words speak of the writer, or of what somebody has and feels.
func personal(w string) bool {
	switch w {
	case "my", "me", "mine", "im", "ive", "i", "mi", "mis", "tengo", "estoy", "yo", "ando", "traigo", "tiene", "trae", "siento", "siente",
		"his", "her", "he", "she", "him", "hes", "shes", "our":
		return true
	}
	return false
}

// asksClinic finds the forms in which a clinic is asked what it does.
func asksClinic(tokens []language.Token, i int) bool {
	next := func(n int) string {
		if i+n < len(tokens) {
			return tokens[i+n].Word
		}
		return ""
	}
	switch tokens[i].Word {
	case "do", "can", "does", "could", "will", "are":
		switch next(1) {
		case "you", "yall", "u", "they", "ya", "the", "your":
			return true
		}
	case "atienden", "hacen", "tratan", "ven", "ponen", "tienen", "ofrecen", "manejan", "aceptan", "realizan", "dan", "cuentan",
		"atiende", "hace", "aplican", "venden", "cobran", "cuesta", "cuestan", "offer", "treat", "cost", "costs":
		return true
	case "how":
		return next(1) == "much"
	case "hay":
		return true
	}
	return false
}
