package answer

import (
	"slices"

	"recado/agent/clinic"
)

// mostNamed is how many plans, services or prices of one question are
// answered.
const mostNamed = 3

func insurance(s *scene) Answer {
	p := s.p
	if len(p.Plans) == 0 && !s.uninsuredAsked() {
		return s.unknown("insurance.none")
	}
	var accepted, refused []string
	var yes, no, named []clinic.Bilingual // named: the notes with the plans that they are of
	for i, h := range s.index.plans.find(s.tokens) {
		plan := p.Plans[h.id]
		s.slots["plan"] = plan.Name
		switch {
		case i >= mostNamed:
		case plan.Accepted:
			accepted = append(accepted, plan.Name)
			yes = notes(yes, plan.Note)
			if note := plan.Note; note != (clinic.Bilingual{}) {
				named = append(named, clinic.Bilingual{EN: plan.Name + ": " + note.EN, ES: plan.Name + ": " + note.ES})
			}
		default:
			refused = append(refused, plan.Name)
			no = notes(no, plan.Note)
		}
	}
	a := Answer{Known: true}
	if len(accepted) > 1 {
		yes = named
	}
	if len(accepted) > 0 {
		a.Messages = append(a.Messages, s.message("insurance.accepted", map[string]any{"plans": accepted, "notes": yes}))
	}
	if len(refused) > 0 {
		a.Messages = append(a.Messages, s.message("insurance.refused", map[string]any{"plans": refused, "notes": no, "uninsured": p.Uninsured}))
	}
	switch left := len(s.leftover()); {
	case len(a.Messages) > 0:
		return a
	case s.uninsuredAsked() && p.Uninsured:
		return s.known("insurance.uninsured", map[string]any{"payment": note(p.Payment)})
	case s.uninsuredAsked():
		return s.known("insurance.uninsured_no", nil)
	case left > 0 && s.namesSomething():
		// the list itself answers: it is not on it
		a := general(s.known("insurance.unlisted", nil))
		a.Staff = true
		return a
	}
	var all []string
	for _, plan := range p.Plans {
		if plan.Accepted {
			all = append(all, plan.Name)
		}
	}
	if len(all) == 0 {
		return s.unknown("insurance.none")
	}
	return general(s.known("insurance.list", map[string]any{"plans": all, "uninsured": p.Uninsured}))
}

// uninsuredAsked finds "without insurance", "sin seguro", "no tengo
// aseguranza".
func (s *scene) uninsuredAsked() bool {
	if s.has(asksUninsured) {
		return true
	}
	no := -1
	for i, t := range s.tokens {
		switch t.Surface {
		case "no", "without", "dont", "sin", "ningun", "ninguna", "w", "wout", "havent":
			no = i
		case "insurance", "insured", "seguro", "seguros", "aseguranza", "aseguransa", "coverage", "cobertura", "seguranza":
			if no >= 0 && i-no <= 4 {
				return true
			}
		}
	}
	return false
}

func services(s *scene) Answer {
	p := s.p
	if len(p.Services) == 0 {
		return s.unknown("services.none")
	}
	var offered, refused []clinic.Bilingual
	var yes, no []clinic.Bilingual
	walk, only := true, ""
	for i, h := range s.things() {
		service := p.Services[h.id]
		s.slots["service"] = service.ID
		switch {
		case i >= mostNamed:
		case service.Offered:
			offered = append(offered, service.Name)
			yes = notes(yes, service.Note)
			walk = walk && service.Walk
			only = ""
			if len(service.Location) == 1 && len(p.Location) > 1 && len(offered) == 1 {
				only = p.Place(service.Location[0]).Name
			}
		default:
			refused = append(refused, service.Name)
			no = notes(no, service.Note)
		}
	}
	a := Answer{Known: true}
	if len(offered) > 0 {
		where := any(nil)
		if only != "" {
			where = only
		}
		a.Messages = append(a.Messages, s.message("services.offered", map[string]any{"services": offered, "notes": yes, "walk": walk, "place": where}))
	}
	if len(refused) > 0 {
		a.Messages = append(a.Messages, s.message("services.not_offered", map[string]any{"services": refused, "notes": no}))
	}
	if len(a.Messages) > 0 {
		return s.withRole(a)
	}
	switch {
	case s.namesRole():
		return providers(s) // "do you have a pediatrician"
	case s.asksPlaces():
		return location(s) // "do you have another clinic"
	case len(s.leftover()) > 0:
		return general(s.unknown("services.unlisted"))
	}
	return general(s.serviceList())
}

