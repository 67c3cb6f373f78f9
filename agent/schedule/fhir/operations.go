package fhir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"recado/agent/schedule"
)

// Servers that keep their Slots to themselves may offer the operations of the
// Argonaut Scheduling guide instead: Appointment/$find proposes Appointments,
// $hold keeps one, $book books it. Owner, hold and reference are then on the
// Appointment alone, written by conditional update. A hold there is one visit:
// several in a row are no operation.

// find asks the server for open times. It ends holds that are over.
func (b *Book) find(ctx context.Context, q schedule.Query) ([]schedule.Slot, error) {
	v := b.booking.Visit(q.Visit)
	all, err := b.calendars(ctx)
	if err != nil || v == nil || q.Seats > 1 {
		return nil, err
	}
	from, to := b.bounds(q)
	ids := b.giving(all, v, q)
	if !from.Before(to) || len(ids) == 0 {
		return nil, nil
	}
	if err := b.lapse(ctx); err != nil {
		return nil, err
	}
	ask := []any{
		resource{"name": "start", "valueDateTime": stamp(from)},
		resource{"name": "end", "valueDateTime": stamp(to)},
	}
	if code := b.booking.FHIR.Visits[v.ID]; code.ServiceType != "" {
		ask = append(ask, resource{"name": "visit-type", "valueCodeableConcept": concept(code.ServiceType)})
	}
	if len(ids) == 1 {
		for _, a := range all[ids[0]].actors {
			if reference := a.look("actor").text("reference"); strings.HasPrefix(reference, "Practitioner") {
				ask = append(ask, resource{"name": "practitioner", "valueUri": reference})
			}
		}
	}
	found, err := b.operation(ctx, "find", ask)
	if err != nil {
		return nil, err
	}
	var open []schedule.Slot
	for _, r := range found {
		start, end := r.time("start"), r.time("end")
		if a, ok := appointmentOf(r); ok && a.claimed(b.now()) {
			continue
		}
		if r.text("status") != proposed || !idForm.MatchString(r.id()) || start.Before(from) || !start.Before(to) || !end.After(start) || !b.within(start, q) {
			continue
		}
		if i := slices.IndexFunc(ids, func(id string) bool { return all[id].has(r) }); i >= 0 {
			c := all[ids[i]]
			open = append(open, schedule.Slot{
				ID: slotID(v.ID, r.id()), Visit: v.ID, Provider: c.provider, Location: c.location, Start: start.In(b.profile.Zone), End: end.In(b.profile.Zone),
			})
		}
	}
	slices.SortStableFunc(open, func(a, b schedule.Slot) int { return a.Start.Compare(b.Start) })
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	return open[:min(len(open), limit)], nil
}

// has reports whether an Appointment's clinician and place are the calendar's.
func (c calendar) has(appointment resource) bool {
	found := 0
	for _, p := range appointment.children("participant") {
		if !place(p) {
			continue
		}
		if !slices.ContainsFunc(c.actors, func(known resource) bool { return same(p.look("actor"), known.look("actor")) }) {
			return false
		}
		found++
	}
	return found > 0
}

// operation calls one of Appointment's and returns the Appointments of its
// answer: a Bundle, alone or within Parameters.
func (b *Book) operation(ctx context.Context, name string, parameters []any) ([]resource, error) {
	op := "Appointment/$" + name
	raw, err := json.Marshal(resource{"resourceType": "Parameters", "parameter": parameters})
	if err != nil {
		return nil, &Error{Op: op, kind: schedule.ErrUnavailable, cause: err}
	}
	got, err := b.client.write(ctx, request{op: op, method: http.MethodPost, url: b.client.address("Appointment/$"+name, nil), body: raw})
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Status == http.StatusUnprocessableEntity && e.Code == "business-rule" && name != "find" {
			e.kind = schedule.ErrTaken
		}
		return nil, err
	}
	var all []resource
	collect(got, &all)
	return all, nil
}

func collect(r resource, all *[]resource) {
	switch r.kind() {
	case "Appointment":
		*all = append(*all, r)
	case "Bundle":
		for _, e := range r.children("entry") {
			collect(e.look("resource"), all)
		}
	case "Parameters":
		for _, p := range r.children("parameter") {
			collect(p.look("resource"), all)
		}
	}
}

// lapse ends Recado's holds that are over.
func (b *Book) lapse(ctx context.Context) error {
	server, err := b.server(ctx)
	if err != nil {
		return err
	}
	all, err := b.appointments(ctx, "identifier", tokenEscape.Replace(holdSystem)+"|", "status", pending)
	if err != nil {
		return err
	}
	ended := 0
	for _, a := range all {
		if a.status != pending || b.now().Before(a.until) || ended == maxSettled {
			continue
		}
		ended++
		if _, err := b.put(ctx, server, change{r: a.identified(cancelled)}); err != nil && !taken(err) {
			return err
		}
	}
	return nil
}

