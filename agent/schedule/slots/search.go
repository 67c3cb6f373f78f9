package slots

import (
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// defaultLimit is how many times a query gets that names no number.
const defaultLimit = 3

// Search is a query made whole: its bounds lie within what may be booked.
type Search struct {
	grid *Grid
	q    schedule.Query
	from time.Time
	to   time.Time
}

// Search reads a query at now.
func (g *Grid) Search(q schedule.Query, now time.Time) Search {
	from, to := g.Window(now)
	if q.From.After(from) {
		from = q.From
	}
	if !q.To.IsZero() && q.To.Before(to) {
		to = q.To
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	return Search{g, q, from, to}
}

// Limit is how many times are wanted.
func (s Search) Limit() int { return s.q.Limit }

// Days are the first and the last day that can hold an answer; ok is false
// where none can.
func (s Search) Days() (first, last clinic.Date, ok bool) {
	if !s.from.Before(s.to) || s.grid.booking.Visit(s.q.Visit) == nil {
		return clinic.Date{}, clinic.Date{}, false
	}
	zone := s.grid.p.Zone
	return clinic.DateOf(s.from.In(zone)), clinic.DateOf(s.to.Add(-time.Nanosecond).In(zone)), true
}

// On returns the times of a day that answer the query, by start. taken says of
// a slot whether its time is gone.
func (s Search) On(d clinic.Date, taken func(schedule.Slot) bool) []schedule.Slot {
	var found []schedule.Slot
	day := s.grid.Day(s.q.Visit, d)
	for i, slot := range day {
		if !s.wants(slot) {
			continue
		}
		row, ok := Row(day[i:], s.q.Seats)
		for _, seat := range row {
			ok = ok && !taken(seat)
		}
		if ok {
			found = append(found, slot)
		}
	}
	return found
}

func (s Search) wants(slot schedule.Slot) bool {
	if slot.Start.Before(s.from) || !slot.Start.Before(s.to) ||
		s.q.Provider != "" && slot.Provider != s.q.Provider || s.q.Location != "" && slot.Location != s.q.Location {
		return false
	}
	if s.q.Part == [2]int{} {
		return true
	}
	wall := slot.Start.In(s.grid.p.Zone)
	minute := wall.Hour()*60 + wall.Minute()
	return minute >= s.q.Part[0] && minute < s.q.Part[1]
}
