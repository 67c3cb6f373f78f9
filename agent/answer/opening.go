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
	// closedFor is the clinic.Bilingual name of the first holiday, today or
	// before the next opening, on which no place opens, and closedOn its
	// clinic.Date; both nil without one.
	closedFor, closedOn any
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
	today := clinic.DateOf(now.In(p.Zone))
	midnight := today.AddDays(1).At(0, p.Zone) // then another day is today
	o := &opening{from: now, until: first, opens: moment(first)}
	if first.IsZero() || midnight.Before(first) {
		o.until = midnight
	}
	last := today
	if !first.IsZero() {
		last = clinic.DateOf(first.In(p.Zone))
	}
	for day := today; day.Compare(last) <= 0; day = day.AddDays(1) {
		if h := closedBy(p, day); h != nil {
			o.closedFor, o.closedOn = note(h.Name), day
			break
		}
	}
	return o
}

// closedBy is the holiday for which no place opens on a day; nil where one
// does, and on a day that is none.
func closedBy(p *clinic.Profile, day clinic.Date) *clinic.Holiday {
	var found *clinic.Holiday
	for i := range p.Location {
		hours := p.On(&p.Location[i], day)
		if len(hours.Intervals) > 0 {
			return nil
		}
		if found == nil && hours.Holiday != nil && hours.Holiday.Name != (clinic.Bilingual{}) {
			found = hours.Holiday
		}
	}
	return found
}