// holdOperation keeps a proposed Appointment.
func (b *Book) holdOperation(ctx context.Context, owner schedule.Owner, id string, seats int) (schedule.Hold, error) {
	fail := func(err error) (schedule.Hold, error) {
		return schedule.Hold{}, fmt.Errorf("hold a time: %w", err)
	}
	visit, name, ok := visitSlot(id)
	v := b.booking.Visit(visit)
	switch {
	case !ok || v == nil:
		return fail(schedule.ErrNotFound)
	case seats > 1:
		return fail(schedule.ErrUnsupported)
	}
	server, err := b.server(ctx)
	if err != nil {
		return fail(err)
	}
	r, err := b.client.read(ctx, "read Appointment", b.client.address("Appointment/"+name, nil))
	if err != nil {
		return fail(err)
	}
	all, err := b.calendars(ctx)
	if err != nil {
		return fail(err)
	}
	a, _ := appointmentOf(r)
	mine := a.owner == keyOf(owner) && b.now().Before(a.until)
	from, _ := b.window()
	switch {
	case mine && a.status == pending:
		return schedule.Hold{ID: a.hold, Slots: b.asBooking(a, all).Slots, Expires: a.until}, nil
	case a.start.Before(from):
		return fail(schedule.ErrPast)
	case a.status != proposed || a.claimed(b.now()) && !mine:
		return fail(schedule.ErrTaken)
	}
	// whose it is is written first, so that a hold whose answer is lost is found
	status := pending
	if contains(server.operations, "hold") {
		status = proposed
	}
	if !mine {
		a.owner, a.visit, a.seats = keyOf(owner), v.ID, 1
		a.hold, a.until = ownerMark(owner)+digest(r.id()+"\x00"+r.version()), b.now().Add(b.booking.Hold).Truncate(time.Millisecond)
		a = a.answered("needs-action")
		if r, err = b.put(ctx, server, change{r: a.identified(status)}); err != nil {
			return fail(err)
		}
	}
	if status == proposed {
		got, err := b.operation(ctx, "hold", named(r.id()))
		if err != nil {
			return fail(err)
		}
		if len(got) != 1 || got[0].text("status") != pending {
			return fail(schedule.ErrTaken)
		}
		if now, ok := appointmentOf(got[0]); !ok || now.hold != a.hold { // another one, or what was ours is dropped
			a.raw, a.id = got[0], got[0].id()
			a = a.answered("needs-action")
			if _, err := b.put(ctx, server, change{r: a.identified(pending)}); err != nil {
				return fail(err)
			}
		}
	}
	if err := b.release(ctx, server, owner, a.hold); err != nil {
		return fail(err)
	}
	return schedule.Hold{ID: a.hold, Slots: b.asBooking(a, all).Slots, Expires: a.until}, nil
}

// claimed reports whether somebody is about to hold a proposed Appointment.
func (a appointment) claimed(now time.Time) bool { return a.owner != "" && now.Before(a.until) }

// named is an operation's parameter for an Appointment of the server.
func named(id string) []any {
	return []any{resource{"name": "appt-id", "valueUri": "Appointment/" + id}}
}

// bookOperation books a pending Appointment. Its reference is written first,
// so that what is booked always has one.
func (b *Book) bookOperation(ctx context.Context, server *statement, a *appointment) error {
	*a = a.answered("tentative")
	r, err := b.put(ctx, server, change{r: a.identified(pending)})
	if err != nil {
		return err
	}
	got, err := b.operation(ctx, "book", named(r.id()))
	if err != nil {
		return err
	}
	if len(got) != 1 || got[0].text("status") != booked {
		return errGone
	}
	a.status = booked
	now, ok := appointmentOf(got[0])
	if ok && now.ref == a.ref {
		a.raw = now.raw
		return nil
	}
	a.raw = got[0] // the server dropped our identifiers
	_, err = b.put(ctx, server, change{r: a.identified(booked)})
	return err
}

// moveOperation books h under a's reference and then cancels a.
func (b *Book) moveOperation(ctx context.Context, server *statement, a *appointment, h appointment) error {
	h.ref, h.isNew, h.changed = a.ref, a.isNew, b.stamped()
	if err := b.bookOperation(ctx, server, &h); err != nil {
		return err
	}
	*a = h
	return b.leave(ctx, server, h)
}

// leave cancels what a moved booking was before.
func (b *Book) leave(ctx context.Context, server *statement, moved appointment) error {
	all, err := b.appointments(ctx, "identifier", token(refSystem, moved.ref))
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.ref == "" || a.owner != moved.owner || a.hold == moved.hold || !a.agreed() {
			continue
		}
		a.ref = ""
		if _, err := b.put(ctx, server, change{r: a.identified(cancelled)}); err != nil {
			return err
		}
	}
	return nil
}
