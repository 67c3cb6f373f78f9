package fhir

import (
	"context"
	"fmt"
	"slices"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Request implements schedule.Requester: it leaves staff a proposed Appointment,
// a kind of visit and when it would suit, for servers that let nobody else book.
// Where owner has asked for that kind already and staff have not answered, that
// request is returned, or changed to the new wish where the server lets it be.
func (b *Book) Request(ctx context.Context, owner schedule.Owner, q schedule.Query, isNew bool) (schedule.Booking, error) {
	fail := func(err error) (schedule.Booking, error) {
		return schedule.Booking{}, fmt.Errorf("ask staff for a time: %w", err)
	}
	server, err := b.server(ctx)
	if err != nil {
		return fail(err)
	}
	v := b.booking.Visit(q.Visit)
	switch {
	case !server.requests():
		return fail(schedule.ErrUnsupported)
	case v == nil:
		return fail(schedule.ErrNotFound)
	}
	from, to := b.bounds(q)
	if !from.Before(to) {
		return fail(schedule.ErrPast)
	}
	all, err := b.calendars(ctx)
	if err != nil {
		return fail(err)
	}
	known, err := b.appointments(ctx, "identifier", token(conversationSystem, keyOf(owner)), "status", proposed)
	if err != nil {
		return fail(err)
	}
	seats := min(max(q.Seats, 1), maxSeats)
	for _, a := range known {
		if a.owner != keyOf(owner) || a.status != proposed || a.visit != v.ID || a.seats != seats || a.ref == "" || !a.end.After(b.now()) {
			continue
		}
		if a.start.Equal(from) && a.end.Equal(to) {
			return b.asBooking(a, all), nil
		}
		if !contains(server.appointments, "update") {
			continue // a new one beside it
		}
		a.isNew, a.changed = isNew, b.stamped()
		a = a.wished(from, to, b.actorsFor(all, v, q))
		if _, err := b.put(ctx, server, change{r: a.identified(proposed)}); err != nil {
			return fail(err)
		}
		return b.asBooking(a, all), nil
	}
	a := b.request(owner, run{visit: v, seats: seats})
	a.isNew, a.changed = isNew, b.stamped()
	a.hold = ownerMark(owner) + digest(v.ID+stamp(a.changed))
	a.ref = refOf(a.hold)
	a = a.wished(from, to, b.actorsFor(all, v, q))
	a.status = proposed
	r, err := b.put(ctx, server, change{a.identified(proposed), values("identifier", token(holdSystem, a.hold))})
	if err != nil {
		return fail(err)
	}
	if made, ok := appointmentOf(r); ok {
		a.raw = made.raw
	}
	return b.asBooking(a, all), nil
}

// actorsFor are the clinician and the place of a wish, none where it leaves
// them open.
func (b *Book) actorsFor(all calendars, v *clinic.Visit, q schedule.Query) []resource {
	if ids := b.giving(all, v, q); len(ids) == 1 || q.Provider != "" && len(ids) > 0 {
		return all[slices.Min(ids)].actors
	}
	return nil
}

// wished is a with when it would suit, and with whom. Participants that staff
// have added stay.
func (a appointment) wished(from, to time.Time, actors []resource) appointment {
	a.raw = a.raw.clone()
	a.start, a.end = from, to
	a.raw["requestedPeriod"] = []any{resource{"start": stamp(from), "end": stamp(to)}}
	var participants []any
	for _, p := range a.raw.children("participant") {
		if !place(p) {
			participants = append(participants, p)
		}
	}
	for _, actor := range actors {
		actor = actor.clone()
		actor["status"] = "needs-action"
		participants = append(participants, actor)
	}
	a.raw["participant"] = participants
	return a
}

// asked is when a request would suit.
func asked(r resource) (from, to time.Time) {
	for _, p := range r.children("requestedPeriod") {
		return p.time("start"), p.time("end")
	}
	return time.Time{}, time.Time{}
}
