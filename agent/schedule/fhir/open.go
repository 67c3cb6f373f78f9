package fhir

import (
	"cmp"
	"context"
	"slices"
	"time"

	"recado/agent/schedule"
)

const (
	// A search looks at one stretch of the calendar after the other, each
	// twice as long, and ends with the one that has enough. Servers differ in
	// how they sort, so each is read whole.
	firstStretch = 24 * time.Hour
	maxStretch   = 8 * 24 * time.Hour
	// maxSettled is how many lapsed holds one search frees.
	maxSettled   = 8
	defaultLimit = 3
)

// Open returns open times in order. It frees holds that are over.
func (b *Book) Open(ctx context.Context, q schedule.Query) ([]schedule.Slot, error) {
	s, err := b.server(ctx)
	if err != nil {
		return nil, err
	}
	if s.operates() {
		return b.find(ctx, q)
	}
	if _, err := b.locking(ctx); err != nil {
		return nil, err
	}
	v := b.booking.Visit(q.Visit)
	all, err := b.calendars(ctx)
	if err != nil || v == nil || q.Seats > maxSeats {
		return nil, err
	}
	from, to := b.bounds(q)
	ids := b.giving(all, v, q)
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	var open []schedule.Slot
	settled := 0
	stretch := firstStretch
	for at, end := from, from; end.Before(to) && len(open) < limit && len(ids) > 0; at, stretch = end, min(2*stretch, maxStretch) {
		if end = at.Add(stretch); end.After(to) {
			end = to
		}
		// a run may reach over the end of its stretch
		list, err := b.slots(ctx, v, ids, at, end.Add(time.Duration(max(q.Seats, 1))*v.Length), free+","+tentative)
		if err != nil {
			return nil, err
		}
		byCalendar := map[string][]slot{}
		for _, s := range list {
			if s.status == tentative {
				if !b.lapsed(s) || settled == maxSettled {
					continue
				}
				settled++
				if s, err = b.settle(ctx, s); err != nil {
					return nil, err
				}
			}
			if s.status == free {
				byCalendar[s.calendar] = append(byCalendar[s.calendar], s)
			}
		}
		var found []schedule.Slot
		for id, list := range byCalendar {
			for i, s := range list {
				if !s.start.Before(end) || !b.within(s.start, q) {
					continue
				}
				if r, ok := joined(all[id], v, q.Seats, list[i:]); ok {
					found = append(found, r.offered(b.profile.Zone)[0])
				}
			}
		}
		slices.SortFunc(found, func(a, b schedule.Slot) int {
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Location, b.Location), cmp.Compare(a.ID, b.ID))
		})
		open = append(open, found...)
	}
	return open[:min(len(open), limit)], nil
}

// bounds are a query's within what may be booked.
func (b *Book) bounds(q schedule.Query) (from, to time.Time) {
	from, to = b.window()
	if q.From.After(from) {
		from = q.From
	}
	if !q.To.IsZero() && q.To.Before(to) {
		to = q.To
	}
	return from, to
}

// within reports whether a start is in the part of the day that is asked for.
func (b *Book) within(start time.Time, q schedule.Query) bool {
	if q.Part == [2]int{} {
		return true
	}
	wall := start.In(b.profile.Zone)
	minute := wall.Hour()*60 + wall.Minute()
	return minute >= q.Part[0] && minute < q.Part[1]
}