// withRole adds the providers of a role that was named beside services:
// "tienen dentista y pediatra".
func (s *scene) withRole(a Answer) Answer {
	roles := s.index.roles.find(s.tokens)
	services := s.index.services.find(s.tokens)
	overlaps := func(r hit) bool {
		return slices.ContainsFunc(services, func(h hit) bool { return h.start < r.end && r.start < h.end })
	}
	if len(roles) > 0 && !slices.ContainsFunc(roles, overlaps) && joined[beside(s.tokens, roles[0].start, -1)] {
		if found, _ := s.filter(); len(found) > 0 {
			a.Messages = append(a.Messages, s.known("providers.found", map[string]any{"n": len(found), "providers": s.people(found)}).Messages...)
		}
	}
	return a
}

// mostListed is how many services a list names before "and more".
const mostListed = 12

func (s *scene) serviceList() Answer {
	var all []clinic.Bilingual
	more := false
	for _, service := range s.p.Services {
		switch {
		case !service.Offered:
		case len(all) == mostListed:
			more = true
		default:
			all = append(all, service.Name)
		}
	}
	return s.known("services.list", map[string]any{"services": all, "more": more})
}

func cost(s *scene) Answer {
	p := s.p
	if len(p.Prices) == 0 && p.Payment == (clinic.Bilingual{}) {
		return s.unknown("cost.none")
	}
	var named []clinic.Price
	for _, h := range s.index.prices.find(s.tokens) {
		if len(named) < mostNamed {
			named = append(named, p.Prices[h.id])
			s.slots["price"] = p.Prices[h.id].ID
		}
	}
	pays := (s.has(asksPayment) || s.littleByLittle() || s.has(asksToPay) && s.has(overTime)) && p.Payment != (clinic.Bilingual{})
	switch {
	case len(named) > 0:
		args := priceArgs(named, p.Payment)
		if len(named) == 1 && !pays {
			args["payment"] = nil
		}
		return s.known("cost.named", args)
	case pays:
		return s.known("cost.payment", map[string]any{"payment": p.Payment})
	case s.namesService():
		return s.priceOfService()
	case len(p.Prices) == 0:
		return s.unknown("cost.unlisted")
	}
	listed := p.Prices[:min(len(p.Prices), mostPrices)]
	args := priceArgs(listed, p.Payment)
	args["more"] = len(listed) < len(p.Prices)
	return general(s.known("cost.list", args))
}

// mostPrices is how many prices a list shows.
const mostPrices = 10

// priceOfService answers for a service without a published price: what is
// not offered has none.
func (s *scene) priceOfService() Answer {
	if a, ok := s.refusedService(); ok {
		return a
	}
	return s.unknown("cost.unlisted")
}

// refusedService is the answer for the first service named that the clinic
// publishes as not offered.
func (s *scene) refusedService() (Answer, bool) {
	for _, h := range s.index.services.find(s.tokens) {
		if service := s.p.Services[h.id]; !service.Offered {
			s.slots["service"] = service.ID
			return s.known("services.not_offered", map[string]any{"services": []clinic.Bilingual{service.Name}, "notes": notes(nil, service.Note)}), true
		}
	}
	return Answer{}, false
}

// namesService reports whether a service was named by more than words such as
// "kids", which only say whom the question is for.
func (s *scene) namesService() bool {
	return slices.ContainsFunc(s.index.services.find(s.tokens), func(h hit) bool { return !s.onlyWho(h) })
}

// PriceLine is one price in an answer.
type PriceLine struct {
	Name        clinic.Bilingual
	Cents, UpTo int
	Note        any
}

func priceArgs(prices []clinic.Price, payment clinic.Bilingual) map[string]any {
	var lines []PriceLine
	for _, p := range prices {
		lines = append(lines, PriceLine{p.Name, p.Cents, p.UpTo, note(p.Note)})
	}
	return map[string]any{"n": len(lines), "prices": lines, "payment": note(payment)}
}

func notes(all []clinic.Bilingual, b clinic.Bilingual) []clinic.Bilingual {
	if b == (clinic.Bilingual{}) {
		return all
	}
	return append(all, b)
}

// littleByLittle finds "poco a poco" and "de a poquito".
func (s *scene) littleByLittle() bool {
	for i, t := range s.tokens {
		before := beside(s.tokens, i, -1)
		if (t.Surface == "poco" || t.Surface == "poquito") && before == "a" || t.Surface == "pagando" && (before == "ir" || before == "ire") {
			return true
		}
	}
	return false
}
