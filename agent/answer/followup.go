package answer

import "recado/agent/language"

// longestFollowUp is the most tokens of a question that only makes sense
// after another one: "what about saturdays for you guys".
const longestFollowUp = 7

// followUp is the intent to answer: the question's own, or for a short
// question that goes on from the last one, what the last was about with the
// new day, place or name.
func followUp(s *scene) string {
	if len(s.Previous) == 0 || len(s.tokens) == 0 || len(s.tokens) > longestFollowUp || !continues(s.tokens) {
		return s.intent
	}
	previous := s.Previous[0]
	switch {
	case len(s.index.plans.find(s.tokens)) > 0 && (previous == "insurance" || previous == "cost"):
		return "insurance"
	case len(s.index.providers.find(s.tokens)) > 0:
		return "providers"
	case previous == "cost" && len(s.index.prices.find(s.tokens)) > 0:
		return "cost"
	case len(s.index.services.find(s.tokens)) > 0:
		if previous == "cost" || previous == "walk_ins" {
			return previous
		}
		return "services"
	case previous == "languages" && len(s.index.languages.find(s.tokens)) > 0:
		return previous
	case previous == "insurance" && len(s.leftover()) > 0 && len(s.mentions) == 0 && len(s.places) == 0:
		return "insurance"
	case len(s.mentions) > 0:
		switch previous {
		case "providers", "walk_ins", "booking", "reschedule":
			return previous
		}
		return "hours"
	case len(s.places) > 0:
		switch previous {
		case "hours", "location", "parking", "contact", "services", "providers", "walk_ins", "insurance":
			return previous
		}
		return "location"
	}
	return s.intent
}

// continues finds the ways to go on from the last question.
func continues(tokens []language.Token) bool {
	w := func(i int) string {
		if i < len(tokens) {
			return tokens[i].Surface
		}
		return ""
	}
	switch w(0) {
	case "y", "and", "e", "o", "or", "also", "tambien", "pero", "but":
		return true
	case "what", "how":
		return w(1) == "about" || w(1) == "bout"
	case "que":
		return w(1) == "tal"
	case "ok", "okay", "entonces", "then", "so", "bueno":
		return continues(tokens[1:])
	}
	return len(tokens) <= 3
}

// Chosen reads the reply to a question that an answer left open: the intent
// that the patient chose, and whether they chose one.
func Chosen(asked string, tokens []language.Token) (intent string, ok bool) {
	if asked != "cancel.which" || len(tokens) == 0 || len(tokens) > 4 {
		return "", false
	}
	one, two := false, false
	for _, t := range tokens {
		switch t.Surface {
		case "1", "one", "first", "uno", "una", "primera", "primero", "visit", "appointment", "cita", "visita", "turno":
			one = true
		case "2", "two", "second", "dos", "segunda", "segundo", "messages", "message", "mensajes", "mensaje", "texts":
			two = true
		}
	}
	switch {
	case one == two:
		return "", false
	case one:
		return "cancel", true
	}
	return "opt_out", true
}
