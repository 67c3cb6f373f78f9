package answer

import (
	"slices"
	"strings"
	"time"

	"recado/agent/clinic"
	"recado/agent/dates"
)

// Person is one provider in an answer.
type Person struct {
	Name      clinic.Bilingual
	Role      clinic.Bilingual
	Languages []string
	Days      []time.Weekday
	Places    []string // named only where the clinic has several
	Accepting bool
}

func (s *scene) person(v *clinic.Provider) Person {
	out := Person{Name: v.Names(), Role: v.Role, Languages: v.Languages, Days: v.Days, Accepting: v.Accepting}
	if len(s.p.Location) > 1 {
		for _, id := range v.Location {
			out.Places = append(out.Places, s.p.Place(id).Name)
		}
	}
	return out
}

func providers(s *scene) Answer {
	if len(s.p.Providers) == 0 {
		return s.unknown("providers.unpublished")
	}
	if named := s.index.providers.find(s.tokens); len(named) > 0 {
		s.slots["provider"] = s.p.Providers[named[0].id].Name
		if len(named) > 1 {
			return s.severalProviders(named)
		}
		return s.provider(&s.p.Providers[named[0].id])
	}
	if s.titled() {
		return s.notListed()
	}
	if len(s.index.roles.find(s.tokens)) == 0 {
		if a, ok := s.refusedService(); ok {
			return a // "tienen dentista": the clinic publishes that it has none
		}
		if s.namesService() && !s.has(asksWhom) {
			return services(s) // "is there a nutritionist"
		}
	}
	found, filtered := s.filter()
	day, onDay := s.oneDay()
	if onDay {
		if found = s.workingOn(found, day); len(found) == 0 {
			return s.onDay(day)
		}
	}
	switch {
	case filtered && len(found) == 0:
		return s.notListed()
	case s.asksAccepting():
		return s.accepting(found)
	case filtered || onDay:
		return s.known("providers.found", map[string]any{"n": len(found), "providers": s.people(found)})
	}
	return general(s.known("providers.list", map[string]any{"providers": s.people(found)}))
}

// oneDay is the date that was asked about, if it is one.
func (s *scene) oneDay() (clinic.Date, bool) {
	if len(s.mentions) == 0 || s.mentions[0].Kind != dates.Day || s.mentions[0].Every {
		return clinic.Date{}, false
	}
	return s.mentions[0].Day, true
}

// workingOn keeps the providers who usually see patients on a date, and whose
// place is open then.
func (s *scene) workingOn(found []*clinic.Provider, d clinic.Date) []*clinic.Provider {
	return slices.DeleteFunc(slices.Clone(found), func(v *clinic.Provider) bool {
		return len(v.Days) > 0 && !slices.Contains(v.Days, d.Weekday()) || !s.opensFor(v, d)
	})
}

// notListed answers by the list of providers itself, and asks staff, who may
// know of changes.
func (s *scene) notListed() Answer {
	a := s.known("providers.none", nil)
	a.Staff = true
	return a
}

// severalProviders answers about those who were named, by their usual days.
func (s *scene) severalProviders(named []hit) Answer {
	var out []*clinic.Provider
	for _, h := range named[:min(len(named), mostNamed)] {
		out = append(out, &s.p.Providers[h.id])
	}
	return s.known("providers.named", map[string]any{"providers": s.people(out)})
}

// provider answers about one person: on a day that was named, or in general.
func (s *scene) provider(v *clinic.Provider) Answer {
	one := s.person(v)
	args := map[string]any{"name": one.Name, "role": one.Role, "languages": one.Languages, "days": one.Days, "places": one.Places,
		"accepting": one.Accepting}
	for _, m := range s.mentions {
		if m.Kind != dates.Day || len(v.Days) == 0 {
			continue
		}
		args["date"], args["weekday"], args["every"], args["holiday"] = m.Day, m.Day.Weekday(), m.Every, nil
		if slices.Contains(v.Days, m.Day.Weekday()) && (m.Every || s.opensFor(v, m.Day)) {
			return s.known("providers.on_day", args)
		}
		if slices.Contains(v.Days, m.Day.Weekday()) {
			args["every"], args["holiday"] = false, s.holidayOf(v, m.Day)
		}
		return s.known("providers.off_day", args)
	}
	return s.known("providers.one", args)
}

