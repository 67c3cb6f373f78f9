package answer

import (
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
	var yes, no []clinic.Bilingual
	for i, h := range s.index.plans.find(s.tokens) {
		plan := p.Plans[h.id]
		s.slots["plan"] = plan.Name
		switch {
		case i >= mostNamed:
		case plan.Accepted:
			accepted = append(accepted, plan.Name)
			yes = notes(yes, plan.Note)
		default:
			refused = append(refused, plan.Name)
			no = notes(no, plan.Note)
		}
	}
	a := Answer{Known: true}
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
		a := s.known("insurance.unlisted", nil)
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
	return s.known("insurance.list", map[string]any{"plans": all, "uninsured": p.Uninsured})
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
	for i, h := range s.index.services.find(s.tokens) {
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
		return a
	}
	if len(s.leftover()) > 0 {
		return s.unknown("services.unlisted")
	}
	return s.serviceList()
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
	pays := s.has(asksPayment) && p.Payment != (clinic.Bilingual{})
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
	return s.known("cost.list", args)
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
	for _, h := range s.index.services.find(s.tokens) {
		for _, t := range s.tokens[h.start:h.end] {
			if !filler[t.Surface] && !connector[t.Surface] {
				return true
			}
		}
	}
	return false
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
