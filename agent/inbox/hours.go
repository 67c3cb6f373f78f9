package inbox

import (
	"slices"
	"time"

	"recado/agent/clinic"
)

// hoursHorizon is how many days ahead open time is looked for.
const hoursHorizon = 60

// OpenTime is the moment at which the clinic has been open for d since from,
// at any of its locations: split shifts, holidays, seasons and changes of the
// clock are counted as they are. Without a profile, or where the clinic does
// not open that much within 60 days, every hour counts.
func OpenTime(p *clinic.Profile, from time.Time, d time.Duration) time.Time {
	if p == nil || p.Zone == nil {
		return from.Add(d)
	}
	local := from.In(p.Zone)
	// Hours that began yesterday may go on over midnight only as today's own
	// first interval, so today is early enough.
	day := clinic.DateOf(local)
	for range hoursHorizon {
		for _, s := range openSpans(p, day) {
			if !s.end.After(from) {
				continue
			}
			begin := s.begin
			if begin.Before(from) {
				begin = from
			}
			if open := s.end.Sub(begin); open < d {
				d -= open
				continue
			}
			return begin.Add(d).In(from.Location())
		}
		day = day.AddDays(1)
	}
	return from.Add(d)
}

type span struct{ begin, end time.Time }

// openSpans are the times of a day in which at least one location is open, in
// order and apart.
func openSpans(p *clinic.Profile, day clinic.Date) []span {
	var all []span
	for i := range p.Location {
		for _, in := range p.On(&p.Location[i], day).Intervals {
			all = append(all, span{day.At(in.Open, p.Zone), day.At(in.Close, p.Zone)})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.begin.Compare(b.begin) })
	var joined []span
	for _, s := range all {
		if n := len(joined); n > 0 && !s.begin.After(joined[n-1].end) {
			if s.end.After(joined[n-1].end) {
				joined[n-1].end = s.end
			}
			continue
		}
		joined = append(joined, s)
	}
	return joined
}
