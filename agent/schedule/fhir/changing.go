package fhir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"recado/agent/schedule"
)

// claim is how much longer a hold lasts that is being moved to, so that it
// does not end in the middle.
const claim = time.Minute

// booked returns owner's booking of that reference, which may be cancelled.
func (b *Book) booked(ctx context.Context, owner schedule.Owner, ref string) (appointment, error) {
	all, err := b.appointments(ctx, "identifier", token(refSystem, ref))
	if err != nil {
		return appointment{}, err
	}
	for _, a := range all {
		if a.owner == keyOf(owner) && a.ref == ref && (a.status == cancelled || a.status == proposed || a.agreed()) {
			return a, nil
		}
	}
	return appointment{}, schedule.ErrNotFound
}

// alter decides about a booking, again where it changed meanwhile.
func (b *Book) alter(ctx context.Context, what string, owner schedule.Owner, ref string, decide func(*statement, *appointment) error) (schedule.Booking, error) {
	server, err := b.server(ctx)
	if err == nil && !server.locks() && !server.operates() {
		err = schedule.ErrUnsupported
	}
	for range maxTries {
		if err != nil {
			break
		}
		var a appointment
		if a, err = b.booked(ctx, owner, ref); err != nil {
			break
		}
		if err = decide(server, &a); err == nil {
			return b.told(ctx, a)
		}
		if taken(err) && !errors.Is(err, errGone) {
			err = nil
		}
	}
	if err == nil {
		err = fmt.Errorf("it keeps changing: %w", schedule.ErrUnavailable)
	}
	return schedule.Booking{}, fmt.Errorf("%s: %w", what, err)
}

// Confirm notes that the patient will come.
func (b *Book) Confirm(ctx context.Context, owner schedule.Owner, ref string) (schedule.Booking, error) {
	return b.alter(ctx, "confirm a booking", owner, ref, func(server *statement, a *appointment) error {
		switch {
		case a.status == cancelled || a.status == proposed:
			return schedule.ErrNotFound
		case a.coming:
			return nil
		case !a.start.After(b.now()):
			return schedule.ErrPast
		}
		*a = a.answered("accepted")
		a.changed = b.stamped()
		_, err := b.put(ctx, server, change{r: a.identified(a.status)})
		return err
	})
}

// Cancel frees the time.
func (b *Book) Cancel(ctx context.Context, owner schedule.Owner, ref string) (schedule.Booking, error) {
	return b.alter(ctx, "cancel a booking", owner, ref, func(server *statement, a *appointment) error {
		if a.status == cancelled {
			b.finish(ctx, server, *a)
			return nil
		}
		if a.status != proposed && !a.start.After(b.now()) {
			return schedule.ErrPast
		}
		slots, err := b.loosen(ctx, server, *a)
		if err != nil {
			return err
		}
		a.changed = b.stamped()
		r := a.identified(cancelled)
		a.status = cancelled
		return b.all(ctx, server, change{r: r}, freed(slots))
	})
}

// Move books the hold in place of the booking ref.
func (b *Book) Move(ctx context.Context, owner schedule.Owner, ref, hold string) (schedule.Booking, error) {
	return b.alter(ctx, "move a booking", owner, ref, func(server *statement, a *appointment) error {
		switch {
		case a.status == cancelled || a.status == proposed:
			return schedule.ErrNotFound
		case a.hold == hold: // it was moved already
			if server.operates() {
				return b.leave(ctx, server, *a)
			}
			b.finish(ctx, server, *a)
			return nil
		case !a.start.After(b.now()):
			return schedule.ErrPast
		}
		h, err := b.held(ctx, owner, hold)
		if err != nil {
			return err
		}
		if server.operates() && h.agreed() && h.ref == ref { // it was moved, and not left
			*a = h
			return b.leave(ctx, server, h)
		}
		if h.status != pending {
			return schedule.ErrNotFound
		}
		if !h.start.After(b.now()) {
			return schedule.ErrPast
		}
		if server.operates() {
			return b.moveOperation(ctx, server, a, h)
		}
		return b.move(ctx, server, a, h)
	})
}

// move gives a the times of h and ends h. The update of a decides.
func (b *Book) move(ctx context.Context, server *statement, a *appointment, h appointment) error {
	taking, err := b.marked(ctx, server, h)
	if err != nil {
		return err
	}
	if len(taking) != len(h.slots) {
		return errGone
	}
	if !server.atomic {
		h.until = h.until.Add(claim)
		r, err := b.put(ctx, server, change{r: h.identified(pending)})
		if err != nil {
			return err
		}
		h, _ = appointmentOf(r)
	}
	leaving, err := b.loosen(ctx, server, *a)
	if err != nil {
		return err
	}
	moved := a.like(h).answered("tentative")
	moved.changed = b.stamped()
	ended := h
	ended.ref = ""
	rest := append([]change{{r: ended.identified(cancelled)}}, kept(taking, h.hold)...)
	rest = append(rest, freed(leaving)...)
	if err := b.all(ctx, server, change{r: moved.identified(booked)}, rest); err != nil {
		return err
	}
	*a = moved
	return nil
}

// like returns a with the times, the place and the hold of h.
func (a appointment) like(h appointment) appointment {
	a.raw = a.raw.clone()
	for _, field := range []string{"start", "end", "slot", "serviceType", "appointmentType"} {
		if v, ok := h.raw[field]; ok {
			a.raw[field] = copied(v)
		} else {
			delete(a.raw, field)
		}
	}
	participants := []any{}
	for _, p := range h.raw.children("participant") {
		if p.has("actor") {
			participants = append(participants, copied(p))
		}
	}
	for _, p := range a.raw.children("participant") {
		if !place(p) {
			participants = append(participants, p)
		}
	}
	a.raw["participant"] = participants
	a.start, a.end, a.slots, a.status = h.start, h.end, h.slots, booked
	a.hold, a.until, a.visit, a.seats = h.hold, h.until, h.visit, h.seats
	return a
}

// loosen makes the Slots that a booking is about to leave tentative, so that
// a stop in the middle leaves them to be asked for, and returns them. Under a
// transaction it changes nothing.
func (b *Book) loosen(ctx context.Context, server *statement, a appointment) ([]slot, error) {
	slots, err := b.marked(ctx, server, a)
	if err != nil || server.atomic {
		return slots, err
	}
	for i, s := range slots {
		r, err := b.put(ctx, server, change{r: s.with(tentative, a.hold, b.now())})
		if err != nil {
			return nil, err
		}
		slots[i], _ = slotOf(r)
	}
	return slots, nil
}

func (b *Book) stamped() time.Time { return b.now().Truncate(time.Millisecond) }