// opensFor reports whether a place of the provider opens on that date.
func (s *scene) opensFor(v *clinic.Provider, d clinic.Date) bool {
	for i := range s.p.Location {
		l := &s.p.Location[i]
		if (len(v.Location) == 0 || slices.Contains(v.Location, l.ID)) && len(s.p.On(l, d).Intervals) > 0 {
			return true
		}
	}
	return false
}

// holidayOf is why the places of a provider are closed on a date, nil where
// it is no holiday.
func (s *scene) holidayOf(v *clinic.Provider, d clinic.Date) any {
	for i := range s.p.Location {
		l := &s.p.Location[i]
		if len(v.Location) == 0 || slices.Contains(v.Location, l.ID) {
			return holidayName(s.p.On(l, d).Holiday)
		}
	}
	return nil
}

// filter keeps the providers of the role, gender, language and place that
// were asked for, and reports whether any was.
func (s *scene) filter() (found []*clinic.Provider, filtered bool) {
	wanted := map[int]bool{}
	for _, h := range s.index.roles.find(s.tokens) {
		wanted[h.id] = true
	}
	gender := s.gender()
	spoken := s.spokenAsked()
	for i := range s.p.Providers {
		v := &s.p.Providers[i]
		switch {
		case len(wanted) > 0 && !wanted[i]:
		case gender != "" && v.Gender != gender:
		case len(spoken) > 0 && !slices.Contains(v.Languages, spoken[0]):
		case len(s.places) > 0 && len(v.Location) > 0 && !slices.Contains(v.Location, s.places[0].ID):
		default:
			found = append(found, v)
		}
	}
	return found, len(wanted) > 0 || gender != "" || len(spoken) > 0 || len(s.places) > 0
}

// gender is the one asked for. "Doctora" alone is a title as often as a
// wish.
func (s *scene) gender() string {
	for i, t := range s.tokens {
		switch {
		case t.Surface == "doctora" || t.Surface == "doctoras":
			if i == 0 || t.Surface == "doctoras" || s.tokens[i-1].Surface == "una" || s.tokens[i-1].Surface == "alguna" || s.tokens[i-1].Surface == "hay" {
				return "female"
			}
		case asksWoman[t.Surface]:
			return "female"
		case asksMan[t.Surface]:
			return "male"
		}
	}
	return ""
}

// titled reports whether somebody was asked for by title and a name that is
// not on the list. What follows a title may as well say more of the person
// ("doctora mujer", "doctor bilingüe") or begin anew.
func (s *scene) titled() bool {
	role := s.index.roles.find(s.tokens)
	for i, t := range s.tokens {
		switch t.Word {
		case "dr", "dra", "doctor", "doctora", "doc":
			next := beside(s.tokens, i, 1)
			if next == "" || filler[next] || connector[next] || everyday[next] || startsWithDigit(next) || s.comma(i) {
				continue
			}
			if word := s.tokens[i+1].Word; asksWoman[word] || asksMan[word] || who[word] || filler[word] || describes[word] ||
				(ordinary[next] || ordinary[word]) && !s.capital(i+1) ||
				slices.ContainsFunc(role, func(h hit) bool { return h.start <= i+1 && i+1 < h.end }) ||
				slices.ContainsFunc(s.mentions, func(m dates.Mention) bool { return m.Start <= i+1 && i+1 < m.End }) {
				continue
			}
			return true
		}
	}
	return false
}

