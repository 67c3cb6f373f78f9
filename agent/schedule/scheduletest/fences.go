package scheduletest

import (
	"testing"
	"time"

	"recado/agent/schedule"
)

// overtaken holds a book that fences to it: what a later turn has said is not
// undone by one that is behind.
func overtaken(t *testing.T, r Rig) {
	if !r.Schedule.Can().Fences {
		t.Skip("the book does not tell turns apart")
	}
	turn := func(n uint64) schedule.Owner {
		owner := r.Owner(1)
		owner.Turn = n
		return owner
	}
	ctx, s := t.Context(), r.Schedule
	slot := r.first(t)
	other := r.open(t, schedule.Query{From: slot.End})[0]

	early := r.hold(t, turn(5), slot.ID)
	if err := s.Release(ctx, turn(7)); err != nil {
		t.Fatalf("release: %v", err)
	}
	_, err := s.Book(ctx, turn(5), early.ID, false)
	want(t, err, schedule.ErrOvertaken)
	_, err = s.Hold(ctx, turn(5), slot.ID, 1)
	want(t, err, schedule.ErrOvertaken)
	if all := r.bookings(t, turn(5)); len(all) != 0 {
		t.Fatalf("booked %+v", all)
	}

	b := r.book(t, turn(8), slot.ID)
	if again := r.book(t, turn(8), slot.ID); again.Ref != b.Ref || b.Owner != r.Owner(1) {
		t.Errorf("the same turn booked %+v, then %+v", b, again)
	}
	hold := r.hold(t, turn(8), other.ID)
	want(t, s.Release(ctx, turn(7)), schedule.ErrOvertaken)
	if s.Can().Changes {
		_, err = s.Move(ctx, turn(7), b.Ref, hold.ID)
		want(t, err, schedule.ErrOvertaken)
		_, err = s.Confirm(ctx, turn(7), b.Ref)
		want(t, err, schedule.ErrOvertaken)
		_, err = s.Cancel(ctx, turn(7), b.Ref)
		want(t, err, schedule.ErrOvertaken)
		if moved, err := s.Move(ctx, turn(9), b.Ref, hold.ID); err != nil || moved.Slots[0].ID != other.ID {
			t.Errorf("the hold of the later turn was lost: %+v, %v", moved, err)
		}
	}
	if all := r.bookings(t, turn(1)); len(all) != 1 || all[0].Ref != b.Ref || all[0].State == schedule.Cancelled {
		t.Errorf("listed %+v", all)
	}
	later := r.open(t, schedule.Query{From: slot.End.Add(24 * time.Hour)})[0]
	r.hold(t, r.Owner(1), later.ID) // without a turn nothing is compared
}
