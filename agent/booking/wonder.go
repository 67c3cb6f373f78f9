package booking

import (
	"slices"

	"recado/agent/language"
)

// wonders reports whether a sentence asks for a day, or puts it in the place
// of what was offered, rather than choosing: "what about Tuesday?", "mejor el
// martes".
func (s *scan) wonders(p [2]int) bool {
	if s.questioned(p) {
		return true
	}
	words := make([]string, 0, p[1]-p[0])
	for i := p[0]; i < p[1]; i++ {
		words = append(words, s.w(i))
	}
	if slices.ContainsFunc(words, func(w string) bool { return suits[w] }) {
		return false
	}
	if words[0] == "y" && len(words) > 1 {
		return true // "y el martes"
	}
	for i, w := range words {
		before := ""
		if i > 0 {
			before = words[i-1]
		}
		switch {
		case w == "mejor" && isIt[before]: // "sería mejor el martes" is what "Tuesday would be better" is
		case instead(s.tokens, p[0]+i), w == "vez" && before == "tal", w == "about" && (before == "what" || before == "how"), w == "tal" && before == "que",
			(w == "hay" || w == "tienen" || w == "tiene") && i == 0, (w == "can" || w == "could") && before != "i" && before != "we":
			return true
		}
	}
	return false
}

// instead reports whether a word puts another time in the place of one that
// was agreed on or offered.
func instead(tokens []language.Token, i int) bool {
	w := tokens[i].Surface
	if w == "vez" || w == "lugar" {
		return i > 0 && tokens[i-1].Surface == "en" // and not "la primera vez", "¿hay lugar?"
	}
	return insteadWords[w]
}

var (
	// suits are words that choose a day, whatever stands beside them: "el
	// martes me queda mejor", "actually Tuesday works".
	suits = set(`work works fit fits suits good great fine perfect queda quedaria conviene convendria acomoda funciona gusta gustaria sirve bien perfecto`)
	isIt  = set(`es seria esta estaria`)
)
