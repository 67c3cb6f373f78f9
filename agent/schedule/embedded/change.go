package embedded

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"

	"recado/agent"
	"recado/agent/schedule"
)

// Book implements schedule.Schedule.
func (b *Book) Book(ctx context.Context, owner schedule.Owner, hold string, isNew bool) (schedule.Booking, error) {
	booked, err := b.change(ctx, "book a visit", func(ctx context.Context) (visit, []*page, error) {
		mine, err := b.mine(ctx, owner)
		if err != nil {
			return visit{}, nil, err
		}
		if done, ok := mine.find(byHold(hold)); ok {
			return done, nil, nil
		}
		row, day, err := b.redeem(ctx, owner, hold, "")
		if err != nil {
			return visit{}, nil, err
		}
		v := visit{
			Ref: reference(owner, hold, mine, day), Holds: []string{hold}, Channel: agent.Channel(owner.Channel), Patient: owner.Conversation,
			Slots: row, State: schedule.Booked, New: isNew, Changed: b.cfg.Now().UTC(),
		}
		return v, b.pages("book", v, mine, day), nil
	})
	return b.settled(ctx, owner, hold, booked, err)
}

// Move implements schedule.Schedule.
func (b *Book) Move(ctx context.Context, owner schedule.Owner, ref, hold string) (schedule.Booking, error) {
	moved, err := b.change(ctx, "move a visit", func(ctx context.Context) (visit, []*page, error) {
		mine, v, err := b.standing(ctx, owner, ref)
		if err != nil {
			return visit{}, nil, err
		}
		if done, used := mine.find(byHold(hold)); used {
			if done.Ref != ref {
				return visit{}, nil, schedule.ErrNotFound // it made another visit
			}
			return v, nil, nil
		}
		if !v.start().After(b.cfg.Now()) {
			return visit{}, nil, schedule.ErrPast
		}
		row, day, err := b.redeem(ctx, owner, hold, ref)
		if err != nil {
			return visit{}, nil, err
		}
		old, err := b.day(ctx, v.Slots)
		if err != nil {
			return visit{}, nil, err
		}
		v.Holds = append(v.Holds[max(0, len(v.Holds)+1-holdsOfVisit):len(v.Holds):len(v.Holds)], hold)
		v.Slots, v.State, v.Changed = row, schedule.Booked, b.cfg.Now().UTC()
		pages := b.pages("move", v, mine, day)
		if old.subject != day.subject {
			old.remove("move", ref)
			pages = append(pages, old)
		}
		return v, pages, nil
	})
	return b.settled(ctx, owner, hold, moved, err)
}

// Confirm implements schedule.Schedule.
func (b *Book) Confirm(ctx context.Context, owner schedule.Owner, ref string) (schedule.Booking, error) {
	return b.change(ctx, "confirm a visit", func(ctx context.Context) (visit, []*page, error) {
		mine, v, err := b.standing(ctx, owner, ref)
		if err != nil || v.State == schedule.Confirmed {
			return v, nil, err
		}
		return b.restate(ctx, "confirm", mine, v, schedule.Confirmed)
	})
}

// Cancel implements schedule.Schedule.
func (b *Book) Cancel(ctx context.Context, owner schedule.Owner, ref string) (schedule.Booking, error) {
	return b.change(ctx, "cancel a visit", func(ctx context.Context) (visit, []*page, error) {
		mine, err := b.mine(ctx, owner)
		if err != nil {
			return visit{}, nil, err
		}
		v, ok := mine.find(byRef(ref))
		switch {
		case !ok:
			return visit{}, nil, schedule.ErrNotFound
		case v.State == schedule.Cancelled:
			return v, nil, nil
		}
		return b.restate(ctx, "cancel", mine, v, schedule.Cancelled)
	})
}

// standing finds a visit of owner's that was not cancelled.
func (b *Book) standing(ctx context.Context, owner schedule.Owner, ref string) (*page, visit, error) {
	mine, err := b.mine(ctx, owner)
	if err != nil {
		return nil, visit{}, err
	}
	v, ok := mine.find(byRef(ref))
	if !ok || v.State == schedule.Cancelled {
		return nil, visit{}, schedule.ErrNotFound
	}
	return mine, v, nil
}

// restate gives a visit that has not begun another state.
func (b *Book) restate(ctx context.Context, did string, mine *page, v visit, to schedule.State) (visit, []*page, error) {
	if !v.start().After(b.cfg.Now()) {
		return visit{}, nil, schedule.ErrPast
	}
	day, err := b.day(ctx, v.Slots)
	if err != nil {
		return visit{}, nil, err
	}
	v.State, v.Changed = to, b.cfg.Now().UTC()
	return v, b.pages(did, v, mine, day), nil
}

// redeem finds the slots of a hold and the day they are on, and makes sure
// that they can be booked now. except is the visit that is moved away.
func (b *Book) redeem(ctx context.Context, owner schedule.Owner, hold, except string) ([]schedule.Slot, *page, error) {
	t, ok := readTicket(hold, owner)
	if !ok {
		return nil, nil, schedule.ErrNotFound
	}
	now := b.cfg.Now()
	if !t.expires.After(now) {
		return nil, nil, schedule.ErrExpired
	}
	row, ok := b.grid.Find(t.slot, t.seats)
	switch {
	case !ok:
		return nil, nil, schedule.ErrNotFound
	case !row[0].Start.After(now):
		return nil, nil, schedule.ErrPast
	}
	if err := b.claim(ctx, owner, t, row); err != nil {
		return nil, nil, err
	}
	day, err := b.day(ctx, row)
	if err != nil {
		return nil, nil, err
	}
	if _, taken := day.overlap(row, except); taken {
		return nil, nil, schedule.ErrTaken
	}
	return row, day, nil
}

// pages writes v into its patient's list and its day.
func (b *Book) pages(did string, v visit, mine, day *page) []*page {
	mine.put(did, v)
	day.put(did, v)
	mine.forget(cancelledOfOne)
	day.forget(cancelledOnDay)
	over := b.cfg.Now().Add(-overFor)
	mine.Visits = slices.DeleteFunc(mine.Visits, func(v visit) bool { return v.end().Before(over) })
	return []*page{day, mine}
}

// settled gives the hold back that a visit was made of, or that can make none.
// A hold that stays by a failure of Redis expires.
func (b *Book) settled(ctx context.Context, owner schedule.Owner, hold string, booked schedule.Booking, err error) (schedule.Booking, error) {
	if err == nil || refusal(err) && !errors.Is(err, schedule.ErrOvertaken) {
		_ = b.drop(ctx, owner, hold)
	}
	return booked, err
}

// letters of a reference: none looks like another, and none is a vowel, so
// that they spell no word.
const letters = "234679CDFGHJKMNPQRTVWXYZ"

// reference is the name of the visit that is made of a hold: the same whenever
// it is made.
func reference(owner schedule.Owner, hold string, taken ...*page) string {
	for salt := 0; ; salt++ {
		sum := sha256.Sum256([]byte(owner.Clinic + "\x00" + hold + "\x00" + strconv.Itoa(salt)))
		ref := make([]byte, 6)
		for i := range ref {
			ref[i] = letters[int(sum[i])%len(letters)]
		}
		used := false
		for _, p := range taken {
			_, is := p.find(byRef(string(ref)))
			used = used || is
		}
		if !used {
			return string(ref)
		}
	}
}
