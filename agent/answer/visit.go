package answer

import (
	"strings"

	"recado/agent/clinic"
)

func booking(s *scene) Answer {
	if s.p.Links.Booking != "" {
		return s.known("booking.link", nil)
	}
	a := s.known("booking.phone", nil)
	a.Staff = true
	return a
}

// cancel asks back where the bare word may as well mean the messages.
func cancel(s *scene) Answer {
	if s.Asked != "cancel.which" && len(s.tokens) == 1 {
		switch s.tokens[0].Surface {
		case "cancel", "cancelar", "cancela", "cancelen", "cancele":
			a := s.known("cancel.which", nil)
			a.Asks = "cancel.which"
			return a
		}
	}
	return act("visit.cancel")(s)
}

// walkIns answers for the services that were named, each by what is published
// of it. The general answer is for a visit as such: it says nothing of a
// service, and would be wrong of what is not on the list.
func walkIns(s *scene) Answer {
	var can, cannot, refused, no []clinic.Bilingual
	named := 0
	for _, h := range s.index.services.find(s.tokens) {
		service := s.p.Services[h.id]
		if s.index.people[h.id] || s.onlyWho(h) || named == mostNamed || !service.Offered && !s.wished(h) {
			continue
		}
		named++
		s.slots["service"] = service.ID
		switch {
		case !service.Offered:
			refused, no = append(refused, service.Name), notes(no, service.Note)
		case service.Walk:
			can = append(can, service.Name)
		default:
			cannot = append(cannot, service.Name)
		}
	}
	a := Answer{Known: true}
	if len(can) > 0 {
		a.Messages = append(a.Messages, s.message("walk_ins.service", map[string]any{"services": can}))
	}
	if len(cannot) > 0 {
		a.Messages = append(a.Messages, s.message("walk_ins.service_no", map[string]any{"services": cannot}))
	}
	if len(refused) > 0 {
		a.Messages = append(a.Messages, s.message("services.not_offered", map[string]any{"services": refused, "notes": no}))
	}
	switch {
	case named > 0:
		return a
	case s.purpose("for", "para"):
		return s.unknown("services.unlisted")
	case s.p.WalkIns.Accepted:
		a = s.known("walk_ins.yes", map[string]any{"note": note(s.p.WalkIns.Note)})
	default:
		a = s.known("walk_ins.no", map[string]any{"note": note(s.p.WalkIns.Note)})
	}
	a.general = true
	return a
}

// wished reports whether somebody would come for a thing: "for the dentist",
// "the DOT exam, do I just come". Other words of a message name things too
// ("my classes end at five", "only for emergencies").
func (s *scene) wished(h hit) bool {
	for back := -1; back >= -4; back-- {
		switch w := beside(s.tokens, h.start, back); {
		case w == "":
			return back == -1 && h.end < len(s.tokens) // in front of the question
		case w == "for" || w == "para" || w == "with" || w == "con":
			last := beside(s.tokens, h.start, back-1)
			return last != "only" && last != "just" && last != "solo" && last != "solamente" && last != "nomas"
		case possessive[w] || !connector[w] && !filler[w] && !everyday[w] && w != "get":
			return false
		}
	}
	return false
}

func firstVisit(s *scene) Answer {
	v := s.p.FirstVisit
	if !v.NewPatients {
		return s.known("first_visit.full", nil)
	}
	welcome := s.known("first_visit.welcome", map[string]any{"n": v.MinutesEarly, "bring": v.Bring})
	switch price := len(s.index.prices.find(s.tokens)) > 0 && s.asksPrice(); {
	case price && s.has(asksToBring):
		welcome.Messages = append(welcome.Messages, cost(s).Messages...)
	case price:
		s.intent = "cost"
		return cost(s) // "what do new patients pay the first time"
	}
	return s.inLanguage(welcome)
}

func forms(s *scene) Answer {
	if s.p.Links.Forms != "" {
		return s.inLanguage(s.known("forms.link", nil))
	}
	return s.unknown("forms.none")
}

// inLanguage adds who can help in the language that the papers were asked for
// in: in which languages they are is not published.
func (s *scene) inLanguage(a Answer) Answer {
	for _, h := range s.index.languages.find(s.tokens) {
		if before := beside(s.tokens, h.start, -1); before == "in" || before == "en" {
			more := languages(s)
			a.Messages = append(a.Messages, more.Messages...)
			a.Staff = a.Staff || more.Staff
			break
		}
	}
	return a
}

// asksPrice reports whether a word for money asks for one: pay stubs do not.
func (s *scene) asksPrice() bool {
	for i, t := range s.tokens {
		if asksMoney[t.Surface] || asksMoney[t.Word] {
			if next := beside(s.tokens, i, 1); !strings.HasPrefix(next, "stub") && !strings.HasPrefix(next, "check") && !strings.HasPrefix(next, "slip") {
				return true
			}
		}
	}
	return false
}
