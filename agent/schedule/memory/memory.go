// Package memory is an appointment book that lives as long as its process:
// for `recado chat`, and for tests of what talks to a book. It offers what the
// embedded book offers and forgets it in the end.
package memory

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"sync"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/slots"
)

// Book is a schedule.Schedule and a schedule.Day.
type Book struct {
	grid *slots.Grid
	link string
	now  func() time.Time

	mu       sync.Mutex
	made     int // holds, for their ids
	holds    map[schedule.Owner]held
	turns    map[schedule.Owner]uint64 // the latest that was seen
	bookings []entry                   // in the order they were made
}

type held struct {
	schedule.Hold
	seats int
}

type entry struct {
	schedule.Booking
	holds []string // it was made or moved with these
}

var (
	_ schedule.Schedule = (*Book)(nil)
	_ schedule.Day      = (*Book)(nil)
)

// New returns an empty book of a clinic. now is its clock.
func New(p *clinic.Profile, now func() time.Time) *Book {
	return &Book{grid: slots.New(p), link: p.Links.Booking, now: now, holds: map[schedule.Owner]held{}, turns: map[schedule.Owner]uint64{}}
}

// Can implements schedule.Schedule.
func (b *Book) Can() schedule.Capabilities {
	return schedule.Capabilities{Offers: true, Changes: true, Fences: true, Link: b.link}
}