// capital reports whether token i is written with one, in a text that is not
// all in capitals.
func (s *scene) capital(i int) bool {
	raw := s.Reading.Text.Raw
	at := s.tokens[i].Start
	return at < len(raw) && raw[at] >= 'A' && raw[at] <= 'Z' && raw != strings.ToUpper(raw)
}

// comma reports whether one stands behind token i.
func (s *scene) comma(i int) bool {
	raw := s.Reading.Text.Raw
	from := s.tokens[i].End
	return i+1 < len(s.tokens) && from < s.tokens[i+1].Start && s.tokens[i+1].Start <= len(raw) && strings.Contains(raw[from:s.tokens[i+1].Start], ",")
}

func startsWithDigit(w string) bool { return w[0] >= '0' && w[0] <= '9' }

func (s *scene) asksAccepting() bool {
	verb, patients := false, false
	for _, t := range s.tokens {
		verb = verb || asksNew[t.Surface]
		patients = patients || t.Surface == "patients" || t.Surface == "pacientes" || t.Surface == "patient" || t.Surface == "paciente"
	}
	return verb && patients
}

func (s *scene) accepting(found []*clinic.Provider) Answer {
	var names []clinic.Bilingual
	for _, v := range found {
		if v.Accepting {
			names = append(names, v.Names())
		}
	}
	if len(names) == 0 {
		return s.known("first_visit.full", nil)
	}
	return s.known("providers.accepting", map[string]any{"n": len(names), "names": names})
}

func (s *scene) people(found []*clinic.Provider) []Person {
	out := make([]Person, len(found))
	for i, v := range found {
		out[i] = s.person(v)
	}
	return out
}

// spokenAsked are the codes of the languages that were named.
func (s *scene) spokenAsked() []string {
	var codes []string
	for _, h := range s.index.languages.find(s.tokens) {
		codes = append(codes, clinic.SpokenLanguages[h.id].Code)
	}
	return codes
}

func languages(s *scene) Answer {
	asked := s.spokenAsked()
	if len(s.p.Providers) > 0 && (len(s.index.roles.find(s.tokens)) > 0 || len(s.index.providers.find(s.tokens)) > 0) {
		return providers(s) // "which pediatrician speaks Spanish"
	}
	if s.otherTongue() {
		a := s.known("languages.list", map[string]any{"languages": s.p.Languages})
		a.Staff = true
		return a
	}
	if len(asked) == 0 {
		return general(s.known("languages.list", map[string]any{"languages": s.p.Languages}))
	}
	if lacking := slices.DeleteFunc(slices.Clone(asked), func(c string) bool { return slices.Contains(s.p.Languages, c) }); len(lacking) > 0 {
		asked = lacking // what the desk speaks is told anyway
	}
	s.slots["language"] = asked[0]
	var names []clinic.Bilingual
	for i := range s.p.Providers {
		if speaks := s.p.Providers[i].Languages; !slices.ContainsFunc(asked, func(c string) bool { return !slices.Contains(speaks, c) }) {
			names = append(names, s.p.Providers[i].Names())
		}
	}
	args := map[string]any{"asked": asked, "languages": s.p.Languages, "providers": names, "n": len(names)}
	switch {
	case !slices.ContainsFunc(asked, func(c string) bool { return !slices.Contains(s.p.Languages, c) }):
		return s.known("languages.yes", args)
	case len(names) > 0:
		return s.known("languages.provider", args)
	}
	a := s.known("languages.no", args)
	a.Staff = true
	return a
}

// otherTongue reports whether somebody speaks what is no language of the
// list: "mi abuela habla q'anjob'al".
func (s *scene) otherTongue() bool {
	if s.Reading == nil {
		return false
	}
	all := s.Reading.Text.Tokens
	for i := range all {
		switch beside(all, i, -1) {
		case "habla", "hablan", "speak", "speaks":
			if w := all[i].Surface; !filler[w] && !connector[w] && !ordinary[w] && len(s.index.languages.find(all[i:i+1])) == 0 {
				return true
			}
		}
	}
	return false
}
