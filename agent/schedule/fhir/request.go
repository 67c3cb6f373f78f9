package fhir

import (
	"context"
	"fmt"
	"slices"
	"time"

	"recado/agent/schedule"
)

// Request leaves staff a proposed Appointment: a kind of visit and when it
// would suit, for servers that let nobody else book. Where owner has asked for
// the same already it returns that. It is schedule.ErrUnsupported where the
// server takes no Appointments either.
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
		if a.owner == keyOf(owner) && a.status == proposed && a.visit == v.ID && a.seats == seats && a.ref != "" && a.end.After(b.now()) {
			return b.asBooking(a, all), nil
		}
	}
	a := b.request(owner, run{visit: v, seats: seats})
	a.isNew, a.changed, a.start, a.end = isNew, b.stamped(), from, to
	a.hold = ownerMark(owner) + digest(v.ID+stamp(a.changed))
	a.ref = refOf(a.hold)
	a.raw["requestedPeriod"] = []any{resource{"start": stamp(from), "end": stamp(to)}}
	if ids := b.giving(all, v, q); len(ids) == 1 || q.Provider != "" && len(ids) > 0 {
		participants := a.raw["participant"].([]any)
		for _, actor := range all[slices.Min(ids)].actors {
			actor = actor.clone()
			actor["status"] = "needs-action"
			participants = append(participants, actor)
		}
		a.raw["participant"] = participants
	}
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

// asked is when a request would suit.
func asked(r resource) (from, to time.Time) {
	for _, p := range r.children("requestedPeriod") {
		return p.time("start"), p.time("end")
	}
	return time.Time{}, time.Time{}
}
