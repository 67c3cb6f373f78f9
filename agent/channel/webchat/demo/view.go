package demo

import (
	"strings"
	"time"
	"unicode"

	"recado/agent/clinic"
)

// view is the page in one language.
type view struct {
	Lang, Other                string
	T                          map[string]string
	Chat, Key                  string
	Name, Phone, Dial, Booking string
	Open                       bool
	Status                     string
	Services, Plans, Bring     []string
	Doctors                    []doctor
	Places                     []place
	Payment                    string
	Year                       int
}

type doctor struct{ Name, Initials, Role, Speaks string }

type place struct {
	Name, Address, Map, Phone, Dial, Directions, Parking, Status string
	Open                                                         bool
	Week                                                         []line
}

// Most of a profile's lists is more than a front page shows.
const (
	mostServices = 8
	mostPlans    = 12
)

func (s *site) view(lang string) view {
	p, now, t := s.cfg.Profile(), s.cfg.Now(), texts[lang]
	v := view{
		Lang: lang, Other: map[string]string{"en": "es", "es": "en"}[lang], T: t, Chat: s.cfg.Chat, Key: s.cfg.Key,
		Name: p.Name, Phone: p.Phone, Dial: dial(p.Phone), Booking: p.Links.Booking, Payment: p.Payment.In(lang), Year: now.In(p.Zone).Year(),
	}
	if v.Key == "" {
		v.Key = p.ID
	}
	for _, x := range p.Services {
		if x.Offered && len(v.Services) < mostServices {
			v.Services = append(v.Services, capital(x.Name.In(lang)))
		}
	}
	for _, x := range p.Plans {
		if x.Accepted && len(v.Plans) < mostPlans {
			v.Plans = append(v.Plans, x.Name)
		}
	}
	for _, x := range p.FirstVisit.Bring {
		v.Bring = append(v.Bring, capital(x.In(lang)))
	}
	for i := range p.Providers {
		x := &p.Providers[i]
		var speaks []string
		for _, code := range x.Languages {
			speaks = append(speaks, clinic.LanguageName(code).In(lang))
		}
		name := x.Names().In(lang)
		v.Doctors = append(v.Doctors, doctor{name, initials(name), capital(x.Role.In(lang)), capital(strings.Join(speaks, " · "))})
	}
	for i := range p.Location {
		l := &p.Location[i]
		at := place{
			Name: l.Name, Address: l.Address, Map: l.Map, Phone: l.Phone, Directions: l.Directions.In(lang), Parking: l.Parking.In(lang),
			Week: week(p, l, now, lang),
		}
		if at.Phone == "" {
			at.Phone = p.Phone
		}
		at.Dial = dial(at.Phone)
		at.Open, at.Status = status(p, l, now, lang)
		if at.Open && !v.Open || v.Status == "" {
			v.Open, v.Status = at.Open, at.Name+": "+lowerFirst(at.Status)
		}
		v.Places = append(v.Places, at)
	}
	return v
}

// status is whether a place is open, and until when or from when.
func status(p *clinic.Profile, l *clinic.Location, now time.Time, lang string) (open bool, text string) {
	t, s := texts[lang], p.Status(l, now)
	at := func(x time.Time) string { x = x.In(p.Zone); return clock(x.Hour()*60+x.Minute(), lang) }
	switch {
	case s.Open && s.Closes.IsZero():
		return true, t["open"]
	case s.Open:
		return true, t["open_until"] + " " + at(s.Closes)
	case s.Opens.IsZero():
		return false, t["closed"]
	}
	day := dayNames[lang][s.Opens.In(p.Zone).Weekday()]
	switch clinic.DateOf(now.In(p.Zone)).DaysTo(clinic.DateOf(s.Opens.In(p.Zone))) {
	case 0:
		day = t["today"]
	case 1:
		day = t["tomorrow"]
	default:
		day = t["on"] + lower(day, lang)
	}
	return false, t["closed"] + ", " + t["opens"] + " " + day + " " + t["at"] + " " + at(s.Opens)
}

func initials(name string) string {
	out := ""
	for _, part := range strings.Fields(name) {
		first := []rune(part)[0]
		if strings.HasSuffix(part, ".") || !unicode.IsUpper(first) || part == strings.ToUpper(part) {
			continue
		}
		if out += string(first); len([]rune(out)) == 2 {
			break
		}
	}
	return out
}

func capital(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}

// dial is a US number for a tel: link.
func dial(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	if len(digits) == 10 {
		return "+1" + digits
	}
	return "+" + digits
}
