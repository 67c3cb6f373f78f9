package clinic

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (f *file) insurance(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"uninsured":    f.truth(&p.Uninsured),
			"accepted":     f.plans(p, true),
			"not_accepted": f.plans(p, false),
		})
	}
}

// plans reads a list of plans: a name each, or name with aliases and note.
func (f *file) plans(p *Profile, accepted bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			plan := Plan{Accepted: accepted}
			if n.Kind == yaml.ScalarNode {
				f.text(&plan.Name)(n, field)
			} else {
				f.mapping(n, field, fields{
					"name":    f.text(&plan.Name),
					"aliases": f.texts(&plan.Aliases),
					"note":    f.both(&plan.Note),
				}, "name")
			}
			f.named("plan", plan.Name, n, field, append([]string{plan.Name}, plan.Aliases...))
			p.Plans = append(p.Plans, plan)
		})
	}
}

func (f *file) services(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			s := Service{Offered: true}
			f.mapping(n, field, fields{
				"id":        f.slug(&s.ID),
				"name":      f.both(&s.Name),
				"aliases":   f.texts(&s.Aliases),
				"offered":   f.truth(&s.Offered),
				"walk_in":   f.truth(&s.Walk),
				"note":      f.both(&s.Note),
				"locations": f.place(&s.Location),
			}, "id", "name")
			if s.Walk && !s.Offered {
				f.bad(n, field+".walk_in", "is true for a service that is not offered; remove one of the two")
			}
			for _, other := range p.Services {
				if other.ID == s.ID && s.ID != "" {
					f.bad(n, field+".id", "%q is another service's id already; choose another", s.ID)
				}
			}
			f.named("service", s.ID, n, field, append([]string{s.Name.EN, s.Name.ES}, s.Aliases...))
			p.Services = append(p.Services, s)
		})
	}
}

func (f *file) providers(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			var v Provider
			f.mapping(n, field, fields{
				"name":         f.personName(&v),
				"aliases":      f.texts(&v.Aliases),
				"role":         f.both(&v.Role),
				"role_aliases": f.texts(&v.RoleAliases),
				"languages":    f.languages(&v.Languages),
				"gender": func(n *yaml.Node, field string) {
					f.text(&v.Gender)(n, field)
					if v.Gender != "female" && v.Gender != "male" {
						f.bad(n, field, "must be female or male, or left out")
					}
				},
				"accepting": f.truth(&v.Accepting),
				"days":      f.days(&v.Days),
				"locations": f.place(&v.Location),
			}, "name", "role", "accepting")
			f.named("provider", v.Name, n, field, append([]string{v.Name, v.NameES}, v.Aliases...))
			p.Providers = append(p.Providers, v)
		})
	}
}

// personName reads a name that is the same in both languages, or {en, es}.
func (f *file) personName(v *Provider) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind == yaml.ScalarNode {
			f.text(&v.Name)(n, field)
			return
		}
		var b Bilingual
		f.both(&b)(n, field)
		v.Name, v.NameES = b.EN, b.ES
	}
}

func (f *file) prices(p *Profile) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.list(n, field, func(n *yaml.Node, field string) {
			var price Price
			f.mapping(n, field, fields{
				"id":      f.slug(&price.ID),
				"name":    f.both(&price.Name),
				"aliases": f.texts(&price.Aliases),
				"price": func(n *yaml.Node, field string) {
					low, high, err := ParsePrice(n.Value)
					if err != nil {
						f.bad(n, field, "%v", err)
					}
					price.Cents, price.UpTo = low, high
				},
				"note": f.both(&price.Note),
			}, "id", "name", "price")
			for _, other := range p.Prices {
				if other.ID == price.ID && price.ID != "" {
					f.bad(n, field+".id", "%q is another price's id already; choose another", price.ID)
				}
			}
			f.named("price", price.ID, n, field, append([]string{price.Name.EN, price.Name.ES}, price.Aliases...))
			p.Prices = append(p.Prices, price)
		})
	}
}

var amount = regexp.MustCompile(`^\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,6})(\.\d{2})?$`)

// ParsePrice reads a price in dollars as cents: $45, 45.50, free, or a range
// $45-$90. upTo is 0 where it is no range.
func ParsePrice(s string) (cents, upTo int, err error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "free" || s == "gratis" {
		return 0, 0, nil
	}
	parts := intervalDash.Split(s, -1)
	if len(parts) > 2 {
		return 0, 0, fmt.Errorf("%q is no price; write it as $45, $45.50 or $45-$90", s)
	}
	var out [2]int
	for i, part := range parts {
		m := amount.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return 0, 0, fmt.Errorf("%q is no price; write it as $45, $45.50 or $45-$90", s)
		}
		dollars, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "")+m[2], 64)
		if err != nil {
			return 0, 0, fmt.Errorf("%q is no price; write it as $45", s)
		}
		out[i] = int(math.Round(dollars * 100))
	}
	if len(parts) == 2 && out[1] <= out[0] {
		return 0, 0, fmt.Errorf("%q ends below its start; write the lower price first", s)
	}
	return out[0], out[1], nil
}
