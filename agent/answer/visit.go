package answer

import "recado/agent/clinic"

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

func walkIns(s *scene) Answer {
	var can, cannot []clinic.Bilingual
	for i, h := range s.index.services.find(s.tokens) {
		service := s.p.Services[h.id]
		switch {
		case !service.Offered || i >= mostNamed:
		case service.Walk:
			can = append(can, service.Name)
		default:
			cannot = append(cannot, service.Name)
		}
	}
	switch {
	case len(can) > 0:
		return s.known("walk_ins.service", map[string]any{"services": can})
	case s.p.WalkIns.Accepted:
		return s.known("walk_ins.yes", map[string]any{"note": note(s.p.WalkIns.Note)})
	case len(cannot) > 0:
		return s.known("walk_ins.service_no", map[string]any{"services": cannot})
	}
	return s.known("walk_ins.no", map[string]any{"note": note(s.p.WalkIns.Note)})
}

func firstVisit(s *scene) Answer {
	v := s.p.FirstVisit
	if !v.NewPatients {
		return s.known("first_visit.full", nil)
	}
	return s.known("first_visit.welcome", map[string]any{"n": v.MinutesEarly, "bring": v.Bring})
}

func forms(s *scene) Answer {
	if s.p.Links.Forms != "" {
		return s.known("forms.link", nil)
	}
	return s.unknown("forms.none")
}
