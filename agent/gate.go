package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
	"recado/intents"
)

// minContent is the fewest letters of an unknown word that counts as content:
// a shorter one is a slip of the thumb far more often than a new word, and is
// too short to be repaired.
const minContent = 5

// gate holds the promise that an answer is earned: a message with something
// personal and clinical left over gets none, whatever intent it resembles.
type gate struct {
	clinical [256]bool // lexicon classes that speak of care
	frontal  [256]bool // classes that are front-desk by themselves
	kin      lexicon.Class
	known    []bool // by language.WordID: the words of the examples
	lexicon  *lexicon.Lexicon
}

func newGate(m *intents.Model, lex *lexicon.Lexicon) *gate {
	words := lex.Dictionary()
	g := &gate{known: make([]bool, words.Len()), lexicon: lex}
	for w := range m.Vocabulary {
		g.known[words.ID(w)] = true
	}
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

// look reads a message. sayings are the tokens [start, end) whose words of the
// body and of illness mean neither; everyday are those that explain themselves.
func (g *gate) look(r *reading.Reading, sayings, everyday [][2]int) finding {
	var f finding
	tokens := r.Text.Tokens
	covered := make([]bool, len(tokens))
	for _, s := range sayings {
		for i := s[0]; i < s[1]; i++ {
			covered[i] = true
		}
	}
	explained := make([]bool, len(tokens))
	for _, s := range everyday {
		for i := s[0]; i < s[1]; i++ {
			explained[i] = true
		}
	}
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
	asked, capitals := false, false
	shouted := func() bool { // it takes a walk over the text, which not every word is worth
		if !asked {
			asked, capitals = true, r.Text.Raw == strings.ToUpper(r.Text.Raw)
		}
		return capitals
	}
	for i, t := range tokens {
		f.personal = f.personal || personal(tokens, i)
		f.asking = f.asking || asksClinic(tokens, i)
		if len(t.Word) >= minContent && t.Word[0] > '9' && !covered[i] {
			if !g.knows(t.ID) && !explained[i] && !g.inflects(t.Word) && !placeName(r, i, shouted) {
				f.unknown++
				if f.span == ([2]int{}) {
					f.span = [2]int{t.Start, t.End}
				}
			}
		}
	}
	return f
}

func (g *gate) knows(word language.WordID) bool {
	return word != 0 && int(word) < len(g.known) && g.known[word]
}

// inflects reports whether a word is a form of one that the examples hold and
// that names nothing clinical: "esperándome" of esperando, "añitos" of años. A
// "bolita" stays unknown where a bola may be a lump.
func (g *gate) inflects(word string) bool {
	return language.AnyStem(word, func(stem string) bool {
		if !g.knows(g.lexicon.Dictionary().ID(stem)) {
			return false
		}
		for _, h := range g.lexicon.Scan(language.Scan(stem)) {
			if g.clinical[h.Class] {
				return false
			}
		}
		return true
	})
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
		for _, h := range lexicon.Within(r.Terms, from, to) {
			if h.End > to {
				continue
			}
			clinical = clinical || g.clinical[h.Class] && !anyOf(covered, h)
			somebody = somebody || h.Class == g.kin
		}
		for i := from; i < to; i++ {
			somebody = somebody || personal(tokens, i)
			if takesUp(tokens[i].Word) {
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

// personal words speak of the writer, or of what somebody has and feels. What
// a test costs ("qué valor tiene") and what one has to do ("tengo que ir") are
// neither.
func personal(tokens []language.Token, i int) bool {
	word := func(at int) string {
		if at < 0 || at >= len(tokens) {
			return ""
		}
		return tokens[at].Word
	}
	w := word(i)
	switch w {
	case "tiene":
		switch word(i - 1) {
		case "valor", "precio", "costo", "clinica", "laboratorio", "doctor", "doctora":
			return false
		}
	case "tengo":
		if word(i+1) == "que" {
			return false
		}
	}
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

// placeName reports whether an unknown word is the name of a place or of a
// doctor, which says nothing about anybody's care: it is written with a
// capital and stands where such names do. A medicine is written with one too,
// so the words around it have to say which it is. shouted tells whether the
// whole message is in capitals.
func placeName(r *reading.Reading, i int, shouted func() bool) bool {
	tokens, raw := r.Text.Tokens, r.Text.Raw
	t := tokens[i]
	if t.Start >= len(raw) || !unicode.IsUpper(firstRune(raw[t.Start:])) || shouted() {
		return false
	}
	if i+1 < len(tokens) && !tokens[i+1].Break {
		switch tokens[i+1].Word {
		case "st", "street", "ave", "avenue", "blvd", "boulevard", "rd", "road", "drive", "lane", "ln", "hwy", "parkway", "pkwy", "tx", "texas", "fl", "ca", "ny", "ga":
			return true
		}
	}
	for back := 1; back <= 3 && i-back >= 0 && !tokens[i-back+1].Break; back++ {
		switch tokens[i-back].Word {
		case "near", "calle", "avenida", "colonia", "barrio", "dr", "dra", "doctor", "doctora", "ciudad", "city", "county", "condado":
			return true
		case "vivo", "live", "living", "viviendo", "moved", "mudamos", "vengo", "desde":
			return true
		case "mr", "mrs", "ms", "miss", "sr", "sra", "srta", "senora", "senor", "don", "dona":
			return back == 1
		case "de":
			return back == 1 && i > 1 && comes(tokens[i-2].Word)
		case "in", "at", "en", "to", "from", "por", "cerca":
			return back == 1 || back == 2 && capital(r, i-1) || back == 2 && article(tokens[i-1].Word)
		}
	}
	return false
}

func article(w string) bool {
	switch w {
	case "la", "el", "los", "las", "the", "un", "una", "a":
		return true
	}
	return false
}

// comes are words after which "de" tells where somebody is from.
func comes(w string) bool {
	switch w {
	case "vengo", "viene", "vienen", "venimos", "vino", "vinieron", "vinimos", "llego", "llega", "llegan", "llegamos", "llegaron",
		"soy", "somos", "mudarme", "mudarnos", "mude", "mudo", "mudaron", "regreso", "regresa", "regresamos", "familia":
		return true
	}
	return false
}

func capital(r *reading.Reading, i int) bool {
	at := r.Text.Tokens[i].Start
	return at < len(r.Text.Raw) && unicode.IsUpper(firstRune(r.Text.Raw[at:]))
}

func firstRune(s string) rune {
	c, _ := utf8.DecodeRuneInString(s)
	return c
}
