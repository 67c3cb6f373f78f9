package fhir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/agent/schedule"
)

// maxTries is how often a change is decided anew because a resource had
// changed since it was read.
const maxTries = 4

// Hold keeps a slot and those after it for owner.
func (b *Book) Hold(ctx context.Context, owner schedule.Owner, id string, seats int) (schedule.Hold, error) {
	server, err := b.server(ctx)
	if err != nil {
		return schedule.Hold{}, err
	}
	if server.operates() {
		return b.holdOperation(ctx, owner, id, seats)
	}
	if _, err := b.locking(ctx); err != nil {
		return schedule.Hold{}, err
	}
	for range maxTries {
		r, err := b.runAt(ctx, id, seats)
		if err != nil {
			return schedule.Hold{}, fmt.Errorf("hold a time: %w", err)
		}
		h, err := b.take(ctx, server, owner, r)
		if !taken(err) || errors.Is(err, errGone) {
			return h, err
		}
	}
	return schedule.Hold{}, fmt.Errorf("hold a time: %w", schedule.ErrTaken)
}

// errGone is a time that somebody else has; trying again is no use.
var errGone = fmt.Errorf("hold a time: %w", schedule.ErrTaken)

func (b *Book) take(ctx context.Context, server *statement, owner schedule.Owner, r run) (schedule.Hold, error) {
	from, to := b.window()
	if r.start().Before(from) {
		return schedule.Hold{}, fmt.Errorf("hold a time: %w", schedule.ErrPast)
	}
	if !r.start().Before(to) {
		return schedule.Hold{}, fmt.Errorf("hold a time: %w", schedule.ErrNotFound)
	}
	if h, ok, err := b.kept(ctx, server, owner, r); ok || err != nil {
		return h, err
	}
	for i, s := range r.slots {
		var err error
		if b.lapsed(s) {
			if r.slots[i], err = b.settle(ctx, s); err != nil {
				return schedule.Hold{}, err
			}
		}
		mine := r.slots[i].status == tentative && strings.HasPrefix(r.slots[i].hold, ownerMark(owner))
		if r.slots[i].status != free && !mine {
			return schedule.Hold{}, errGone
		}
	}
	until := b.now().Add(b.booking.Hold).Truncate(time.Millisecond)
	a := b.request(owner, r).at(r)
	a.hold, a.until = holdID(owner, r), until
	if err := b.mark(ctx, server, r, a); err != nil {
		return schedule.Hold{}, err
	}
	if err := b.release(ctx, server, owner, a.hold); err != nil {
		return schedule.Hold{}, err
	}
	return schedule.Hold{ID: a.hold, Slots: r.offered(b.profile.Zone), Expires: until}, nil
}

// kept returns the hold that owner has of that run already. An Appointment
// that a crash kept from being written is written now.
func (b *Book) kept(ctx context.Context, server *statement, owner schedule.Owner, r run) (schedule.Hold, bool, error) {
	first := r.slots[0]
	for _, s := range r.slots {
		if s.status != tentative || s.hold != first.hold || !strings.HasPrefix(s.hold, ownerMark(owner)) || !b.now().Before(s.until) {
			return schedule.Hold{}, false, nil
		}
	}
	all, err := b.ofHold(ctx, first.hold)
	if err != nil {
		return schedule.Hold{}, false, err
	}
	h := schedule.Hold{ID: first.hold, Slots: r.offered(b.profile.Zone), Expires: first.until}
	if len(all) > 0 {
		a := all[0]
		if a.status != pending || !slices.Equal(a.slots, r.ids()) || a.visit != r.visit.ID || a.seats != r.seats {
			return schedule.Hold{}, false, nil
		}
		return h, true, b.release(ctx, server, owner, a.hold)
	}
	a := b.request(owner, r).at(r)
	a.hold, a.until = first.hold, first.until
	if _, err := b.put(ctx, server, change{a.identified(pending), values("identifier", token(holdSystem, a.hold))}); err != nil {
		return schedule.Hold{}, false, err
	}
	return h, true, b.release(ctx, server, owner, a.hold)
}

// request is an Appointment of nobody yet: the kind of visit and whose it is.
func (b *Book) request(owner schedule.Owner, r run) appointment {
	code := b.booking.FHIR.Visits[r.visit.ID]
	raw := resource{"resourceType": "Appointment"}
	if code.ServiceType != "" {
		raw["serviceType"] = []any{concept(code.ServiceType)}
	}
	if code.AppointmentType != "" {
		raw["appointmentType"] = concept(code.AppointmentType)
	}
	return appointment{raw: raw, owner: keyOf(owner), visit: r.visit.ID, seats: r.seats}.answered("needs-action")
}

