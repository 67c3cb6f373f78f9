package answer

import (
	"strings"

	"recado/agent/clinic"
)

// Place is one location in an answer.
type Place struct {
	Name, Address, Phone string
	Map                  any // link or nil
	Parking, Access      any // clinic.Bilingual or nil
	Directions           any // clinic.Bilingual; nil where they were not asked for
}

func place(l *clinic.Location) Place {
	p := Place{Name: l.Name, Address: l.Address, Phone: l.Phone, Parking: note(l.Parking), Access: note(l.Access)}
	if l.Map != "" {
		p.Map = l.Map
	}
	return p
}

// location answers where the clinic is; how one gets in without steps, where
// that was asked; and where a service is, where one was named.
func location(s *scene) Answer {
	switch {
	case s.has(asksAccess) && !s.has(asksAddress):
		return access(s)
	case s.has(asksAccess):
		a := access(s)
		where := address(s)
		a.Messages = append(where.Messages, a.Messages...)
		a.Known = true
		return a
	}
	a := address(s)
	if len(s.p.Location) > 1 && len(s.places) == 0 {
		if one, only := s.onlyAt(); only || one.Messages != nil && s.has(asksWhich) {
			a.Messages = append(one.Messages, a.Messages...)
		}
	}
	return a
}

// onlyAt is the answer for an offered service that was named, and whether one
// of several places alone has it.
func (s *scene) onlyAt() (a Answer, only bool) {
	for _, h := range s.index.services.find(s.tokens) {
		if service := s.p.Services[h.id]; service.Offered && !s.onlyWho(h) {
			return services(s), len(service.Location) == 1
		}
	}
	return Answer{}, false
}

func address(s *scene) Answer {
	places := s.allPlaces()
	near := s.near()
	if len(s.places) == 0 && s.has(asksBeside) {
		places = s.byLandmark(places)
	}
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
		p := place(l)
		if near {
			p.Directions = note(l.Directions)
		}
		out = append(out, p)
	}
	return s.known("location.places", map[string]any{"places": out})
}

// near reports whether the way or a landmark was asked for, which the
// directions tell.
func (s *scene) near() bool {
	for i, t := range s.tokens {
		if next := beside(s.tokens, i, 1); asksNear[t.Surface] || asksNear[t.Word] || t.Surface == "get" && (next == "to" || next == "there") {
			return true
		}
	}
	return false
}

// byLandmark keeps the places whose directions or address hold most of what
// the question names ("the one by the library"), all where none does.
func (s *scene) byLandmark(places []*clinic.Location) []*clinic.Location {
	most := 0
	var out []*clinic.Location
	for _, l := range places {
		words := map[string]bool{}
		for _, text := range []string{l.Address, l.Directions.EN, l.Directions.ES} {
			for _, w := range strings.Fields(clinic.Fold(text)) {
				words[w] = !connector[w] && !filler[w] && !asksNear[w] && !doorWords[w] && !placeNoun[w]
			}
		}
		n := 0
		for _, t := range s.tokens {
			if len(t.Surface) > 2 && (words[t.Surface] || words[t.Word]) && !startsWithDigit(t.Surface) {
				n++
			}
		}
		switch {
		case n == 0 || n < most:
		case n > most:
			most, out = n, []*clinic.Location{l}
		default:
			out = append(out, l)
		}
	}
	if most == 0 {
		return places
	}
	return out
}

// asksPlaces finds "how many offices", "do you have another clinic".
func (s *scene) asksPlaces() bool {
	for i, t := range s.tokens {
		if placeNoun[t.Surface] && t.Surface != "side" && t.Surface != "site" && t.Surface != "local" && t.Surface != "unidad" && t.Surface != "lado" {
			if w := beside(s.tokens, i, -1); countsPlaces[w] {
				return true
			}
			for k := range s.tokens {
				if other := s.tokens[k].Surface; (other == "otra" || other == "another") && k != i && len(s.leftover()) == 0 {
					return true
				}
			}
		}
	}
	return false
}

// access answers how one gets in with a wheelchair or a stroller.
func access(s *scene) Answer {
	var out []Place
	for _, l := range s.allPlaces() {
		if p := place(l); p.Access != nil {
			out = append(out, p)
		}
	}
	switch {
	case len(out) == 0:
		return s.unknown("access.none")
	case len(out) == 1:
		name := any(nil)
		if len(s.p.Location) > 1 {
			name = out[0].Name
		}
		return s.known("access.one", map[string]any{"place": name, "access": out[0].Access})
	}
	return s.known("access.places", map[string]any{"places": out})
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
	case len(out) == 0 && s.has(asksAccess):
		return s.unknown("access.none")
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
