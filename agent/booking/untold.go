package booking

import (
	"context"
	"errors"
	"slices"

	"recado/agent/schedule"
)

// Untold looks, for a turn of which nothing more is said about a visit, whether
// a run of it that was never committed booked or moved one. The patient was not
// told, and may never be: they stopped, or a person has the conversation. So
// staff are told, and nothing is undone, since the patient did choose it. The
// draft that follows is one that moves that visit: whatever is said next leads
// to a text that names it. t.Draft may have waited for too long.
//
// Where the book does not answer the draft stays, for the next turn to look.
func Untold(ctx context.Context, t Turn) Result {
	d := t.Draft
	if !d.Pending() {
		return Result{Draft: d}
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	s := &step{Turn: t, ctx: ctx, d: d.clone()}
	if d.Live(t.Now) == nil {
		s.d.Hold, s.d.Held = "", schedule.Slot{} // nobody waits for it
	}
	err := s.fence()
	if err == nil {
		_, err = s.bookings()
	}
	s.out.Draft = s.d
	switch {
	case errors.Is(err, schedule.ErrOvertaken):
		return Result{Overtaken: true, Told: s.out.Told}
	case err != nil:
		s.out.Staff, s.out.Why = true, MayBeBooked
		return s.out
	}
	for _, b := range s.mine {
		moved := b.Ref == d.Ref && d.Act == ActMove && d.From.ID != "" && b.Slots[0].ID != d.From.ID
		if !moved && (b.Ref == d.Ref || slices.Contains(d.Had, b.Ref)) {
			continue
		}
		s.d.Had = append(s.d.Had, b.Ref)
		s.d.Act, s.d.Ref, s.d.From = ActMove, b.Ref, b.Slots[0]
		if s.d.Back != "" {
			s.goBack()
			s.d.Choices, s.d.Titles = nil, nil // of the question that came between
		}
		s.tellVisits([]schedule.Booking{b})
		s.out.Note = append(s.out.Note, s.out.Messages...)
		s.out.Messages = nil
		s.out.Staff, s.out.Why = true, NotTold
	}
	return s.out
}

// Pending reports whether a run of a turn that was never committed may have
// changed the book: with d the patient's next words could.
func (d *Draft) Pending() bool { return d != nil && d.Counted && d.changes() }
