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

// over reports whether the match at places [start, end) is told as past in its
// own part of the sentence, and nothing in the message speaks of the present.
func (g *Guard) over(m *message, text language.Text, start, end int) bool {
	past := false
	for i := range g.past {
		from, to, ok := m.find(&g.past[i])
		past = past || ok && m.onePart(text.Tokens, min(start, from), max(end, to))
	}
	return past && !m.any(g.again)
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
