package answer

import "recado/agent/clinic"

// Place is one location in an answer.
type Place struct {
	Name, Address, Phone string
	Map                  any // link or nil
	Parking, Access      any // clinic.Bilingual or nil
}

func place(l *clinic.Location) Place {
	p := Place{Name: l.Name, Address: l.Address, Phone: l.Phone, Parking: note(l.Parking), Access: note(l.Access)}
	if l.Map != "" {
		p.Map = l.Map
	}
	return p
}

func location(s *scene) Answer {
	places := s.allPlaces()
	if len(places) == 1 {
		l := places[0]
		args := map[string]any{"name": "", "address": l.Address, "directions": note(l.Directions), "map": place(l).Map}
		if len(s.p.Location) > 1 {
			args["name"] = l.Name
		}
		return s.known("location.one", args)
	}
	var out []Place
	for _, l := range places {
		out = append(out, place(l))
	}
	return s.known("location.places", map[string]any{"places": out})
}

func parking(s *scene) Answer {
	var out []Place
	for _, l := range s.allPlaces() {
		p := place(l)
		if s.has(asksAccess) && p.Access == nil {
			continue // the one thing that was asked is not published
		}
		if p.Parking != nil || p.Access != nil {
			out = append(out, p)
		}
	}
	switch {
	case len(out) == 0:
		return s.unknown("parking.none")
	case len(out) == 1:
		name := any(nil)
		if len(s.p.Location) > 1 {
			name = out[0].Name
		}
		return s.known("parking.one", map[string]any{"place": name, "parking": out[0].Parking, "access": out[0].Access})
	}
	return s.known("parking.places", map[string]any{"places": out})
}

func contact(s *scene) Answer {
	var out []Place
	for _, l := range s.allPlaces() {
		if l.Phone != "" && l.Phone != s.p.Phone {
			out = append(out, place(l))
		}
	}
	return s.known("contact.all", map[string]any{"places": out, "email": s.p.Email, "fax": s.p.Fax})
}
