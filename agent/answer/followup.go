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

// leavesOpen reports whether a question may be about something that another
// part of the turn names: it points there ("do you take it"), or says nothing
// of what kind of thing it asks for. points is true for the former.
func (s *scene) leavesOpen() (open, points bool) {
	if s.intent == "hours" {
		return s.thatTime(), false
	}
	kind := false
	for i, t := range s.tokens {
		kind = kind || topics[s.intent][t.Surface] || topics[s.intent][t.Word]
		points = points || pointing[t.Surface] || (t.Surface == "la" || t.Surface == "lo" || t.Surface == "los" || t.Surface == "las") &&
			!article[beside(s.tokens, i, 1)] && doing[beside(s.tokens, i, 1)]
	}
	return points || !kind, points
}

// Names reports whether the words of a question name one of the things that
// its intent is about: a plan for insurance, a price for cost, a day for
// hours. A few words that do may go on from a question with that intent.
func Names(q Question) bool {
	s := newScene(q)
	found := func(n *names) bool { return len(n.find(s.tokens)) > 0 }
	switch q.Intent {
	case "insurance":
		return found(&s.index.plans)
	case "cost":
		return found(&s.index.prices) || s.namesService()
	case "services", "walk_ins":
		return found(&s.index.services)
	case "providers":
		return found(&s.index.providers) || found(&s.index.roles)
	case "languages":
		return found(&s.index.languages)
	case "hours":
		return len(s.mentions) > 0 || found(&s.index.places) || found(&s.index.holidays)
	case "location", "parking", "contact":
		return found(&s.index.places)
	}
	return false
}

// thatTime finds "are you open then", "ese día abren", "¿sí abren?".
func (s *scene) thatTime() bool {
	if len(s.tokens) <= 2 {
		return true
	}
	for i, t := range s.tokens {
		switch before := beside(s.tokens, i, -1); t.Surface {
		case "then", "entonces":
			return true
		case "day", "time", "dia", "hora":
			if before == "that" || before == "ese" || before == "esa" {
				return true
			}
		}
	}
	return false
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
