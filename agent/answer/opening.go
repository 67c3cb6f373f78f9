package answer

import (
	"time"

	"recado/agent/clinic"
)

// opening is whether any place of a clinic is open and when the first one
// opens next, as it is from a moment on until another.
type opening struct {
	from, until time.Time
	open        bool
	opens       any // time.Time; nil while open or where unknown
}

// openingAt is the opening at now. The last one is kept: it takes a walk over
// the holidays of days to find, and holds for hours.
func (x *index) openingAt(p *clinic.Profile, now time.Time) *opening {
	if o := x.opening.Load(); o != nil && !now.Before(o.from) && now.Before(o.until) {
		return o
	}
	o := findOpening(p, now)
	x.opening.Store(o)
	return o
}

func findOpening(p *clinic.Profile, now time.Time) *opening {
	var first time.Time
	for i := range p.Location {
		s := p.Status(&p.Location[i], now)
		if s.Open {
			return &opening{from: now, until: s.Closes, open: true}
		}
		if !s.Opens.IsZero() && (first.IsZero() || s.Opens.Before(first)) {
			first = s.Opens
		}
	}
	return &opening{from: now, until: first, opens: moment(first)}
}
