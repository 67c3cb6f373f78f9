package answer

import (
	"time"

	"recado/agent/clinic"
)

// facts are the standard arguments that a profile settles; see
// locales.Standard.
var facts = []string{"clinic", "phone", "secure", "booking", "forms", "website"}

func factsOf(p *clinic.Profile) []any {
	return []any{p.Name, p.Phone, p.Links.Secure, p.Links.Booking, p.Links.Forms, p.Website}
}

// standard are the arguments that every text may use, with room for more.
func (x *index) standard(p *clinic.Profile, now time.Time, more int) map[string]any {
	args := make(map[string]any, len(facts)+5+more)
	for i, name := range facts {
		args[name] = x.facts[i]
	}
	now = now.In(p.Zone)
	o := x.openingAt(p, now)
	args["now"], args["open"], args["opens"] = now, o.open, o.opens
	args["closed_for"], args["closed_on"] = o.closedFor, o.closedOn
	return args
}