// Open implements schedule.Schedule.
func (b *Book) Open(ctx context.Context, q schedule.Query) ([]schedule.Slot, error) {
	if ctx.Err() != nil {
		return nil, over(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	search := b.grid.Search(q, b.now())
	var found []schedule.Slot
	first, last, ok := search.Days()
	for d := first; ok && d.Compare(last) <= 0 && len(found) < search.Limit(); d = d.AddDays(1) {
		found = append(found, search.On(d, func(s schedule.Slot) bool { return b.taken(s, schedule.Owner{}, "") })...)
	}
	return found[:min(len(found), search.Limit())], nil
}

// enter begins a change that owner makes: it returns owner without their turn
// and holds the lock, which the caller gives back. Where the context has ended,
// or a later turn was seen, it returns the error alone.
func (b *Book) enter(ctx context.Context, owner schedule.Owner) (schedule.Owner, error) {
	if ctx.Err() != nil {
		return owner, over(ctx)
	}
	turn := owner.Turn
	owner.Turn = 0
	b.mu.Lock()
	if turn != 0 && turn < b.turns[owner] {
		b.mu.Unlock()
		return owner, schedule.ErrOvertaken
	}
	b.turns[owner] = max(b.turns[owner], turn)
	return owner, nil
}

// taken reports whether a slot overlaps a hold that is not owner's, or a
// booking other than ref.
func (b *Book) taken(s schedule.Slot, owner schedule.Owner, ref string) bool {
	clash := func(other schedule.Slot) bool {
		return slots.Resource(s.Provider, s.Location) == slots.Resource(other.Provider, other.Location) &&
			s.Start.Before(other.End) && other.Start.Before(s.End)
	}
	for o, h := range b.holds {
		if o != owner && h.Expires.After(b.now()) && slices.ContainsFunc(h.Slots, clash) {
			return true
		}
	}
	return slices.ContainsFunc(b.bookings, func(e entry) bool {
		return e.State != schedule.Cancelled && e.Ref != ref && slices.ContainsFunc(e.Slots, clash)
	})
}

// Hold implements schedule.Schedule.
func (b *Book) Hold(ctx context.Context, owner schedule.Owner, slot string, seats int) (schedule.Hold, error) {
	owner, err := b.enter(ctx, owner)
	if err != nil {
		return schedule.Hold{}, err
	}
	defer b.mu.Unlock()
	now := b.now()
	seats = max(seats, 1)
	if h, ok := b.holds[owner]; ok && h.Slots[0].ID == slot && h.seats == seats && h.Expires.After(now) {
		return h.Hold, nil
	}
	row, ok := b.grid.Find(slot, seats)
	if !ok {
		return schedule.Hold{}, schedule.ErrNotFound
	}
	if from, _ := b.grid.Window(now); row[0].Start.Before(from) {
		return schedule.Hold{}, schedule.ErrPast
	}
	mine := "" // the owner's booking of this very time, held again after a lost answer
	for _, e := range b.bookings {
		if e.Owner == owner && e.State != schedule.Cancelled && e.Slots[0].ID == slot {
			mine = e.Ref
		}
	}
	for _, s := range row {
		if b.taken(s, owner, mine) {
			return schedule.Hold{}, schedule.ErrTaken
		}
	}
	b.made++
	h := held{schedule.Hold{ID: fmt.Sprintf("h%d", b.made), Slots: row, Expires: now.Add(b.grid.Hold())}, seats}
	b.holds[owner] = h
	return h.Hold, nil
}

// Release implements schedule.Schedule.
func (b *Book) Release(ctx context.Context, owner schedule.Owner) error {
	owner, err := b.enter(ctx, owner)
	if err != nil {
		return err
	}
	defer b.mu.Unlock()
	delete(b.holds, owner)
	return nil
}

// Book implements schedule.Schedule.
func (b *Book) Book(ctx context.Context, owner schedule.Owner, hold string, isNew bool) (schedule.Booking, error) {
	owner, err := b.enter(ctx, owner)
	if err != nil {
		return schedule.Booking{}, err
	}
	defer b.mu.Unlock()
	if e := b.find(func(e *entry) bool { return e.Owner == owner && slices.Contains(e.holds, hold) }); e != nil {
		return e.Booking, nil
	}
	h, err := b.take(owner, hold)
	if err != nil {
		return schedule.Booking{}, err
	}
	if e := b.find(func(e *entry) bool {
		return e.Owner == owner && e.State != schedule.Cancelled && e.Slots[0].ID == h.Slots[0].ID
	}); e != nil {
		e.holds = append(e.holds, hold)
		return e.Booking, nil
	}
	e := entry{schedule.Booking{Ref: reference(hold), Slots: h.Slots, State: schedule.Booked, New: isNew, Booked: b.now(), Owner: owner}, []string{hold}}
	b.bookings = append(b.bookings, e)
	return e.Booking, nil
}

// take uses up the owner's hold.
func (b *Book) take(owner schedule.Owner, hold string) (held, error) {
	h, ok := b.holds[owner]
	switch {
	case !ok || h.ID != hold:
		return held{}, schedule.ErrNotFound
	case !h.Expires.After(b.now()):
		delete(b.holds, owner)
		return held{}, schedule.ErrExpired
	}
	delete(b.holds, owner)
	return h, nil
}

// Move implements schedule.Schedule.
func (b *Book) Move(ctx context.Context, owner schedule.Owner, ref, hold string) (schedule.Booking, error) {
	owner, err := b.enter(ctx, owner)
	if err != nil {
		return schedule.Booking{}, err
	}
	defer b.mu.Unlock()
	e := b.of(owner, ref)
	switch {
	case e == nil || e.State == schedule.Cancelled:
		return schedule.Booking{}, schedule.ErrNotFound
	case slices.Contains(e.holds, hold):
		return e.Booking, nil
	}
	h, err := b.take(owner, hold)
	if err != nil {
		return schedule.Booking{}, err
	}
	e.Slots, e.State, e.Booked = h.Slots, schedule.Booked, b.now()
	e.holds = append(e.holds, hold)
	return e.Booking, nil
}

// Confirm implements schedule.Schedule.
func (b *Book) Confirm(ctx context.Context, owner schedule.Owner, ref string) (schedule.Booking, error) {
	return b.change(ctx, owner, ref, func(e *entry) error {
		if e.State == schedule.Cancelled {
			return schedule.ErrNotFound
		}
		e.State = schedule.Confirmed
		return nil
	})
}

// Cancel implements schedule.Schedule.
func (b *Book) Cancel(ctx context.Context, owner schedule.Owner, ref string) (schedule.Booking, error) {
	return b.change(ctx, owner, ref, func(e *entry) error { e.State = schedule.Cancelled; return nil })
}

func (b *Book) change(ctx context.Context, owner schedule.Owner, ref string, to func(*entry) error) (schedule.Booking, error) {
	owner, err := b.enter(ctx, owner)
	if err != nil {
		return schedule.Booking{}, err
	}
	defer b.mu.Unlock()
	e := b.of(owner, ref)
	if e == nil {
		return schedule.Booking{}, schedule.ErrNotFound
	}
	if err := to(e); err != nil {
		return schedule.Booking{}, err
	}
	return e.Booking, nil
}

// Bookings implements schedule.Schedule.
func (b *Book) Bookings(ctx context.Context, owner schedule.Owner) ([]schedule.Booking, error) {
	if ctx.Err() != nil {
		return nil, over(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	owner.Turn = 0
	return b.list(func(e entry) bool {
		return e.Owner == owner && e.State != schedule.Cancelled && e.Slots[len(e.Slots)-1].End.After(b.now())
	}), nil
}

// Day implements schedule.Day.
func (b *Book) Day(_ context.Context, d clinic.Date) ([]schedule.Booking, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.list(func(e entry) bool { return clinic.DateOf(e.Start().In(b.grid.Zone())) == d }), nil
}

func (b *Book) list(wanted func(entry) bool) []schedule.Booking {
	var out []schedule.Booking
	for _, e := range b.bookings {
		if wanted(e) {
			out = append(out, e.Booking)
		}
	}
	slices.SortStableFunc(out, func(a, b schedule.Booking) int { return a.Start().Compare(b.Start()) })
	return out
}

func (b *Book) of(owner schedule.Owner, ref string) *entry {
	return b.find(func(e *entry) bool { return e.Owner == owner && e.Ref == ref })
}

func (b *Book) find(wanted func(*entry) bool) *entry {
	for i := range b.bookings {
		if wanted(&b.bookings[i]) {
			return &b.bookings[i]
		}
	}
	return nil
}

// over is what a call says whose context has ended.
func over(ctx context.Context) error {
	return fmt.Errorf("%w: %w", schedule.ErrUnavailable, context.Cause(ctx))
}

// letters are those of references: none that look alike.
var letters = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)

func reference(hold string) string {
	sum := sha256.Sum256([]byte(hold))
	return letters.EncodeToString(sum[:])[:6]
}
