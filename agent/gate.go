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
		case "symptom", "condition", "medicine", "test", "procedure", "pregnancy", "mental", "body":
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
	together bool // both stand in one sentence, or something of one's own refers to the term
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
		if g.clinical[h.Class] && !anyOf(covered, h) {
			f.clinical = true
			f.span = [2]int{tokens[h.Start].Start, tokens[h.End-1].End}
		}
	}
	f.together = f.clinical && g.together(r, covered)
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

// together reports whether a sentence with a clinical term also speaks of
// somebody in particular, or a word such as mine takes it up elsewhere.
func (g *gate) together(r *reading.Reading, covered []bool) bool {
	tokens := r.Text.Tokens
	from := 0
	for to := 1; to <= len(tokens); to++ {
		if to < len(tokens) && !tokens[to].Break {
			continue
		}
		clinical, somebody := false, false
		for _, h := range r.Terms {
			if h.Start < from || h.End > to {
				continue
			}
			clinical = clinical || g.clinical[h.Class] && !anyOf(covered, h)
			somebody = somebody || h.Class == g.kin
		}
		for _, t := range tokens[from:to] {
			somebody = somebody || personal(t.Word)
			if takesUp(t.Word) {
				return true
			}
		}
		if clinical && somebody {
			return true
		}
		from = to
	}
	return false
}

// anyOf reports whether a front-desk term covers a part of a clinical one, as
// "flu shot" does of "the flu".
func anyOf(covered []bool, h lexicon.Hit) bool {
	for i := h.Start; i < h.End; i++ {
		if covered[i] {
			return true
		}
	}
	return false
}

// takesUp are words that make what was named before one's own.
func takesUp(w string) bool {
	switch w {
	case "mine", "mia", "mio", "mias", "mios":
		return true
	}
	return false
}

// personal words speak of the writer, or of what somebody has and feels.
func personal(w string) bool {
	switch w {
	case "mia", "mio", "mias", "mios", "nuestro", "nuestra", "novia", "novio", "girlfriend", "boyfriend", "hers", "their",
		"my", "me", "mine", "im", "ive", "i", "mi", "mis", "tengo", "estoy", "yo", "ando", "traigo", "tiene", "trae", "siento", "siente",
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
