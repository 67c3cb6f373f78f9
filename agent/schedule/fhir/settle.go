package fhir

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// lapsed reports whether a tentative Slot is Recado's and its hold is over, as
// far as the Slot says.
func (b *Book) lapsed(s slot) bool {
	return s.status == tentative && s.hold != "" && !b.now().Before(s.until)
}

// settle finds out what became of a lapsed Slot's hold and makes the Slot say
// so: it returns the Slot as it is then. A hold that is over is ended first,
// at its Appointment, so that nobody can book it any more.
func (b *Book) settle(ctx context.Context, s slot) (slot, error) {
	server, err := b.server(ctx)
	if err != nil {
		return s, err
	}
	all, err := b.ofHold(ctx, s.hold)
	if err != nil {
		return s, err
	}
	coming := slices.ContainsFunc(all, func(a appointment) bool { return a.agreed() && slices.Contains(a.slots, s.id) })
	for _, a := range all {
		if a.status != pending {
			continue
		}
		if !coming && b.now().Before(a.until) {
			return s, nil
		}
		if _, err := b.put(ctx, server, change{r: a.identified(cancelled)}); err != nil {
			return changed(s, nil, err)
		}
	}
	if coming {
		r, err := b.put(ctx, server, change{r: s.with(busy, s.hold, time.Time{})})
		return changed(s, r, err)
	}
	r, err := b.put(ctx, server, change{r: s.with(free, "", time.Time{})})
	return changed(s, r, err)
}

// changed is the Slot after an update. Where somebody else was faster it
// stays as it was read: not open.
func changed(s slot, r resource, err error) (slot, error) {
	switch {
	case taken(err):
		return s, nil
	case err != nil:
		return s, err
	}
	now, _ := slotOf(r)
	return now, nil
}

// ofHold are the Appointments made of a hold: those agreed on first, then
// pending ones.
func (b *Book) ofHold(ctx context.Context, hold string) ([]appointment, error) {
	return b.appointments(ctx, "identifier", token(holdSystem, hold))
}

// appointments searches Recado's Appointments.
func (b *Book) appointments(ctx context.Context, pairs ...string) ([]appointment, error) {
	found, err := b.client.search(ctx, "Appointment", values(append(pairs, "_count", "100")...))
	if err != nil {
		return nil, err
	}
	var all []appointment
	for _, r := range found {
		if a, ok := appointmentOf(r); ok {
			all = append(all, a)
		}
	}
	rank := func(a appointment) int {
		switch {
		case a.agreed():
			return 0
		case a.status == pending || a.status == proposed:
			return 1
		case a.ref != "":
			return 2
		}
		return 3
	}
	slices.SortStableFunc(all, func(a, b appointment) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.id, b.id))
	})
	return all, nil
}
