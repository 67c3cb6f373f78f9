package clinic

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

func (f *file) locations(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			var l Location
			f.mapping(n, field, fields{
				"id":         f.slug(&l.ID),
				"name":       f.text(&l.Name),
				"aliases":    f.texts(&l.Aliases),
				"address":    f.text(&l.Address),
				"map":        f.link(&l.Map),
				"phone":      f.phone(&l.Phone),
				"directions": f.both(&l.Directions),
				"parking":    f.both(&l.Parking),
				"access":     f.both(&l.Access),
				"hours":      f.week(&l.Hours),
			}, "id", "name", "address", "hours")
			for _, other := range p.Location {
				if other.ID == l.ID && l.ID != "" {
					f.bad(n, field+".id", "%q is another location's id already; choose another", l.ID)
				}
			}
			f.named("location", l.Name, n, field, append([]string{l.Name}, l.Aliases...))
			p.Location = append(p.Location, l)
		})
	}
}

// place reads ids of locations, which are checked when all are known.
func (f *file) place(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.texts(to)(n, field)
		for _, id := range *to {
			f.places = append(f.places, reference{id, field, n.Line})
		}
	}
}

func (f *file) week(to *Week) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind != yaml.MappingNode {
			f.bad(n, field, "must hold hours by day, such as mon-fri: 8:00-17:00")
			return
		}
		var told [7]bool
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], deref(n.Content[i+1])
			path := join(field, key.Value)
			days, err := ParseDays(key.Value)
			if err != nil {
				f.bad(key, path, "%v", err)
				continue
			}
			intervals := f.hours(value, path)
			for _, w := range days {
				if told[w] {
					f.bad(key, path, "%s has hours already; keep one line for each day", w)
					continue
				}
				told[w] = true
				to[w] = intervals
			}
		}
	}
}

// hours reads the hours of one day: a line, or a list of shifts.
func (f *file) hours(n *yaml.Node, field string) []Interval {
	text := n.Value
	switch n.Kind {
	case yaml.SequenceNode:
		shifts := make([]string, 0, len(n.Content))
		for _, c := range n.Content {
			shifts = append(shifts, deref(c).Value)
		}
		text = strings.Join(shifts, ", ")
	case yaml.ScalarNode:
	default:
		f.bad(n, field, "must be hours such as 8:00-12:00, 13:00-17:30, or closed")
		return nil
	}
	intervals, err := ParseHours(text)
	if err != nil {
		f.bad(n, field, "%v", err)
	}
	return intervals
}

func (f *file) dayHours(to *[]Interval) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) { *to = f.hours(n, field) }
}

func (f *file) days(to *[]time.Weekday) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		var parts []string
		f.texts(&parts)(n, field)
		for _, part := range parts {
			days, err := ParseDays(part)
			if err != nil {
				f.bad(n, field, "%v", err)
			}
			*to = append(*to, days...)
		}
	}
}

func (f *file) holidays(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) { f.holiday(p, n, field) })
	}
}

// holiday reads one entry: named US holidays that share hours, or one of the
// clinic's own by date or rule.
func (f *file) holiday(p *Profile, n *yaml.Node, field string) {
	var h Holiday
	var us []string
	var at *yaml.Node
	rule := ""
	when := func(n *yaml.Node, field string) {
		if at != nil {
			f.bad(n, field, "says again when the holiday is; keep one of date and rule")
			return
		}
		at = n
		f.text(&rule)(n, field)
		r, err := ParseRule(rule)
		if err != nil {
			f.bad(n, field, "%v", err)
		}
		h.Rule = r
	}
	f.mapping(n, field, fields{
		"us":        f.texts(&us),
		"name":      f.both(&h.Name),
		"date":      when,
		"rule":      when,
		"hours":     f.dayHours(&h.Hours),
		"locations": f.place(&h.Locations),
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, key := range us {
		named, ok := FindUSHoliday(key)
		if !ok {
			known := make([]string, len(USHolidays))
			for i := range USHolidays {
				known[i] = USHolidays[i].Key
			}
			f.bad(n, field+".us", "%q is no US holiday; %s", key, suggest(key, known))
			continue
		}
		own := h
		own.Name, own.Rule = named.Name, named.Rule
		if h.Name.EN != "" {
			own.Name = h.Name
		}
		p.Holidays = append(p.Holidays, own)
	}
	switch {
	case len(us) > 0 && at != nil:
		f.bad(n, field, "has both us and a date of its own; make it two entries")
	case len(us) > 0:
	case at == nil:
		f.bad(n, field, "does not say when it is; add rule: december 24, or us: [thanksgiving]")
	case h.Name.EN == "" && !f.about(field+".name"):
		f.bad(n, field+".name", "is missing; add name: {en: ..., es: ...}")
	default:
		p.Holidays = append(p.Holidays, h)
	}
}

func (f *file) seasons(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			var s Season
			date := func(to *Date) func(*yaml.Node, string) {
				return func(n *yaml.Node, field string) {
					d, err := ParseDate(n.Value)
					if err != nil {
						f.bad(n, field, "%v", err)
					}
					*to = d
				}
			}
			f.mapping(n, field, fields{
				"name":      f.both(&s.Name),
				"from":      date(&s.From),
				"to":        date(&s.To),
				"hours":     f.week(&s.Hours),
				"locations": f.place(&s.Locations),
			}, "name", "from", "to", "hours")
			switch {
			case s.From.Month == 0 || s.To.Month == 0:
			case (s.From.Year == 0) != (s.To.Year == 0):
				f.bad(n, field, "has a year in only one of from and to; give it in both or in neither")
			case s.From.Year != 0 && s.To.Compare(s.From) < 0:
				f.bad(n, field, "ends before it starts; exchange from and to")
			}
			p.Seasons = append(p.Seasons, s)
		})
	}
}
