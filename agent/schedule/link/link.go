// Package link is the appointment book of a clinic that books elsewhere: it
// offers no times and gives its link.
package link

import (
	"context"
	"fmt"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Book is such a book.
type Book struct{ url string }

var _ schedule.Schedule = Book{}

// New returns the book of a profile; its link may be empty.
func New(p *clinic.Profile) Book { return Book{p.Links.Booking} }

// Can implements schedule.Schedule: the link, and nothing else.
func (b Book) Can() schedule.Capabilities { return schedule.Capabilities{Link: b.url} }

// Open implements schedule.Schedule.
func (b Book) Open(ctx context.Context, _ schedule.Query) ([]schedule.Slot, error) {
	return nil, refuse(ctx, "find open times")
}

// Hold implements schedule.Schedule.
func (b Book) Hold(ctx context.Context, _ schedule.Owner, _ string, _ int) (schedule.Hold, error) {
	return schedule.Hold{}, refuse(ctx, "hold a time")
}

// Release implements schedule.Schedule: there is never a hold.
func (b Book) Release(ctx context.Context, _ schedule.Owner) error {
	return done(ctx, "release a hold")
}

// Book implements schedule.Schedule.
func (b Book) Book(ctx context.Context, _ schedule.Owner, _ string, _ bool) (schedule.Booking, error) {
	return schedule.Booking{}, refuse(ctx, "book a visit")
}

// Move implements schedule.Schedule.
func (b Book) Move(ctx context.Context, _ schedule.Owner, _, _ string) (schedule.Booking, error) {
	return schedule.Booking{}, refuse(ctx, "move a visit")
}

// Confirm implements schedule.Schedule.
func (b Book) Confirm(ctx context.Context, _ schedule.Owner, _ string) (schedule.Booking, error) {
	return schedule.Booking{}, refuse(ctx, "confirm a visit")
}

// Cancel implements schedule.Schedule.
func (b Book) Cancel(ctx context.Context, _ schedule.Owner, _ string) (schedule.Booking, error) {
	return schedule.Booking{}, refuse(ctx, "cancel a visit")
}

// Bookings implements schedule.Schedule: none is known.
func (b Book) Bookings(ctx context.Context, _ schedule.Owner) ([]schedule.Booking, error) {
	return nil, done(ctx, "list visits")
}

func refuse(ctx context.Context, doing string) error {
	if err := done(ctx, doing); err != nil {
		return err
	}
	return fmt.Errorf("%s: visits are booked at the clinic's link: %w", doing, schedule.ErrUnsupported)
}

func done(ctx context.Context, doing string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w: %w", doing, schedule.ErrUnavailable, context.Cause(ctx))
	}
	return nil
}
