package fhir

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"recado/agent/schedule"
)

// Book makes a booking of owner's hold.
func (b *Book) Book(ctx context.Context, owner schedule.Owner, hold string, isNew bool) (schedule.Booking, error) {
	fail := func(err error) (schedule.Booking, error) {
		return schedule.Booking{}, fmt.Errorf("book a time: %w", err)
	}
	server, err := b.server(ctx)
	if err != nil {
		return fail(err)
	}
	if !server.operates() {
		if _, err := b.locking(ctx); err != nil {
			return fail(err)
		}
	}
	for range maxTries {
		a, err := b.held(ctx, owner, hold)
		if err != nil {
			return fail(err)
		}
		if a.status != pending {
			b.finish(ctx, server, a)
			return b.told(ctx, a)
		}
		if !a.start.After(b.now()) {
			return fail(schedule.ErrPast)
		}
		a.ref, a.isNew, a.changed = refOf(a.hold), isNew, b.now().Truncate(time.Millisecond)
		if server.operates() {
			err = b.bookOperation(ctx, server, &a)
		} else {
			err = b.agree(ctx, server, &a)
		}
		if err == nil {
			return b.told(ctx, a)
		}
		if !taken(err) {
			return fail(err)
		}
	}
	return fail(schedule.ErrTaken)
}

// held returns what became of owner's hold: pending, or a booking, which may
// be cancelled.
func (b *Book) held(ctx context.Context, owner schedule.Owner, hold string) (appointment, error) {
	if hold == "" {
		return appointment{}, schedule.ErrNotFound
	}
	all, err := b.ofHold(ctx, hold)
	if err != nil {
		return appointment{}, err
	}
	for _, a := range all {
		if a.owner != keyOf(owner) || a.hold != hold {
			continue
		}
		if a.status != pending && a.ref != "" {
			return a, nil
		}
		if !b.now().Before(a.until) {
			return a, schedule.ErrExpired
		}
		if a.status == pending {
			return a, nil
		}
	}
	return appointment{}, schedule.ErrNotFound
}

// agree makes a pending Appointment booked and its Slots busy. The Appointment
// decides: from then on nobody frees the Slots.
func (b *Book) agree(ctx context.Context, server *statement, a *appointment) error {
	slots, err := b.marked(ctx, server, *a)
	if err != nil {
		return err
	}
	if len(slots) != len(a.slots) {
		return schedule.ErrTaken
	}
	*a = a.answered("tentative")
	a.status = booked
	return b.all(ctx, server, change{r: a.identified(booked)}, kept(slots, a.hold))
}

func kept(slots []slot, hold string) []change {
	all := make([]change, len(slots))
	for i, s := range slots {
		all[i] = change{r: s.with(busy, hold, time.Time{})}
	}
	return all
}

// finish sets right what an earlier call left to be done, as well as it can.
func (b *Book) finish(ctx context.Context, server *statement, a appointment) {
	if server.atomic || server.operates() {
		return
	}
	slots, err := b.marked(ctx, server, a)
	if err != nil {
		return
	}
	for _, s := range slots {
		if s.status == tentative {
			_, _ = b.settle(ctx, s)
		}
	}
}

// told is an Appointment as a booking in the profile's words.
func (b *Book) told(ctx context.Context, a appointment) (schedule.Booking, error) {
	all, err := b.calendars(ctx)
	if err != nil {
		return schedule.Booking{}, err
	}
	return b.asBooking(a, all), nil
}

// refLetters leaves out those that look or sound alike.
const refLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// refOf is the reference of a booking that is made of a hold: the same each
// time, so that a repeated call cannot make two.
func refOf(hold string) string {
	sum := sha256.Sum256([]byte("ref\x00" + hold))
	ref := make([]byte, 6)
	for i := range ref {
		n := int(sum[2*i])<<8 | int(sum[2*i+1])
		ref[i] = refLetters[n%len(refLetters)]
	}
	return string(ref)
}

// Bookings are owner's visits that are to come.
func (b *Book) Bookings(ctx context.Context, owner schedule.Owner) ([]schedule.Booking, error) {
	server, err := b.server(ctx)
	if err != nil || !contains(server.appointments, "search-type") {
		return nil, err
	}
	all, err := b.appointments(ctx, "identifier", token(conversationSystem, keyOf(owner)))
	if err != nil {
		return nil, fmt.Errorf("look up bookings: %w", err)
	}
	var list []schedule.Booking
	all, moved := newest(all)
	for _, a := range moved { // where a move stopped in the middle
		_ = b.leave(ctx, server, a)
	}
	for _, a := range all {
		open := a.agreed() || a.status == proposed
		if a.owner != keyOf(owner) || a.ref == "" || !open || !a.end.After(b.now()) {
			continue
		}
		booking, err := b.told(ctx, a)
		if err != nil {
			return nil, err
		}
		list = append(list, booking)
	}
	sortBookings(list)
	return list, nil
}

// newest leaves out Appointments that another one of the same reference was
// moved from, and returns those others as well.
func newest(all []appointment) (list, moved []appointment) {
	for _, a := range all {
		i := slices.IndexFunc(list, func(other appointment) bool { return other.ref == a.ref && other.agreed() && a.agreed() })
		switch {
		case i < 0 || a.ref == "":
			list = append(list, a)
			continue
		case a.changed.After(list[i].changed):
			list[i] = a
		}
		moved = append(moved, list[i])
	}
	return list, moved
}

func sortBookings(list []schedule.Booking) {
	slices.SortStableFunc(list, func(a, b schedule.Booking) int { return a.Start().Compare(b.Start()) })
}
