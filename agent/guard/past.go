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
			if ok && m.onePart(text.Tokens, min(start, from), max(end, to)) && !m.any(t.unless) {
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
