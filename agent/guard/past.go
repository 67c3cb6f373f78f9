package guard

import "recado/agent/language"

// Rules of these risks find no danger: they tell what is over from what is
// not. A danger that is told as long past is for staff and no emergency,
// unless anything in the message says that it may be happening or be back.
const (
	riskPast  = "past"
	riskAgain = "again"

	pastIntent = "condition" // what a message about a danger that is over is about
)

// timing is a rule that tells what is over, or what may be back.
type timing struct {
	// intent is that of the rules which it lowers; pastIntent lowers all. What
	// has been the same for years is no danger to the heart, and no comfort to
	// somebody who wants to die.
	intent   string
	programs []program
	unless   []program
}

// over reports whether the match at places [start, end) of a rule about intent
// is told as past in its own part of the sentence, and nothing in the message
// speaks of the present.
func (g *Guard) over(m *message, text language.Text, intent string, start, end int) bool {
	past := false
	for i := range g.past {
		t := &g.past[i]
		if past || t.intent != pastIntent && t.intent != intent {
			continue
		}
		for j := range t.programs {
			from, to, ok := m.find(&t.programs[j])
			if ok && m.onePart(text.Tokens, min(start, from), max(end, to)) && !m.ofAnother(text.Tokens, end, from) && !m.any(t.unless) {
				past = true
				break
			}
		}
	}
	if !past {
		return false
	}
	for i := range g.again {
		if m.any(g.again[i].programs) && !m.any(g.again[i].unless) {
			return false
		}
	}
	return true
}

// onePart reports whether neither the end of a sentence nor a conjunction
// cuts places [start, end) in two.
func (m *message) onePart(tokens []language.Token, start, end int) bool {
	for i := start; i < end && i < m.n; i++ {
		if m.origin[i] < 0 {
			return false
		}
		switch tokens[m.origin[i]].Word {
		case "and", "but", "y", "e", "pero", "now", "ahora":
			return false
		}
	}
	return true
}

// ofAnother reports whether places [end, from) between a danger and what says
// that something is past begin to tell of another event, to which that belongs:
// "dad collapsed, he had a stroke years ago".
func (m *message) ofAnother(tokens []language.Token, end, from int) bool {
	word := func(place int) string {
		if place < m.n && m.origin[place] >= 0 {
			return tokens[m.origin[place]].Word
		}
		return ""
	}
	for i := end; i < from; i++ {
		switch word(i) {
		case "i", "he", "she", "they", "we", "brother", "sister", "mother", "father", "dad", "mom":
			switch word(i + 1) {
			case "had", "did", "has", "went", "was":
				return true
			}
		case "hermano", "hermana", "tio", "tia", "abuelo", "abuela", "le", "les", "me":
			switch word(i + 1) {
			case "paso", "dio", "habia", "tuvo", "tambien":
				return true
			}
		}
	}
	return false
}
