package clinic

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// What `booking` leaves out.
const (
	defaultNotice = 2 * time.Hour
	defaultAhead  = 60 * day
	defaultHold   = 10 * time.Minute
	defaultScopes = "system/Schedule.rs system/Slot.rsu system/Appointment.crus system/Practitioner.rs system/Location.rs"
)

// Limits of `booking`.
const (
	day          = 24 * time.Hour
	visitGrid    = 5 * time.Minute
	longestVisit = 8 * time.Hour
	// longestAhead is what the log of bookings keeps for sure.
	longestAhead = 365 * day
)

// WithDefaults is b with what was left out.
func (b Booking) WithDefaults() Booking {
	if b.Kind == "" {
		b.Kind = BookLink
	}
	if b.Notice == 0 {
		b.Notice = defaultNotice
	}
	if b.Ahead == 0 {
		b.Ahead = defaultAhead
	}
	if b.Hold == 0 {
		b.Hold = defaultHold
	}
	if b.FHIR.Scopes == "" {
		b.FHIR.Scopes = defaultScopes
	}
	return b
}

func (f *file) booking(to *Booking) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"kind":      f.bookKind(&to.Kind),
			"visits":    f.visits(to),
			"notice":    f.span(&to.Notice, time.Minute, 30*day),
			"ahead":     f.span(&to.Ahead, day, longestAhead),
			"hold":      f.span(&to.Hold, time.Minute, time.Hour),
			"reminders": f.truth(&to.Reminders),
			"fhir":      f.fhir(&to.FHIR),
		})
		*to = to.WithDefaults()
		if n.Kind != yaml.MappingNode {
			return
		}
		switch {
		case to.Kind == BookEmbedded && len(to.Visits) == 0 && !f.about(field+".visits"):
			f.bad(n, field+".visits", "is missing; with kind: embedded, add the visits that patients may book and how long each takes")
		case to.Kind == BookFHIR && to.FHIR.BaseURL == "" && !f.about(field+".fhir.base_url"):
			f.bad(n, field+".fhir.base_url", "is missing; with kind: fhir, add the address of the FHIR server")
		case to.Kind == BookFHIR && len(to.Visits) == 0 && !f.about(field+".visits"):
			f.bad(n, field+".visits", "is missing; with kind: fhir, add the visits that patients may book")
		}
		if to.Notice >= to.Ahead {
			f.bad(n, field+".notice", "is not before the end of what may be booked (ahead); no visit could be booked at all")
		}
		f.booked = field
	}
}

func (f *file) bookKind(to *BookKind) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		known := []string{string(BookLink), string(BookEmbedded), string(BookFHIR)}
		var s string
		f.text(&s)(n, field)
		if !contains(known, s) {
			f.bad(n, field, "%q is no kind of appointment book; %s", s, suggest(s, known))
			return
		}
		*to = BookKind(s)
	}
}

func (f *file) visits(b *Booking) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			var v Visit
			f.mapping(n, field, fields{
				"id":        f.slug(&v.ID),
				"name":      f.both(&v.Name),
				"aliases":   f.texts(&v.Aliases),
				"length":    f.visitLength(&v.Length),
				"new":       f.truth(&v.New),
				"providers": f.givers(&v.Providers),
			}, "id", "name", "length")
			for _, other := range b.Visits {
				if other.ID == v.ID && v.ID != "" {
					f.bad(n, field+".id", "%q is another visit's id already; choose another", v.ID)
				}
			}
			f.named("visit", v.ID, n, field, append([]string{v.Name.EN, v.Name.ES}, v.Aliases...))
			b.Visits = append(b.Visits, v)
		})
	}
}

func (f *file) visitLength(to *time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		before := len(f.problems)
		f.span(to, visitGrid, longestVisit)(n, field)
		if len(f.problems) == before && *to%visitGrid != 0 {
			f.bad(n, field, "must be a multiple of 5 minutes, such as 20 min")
		}
	}
}

// givers reads names of providers, which are checked when all are known.
func (f *file) givers(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.texts(to)(n, field)
		for _, name := range *to {
			f.people = append(f.people, reference{name, field, n.Line})
		}
	}
}

// server reads the address of a server: https, or http on this machine.
func (f *file) server(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		u, err := url.Parse(*to)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			f.bad(n, field, "is no address of a server; write it as https://fhir.example.org/r4, without a password or a question mark")
			return
		}
		ip := net.ParseIP(u.Hostname())
		here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
		if u.Scheme != "https" && (u.Scheme != "http" || !here) {
			f.bad(n, field, "must start with https://; http:// is for a server on this machine alone")
		}
	}
}

// span reads a length of time between two others.
func (f *file) span(to *time.Duration, least, most time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		d, err := ParseSpan(n.Value)
		switch {
		case err != nil:
			f.bad(n, field, "%v", err)
		case d < least || d > most:
			f.bad(n, field, "must be between %s and %s", spoken(least), spoken(most))
		default:
			*to = d
		}
	}
}

var (
	spanForm  = regexp.MustCompile(`^(\d{1,4})\s*([a-z]+)$`)
	spanUnits = map[string]time.Duration{
		"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
		"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
		"d": day, "day": day, "days": day, "w": 7 * day, "week": 7 * day, "weeks": 7 * day,
	}
)

// ParseSpan reads a length of time: 20 min, 2 hours, 60 days, 8 weeks.
func ParseSpan(s string) (time.Duration, error) {
	m := spanForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil || spanUnits[m[2]] == 0 {
		return 0, fmt.Errorf("%q is no length of time; write it as 20 min, 2 hours or 60 days", s)
	}
	count, _ := strconv.Atoi(m[1])
	return time.Duration(count) * spanUnits[m[2]], nil
}

// spoken is d as ParseSpan reads it.
func spoken(d time.Duration) string {
	unit, count := "min", d/time.Minute
	switch {
	case d%day == 0:
		unit, count = "day", d/day
	case d%time.Hour == 0:
		unit, count = "hour", d/time.Hour
	}
	if count != 1 && unit != "min" {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", count, unit)
}

// crossCheckBooking finds what is wrong between the visits and the rest.
func (f *file) crossCheckBooking(p *Profile) {
	var names []string
	for _, v := range p.Providers {
		names = append(names, v.Name)
	}
	for _, r := range f.people {
		if !contains(names, r.id) {
			f.problems = append(f.problems, Problem{File: f.name, Line: r.line, Field: r.field,
				Message: "unknown provider " + quote(r.id) + "; " + suggest(r.id, names) + " (write the name as under providers)"})
		}
	}
	f.crossCheckFHIR(p)
	if p.Booking.Kind == BookLink && f.booked != "" && p.Links.Booking == "" && len(p.Booking.Visits) > 0 {
		f.problems = append(f.problems, Problem{File: f.name, Field: f.booked + ".kind",
			Message: "is link, and links.booking is missing; add the link, or choose kind: embedded"})
	}
}