// mark makes the run's Slots tentative and writes the hold's Appointment. The
// Slots are first: where that fails in the middle they are given back, and
// where the process ends they free themselves when the hold is over.
func (b *Book) mark(ctx context.Context, server *statement, r run, a appointment) error {
	once := change{a.identified(pending), values("identifier", token(holdSystem, a.hold))}
	if server.atomic {
		var all []change
		for _, s := range r.slots {
			all = append(all, change{r: s.with(tentative, a.hold, a.until)})
		}
		return b.together(ctx, append(all, once)...)
	}
	var done []slot
	for _, s := range r.slots {
		got, err := b.put(ctx, server, change{r: s.with(tentative, a.hold, a.until)})
		if err != nil {
			b.unmark(ctx, server, done)
			return err
		}
		now, _ := slotOf(got)
		if now.hold != a.hold {
			b.unmark(ctx, server, append(done, now))
			return &Error{Op: "update Slot", Code: "not-supported", kind: schedule.ErrUnsupported, cause: errors.New("the server does not keep Slot.identifier")}
		}
		done = append(done, now)
	}
	_, err := b.put(ctx, server, once)
	if err != nil && !unsure(err) {
		b.unmark(ctx, server, done)
	}
	return err
}

// unmark gives Slots back as well as it can; what is left frees itself.
func (b *Book) unmark(ctx context.Context, server *statement, slots []slot) {
	if len(slots) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.client.timeout)
	defer cancel()
	for _, s := range slots {
		_, _ = b.put(ctx, server, change{r: s.with(free, "", time.Time{})})
	}
}

// Release gives owner's hold back.
func (b *Book) Release(ctx context.Context, owner schedule.Owner) error {
	server, err := b.server(ctx)
	if err != nil {
		return err
	}
	if !server.locks() && !server.operates() {
		return nil // it has no holds
	}
	return b.release(ctx, server, owner, "")
}

// release ends owner's holds but one.
func (b *Book) release(ctx context.Context, server *statement, owner schedule.Owner, but string) error {
	all, err := b.appointments(ctx, "identifier", token(conversationSystem, keyOf(owner)), "status", pending)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.hold == but || a.status != pending || a.owner != keyOf(owner) {
			continue
		}
		if err := b.end(ctx, server, a); err != nil && !taken(err) {
			return fmt.Errorf("release a hold: %w", err)
		}
	}
	return nil
}

// end cancels a hold's Appointment and frees what is marked with it.
func (b *Book) end(ctx context.Context, server *statement, a appointment) error {
	slots, err := b.marked(ctx, server, a)
	if err != nil {
		return err
	}
	return b.all(ctx, server, change{r: a.identified(cancelled)}, freed(slots))
}

// marked are the Appointment's Slots that are still its own.
func (b *Book) marked(ctx context.Context, server *statement, a appointment) ([]slot, error) {
	if !server.locks() {
		return nil, nil
	}
	var all []slot
	for _, id := range a.slots {
		s, err := b.slot(ctx, id)
		if errors.Is(err, schedule.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if s.hold == a.hold && (s.status == tentative || s.status == busy) {
			all = append(all, s)
		}
	}
	return all, nil
}

func freed(slots []slot) []change {
	all := make([]change, len(slots))
	for i, s := range slots {
		all[i] = change{r: s.with(free, "", time.Time{})}
	}
	return all
}

// all writes the decisive change and those that follow from it. Without
// transactions what follows is done as far as it can be, Slots last: a
// tentative Slot is set right, with what else was left, by whoever meets it.
func (b *Book) all(ctx context.Context, server *statement, decisive change, rest []change) error {
	if server.atomic {
		return b.together(ctx, append([]change{decisive}, rest...)...)
	}
	if _, err := b.put(ctx, server, decisive); err != nil {
		return err
	}
	for _, c := range rest {
		if _, err := b.put(ctx, server, c); err != nil && !taken(err) {
			break
		}
	}
	return nil
}

// ownerMark begins the ids of an owner's holds; no one can tell the owner by
// it. holdID is the same for the same try, so that a repetition finds its own.
func ownerMark(o schedule.Owner) string { return digest(keyOf(o)) + "-" }

func holdID(o schedule.Owner, r run) string {
	parts := []string{keyOf(o), r.visit.ID, fmt.Sprint(r.seats)}
	for _, s := range r.slots {
		parts = append(parts, s.id, s.raw.version())
	}
	return ownerMark(o) + digest(strings.Join(parts, "\x00"))
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:10])
}
