package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/slots"
)

// Log is where bookings are written; bus.BookLog is one.
type Log interface {
	// Latest returns the last page of a subject, with Seq 0 where there is none.
	Latest(ctx context.Context, subject string) (bus.Page, error)
	// Last returns the last page of every subject that the filters match, as
	// it is or was a moment ago.
	Last(ctx context.Context, filters ...string) ([]bus.Page, error)
	// Write stores all pages or none; see bus.BookLog.
	Write(ctx context.Context, pages ...bus.Page) error
}

// Config is what books of all clinics share.
type Config struct {
	Log Log // required
	// Redis has the holds. Required for all but reading what is booked.
	Redis redis.Scripter
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Timeout is how long one call may take altogether. Defaults to 5 s.
	Timeout time.Duration
}

// Book is the appointment book of one clinic under one profile. It keeps
// nothing in memory: make as many as you like, in any number of processes.
type Book struct {
	cfg    Config
	p      *clinic.Profile
	grid   *slots.Grid
	stride int // days that one search of the log reads
}

var (
	_ schedule.Schedule = (*Book)(nil)
	_ schedule.Day      = (*Book)(nil)
)

// New returns the book of a profile.
func New(cfg Config, p *clinic.Profile) *Book {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	// A day has a page for each provider or location, and a search a limit.
	stride := bus.MaxPages / 4 / (len(p.Providers) + len(p.Location) + 1)
	return &Book{cfg: cfg, p: p, grid: slots.New(p), stride: min(max(stride, 1), 14)}
}

// Can implements schedule.Schedule: all, and the clinic's link beside it.
func (b *Book) Can() schedule.Capabilities {
	return schedule.Capabilities{Offers: true, Changes: true, Fences: true, Link: b.p.Links.Booking}
}

// Open implements schedule.Schedule.
func (b *Book) Open(ctx context.Context, q schedule.Query) ([]schedule.Slot, error) {
	const doing = "find open times"
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	now := b.cfg.Now()
	search := b.grid.Search(q, now)
	first, last, ok := search.Days()
	if !ok {
		return nil, dead(ctx, doing)
	}
	held, err := b.held(ctx, now)
	if err != nil {
		return nil, unavailable(doing, err)
	}
	var found []schedule.Slot
	for first.Compare(last) <= 0 && len(found) < search.Limit() {
		end := first.AddDays(b.stride - 1)
		if end.Compare(last) > 0 {
			end = last
		}
		booked, err := b.days(ctx, first, end)
		if err != nil {
			return nil, unavailable(doing, err)
		}
		taken := func(s schedule.Slot) bool { return held.overlap(s) || booked.overlap(s) }
		for ; first.Compare(end) <= 0 && len(found) < search.Limit(); first = first.AddDays(1) {
			found = append(found, search.On(first, taken)...)
		}
	}
	return found[:min(len(found), search.Limit())], nil
}

// Bookings implements schedule.Schedule.
func (b *Book) Bookings(ctx context.Context, owner schedule.Owner) ([]schedule.Booking, error) {
	const doing = "list a patient's visits"
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	mine, err := b.list(ctx, owner)
	if err != nil {
		return nil, unavailable(doing, err)
	}
	var all []schedule.Booking
	for _, v := range mine.Visits {
		if v.State != schedule.Cancelled && v.end().After(b.cfg.Now()) {
			all = append(all, b.booking(v))
		}
	}
	sortByStart(all)
	return all, nil
}

// Day implements schedule.Day.
func (b *Book) Day(ctx context.Context, d clinic.Date) ([]schedule.Booking, error) {
	const doing = "read a day of the book"
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	pages, err := b.read(ctx, bus.BookDaySubject(b.p.ID, d.String(), "*"))
	if err != nil {
		return nil, unavailable(doing, err)
	}
	var all []schedule.Booking
	for _, p := range pages {
		for _, v := range p.Visits {
			all = append(all, b.booking(v))
		}
	}
	sortByStart(all)
	return all, nil
}

// change does what decide says as one atomic write, and asks again whenever
// somebody else wrote first. decide returns no pages where nothing is to be
// written.
func (b *Book) change(ctx context.Context, doing string, decide func(ctx context.Context) (visit, []*page, error)) (schedule.Booking, error) {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		v, pages, err := decide(ctx)
		switch {
		case err != nil && refusal(err):
			return schedule.Booking{}, fmt.Errorf("%s: %w", doing, err)
		case err != nil:
			return schedule.Booking{}, unavailable(doing, err)
		case len(pages) == 0:
			return b.booking(v), nil
		}
		err = b.write(ctx, pages)
		if err == nil {
			return b.booking(v), nil
		}
		if !errors.Is(err, bus.ErrConflict) {
			return schedule.Booking{}, unavailable(doing, err)
		}
		select {
		case <-time.After(time.Millisecond + rand.N(time.Millisecond<<min(attempt+1, 6))):
		case <-ctx.Done():
			return schedule.Booking{}, unavailable(doing, errors.Join(err, context.Cause(ctx)))
		}
	}
}

// refusal reports whether the book said no, which is no failure of it.
func refusal(err error) bool {
	for _, no := range []error{schedule.ErrTaken, schedule.ErrExpired, schedule.ErrNotFound, schedule.ErrPast, schedule.ErrOvertaken} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

func unavailable(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, schedule.ErrUnavailable, err)
}

// dead is the error of a context that is over.
func dead(ctx context.Context, doing string) error {
	if ctx.Err() != nil {
		return unavailable(doing, context.Cause(ctx))
	}
	return nil
}
