package scheduletest

import (
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// changes skips the test of a book that changes nothing.
func changes(t *testing.T, r Rig) {
	t.Helper()
	if !r.Schedule.Can().Changes {
		t.Skip("the book changes nothing")
	}
}

func move(t *testing.T, r Rig) {
	changes(t, r)
	slot := r.first(t)
	b := r.book(t, r.Owner(1), slot.ID)
	later := r.open(t, schedule.Query{From: slot.End.Add(26 * time.Hour)})[0]
	h := r.hold(t, r.Owner(1), later.ID)
	for range 2 {
		moved, err := r.Schedule.Move(t.Context(), r.Owner(1), b.Ref, h.ID)
		if err != nil || moved.Ref != b.Ref || moved.Slots[0].ID != later.ID || moved.State == schedule.Cancelled {
			t.Fatalf("moved to %+v, %v", moved, err)
		}
	}
	if all := r.bookings(t, r.Owner(1)); len(all) != 1 || all[0].Ref != b.Ref || !all[0].Start().Equal(later.Start) {
		t.Errorf("listed %+v", all)
	}
	if !r.isOpen(t, slot) || r.isOpen(t, later) {
		t.Error("the old time is not open, or the new one is")
	}
	r.book(t, r.Owner(2), slot.ID)
}

func failedMove(t *testing.T, r Rig) {
	changes(t, r)
	slot := r.first(t)
	b := r.book(t, r.Owner(1), slot.ID)
	later := r.open(t, schedule.Query{From: slot.End})[0]
	h := r.hold(t, r.Owner(1), later.ID)
	r.Clock.Advance(r.Profile.Booking.Hold + time.Second)
	r.book(t, r.Owner(2), later.ID)
	_, err := r.Schedule.Move(t.Context(), r.Owner(1), b.Ref, h.ID)
	want(t, err, schedule.ErrExpired)
	_, err = r.Schedule.Move(t.Context(), r.Owner(1), b.Ref, "no such hold")
	want(t, err, schedule.ErrNotFound)
	if all := r.bookings(t, r.Owner(1)); len(all) != 1 || !all[0].Start().Equal(slot.Start) {
		t.Errorf("listed %+v", all)
	}
	free := r.open(t, schedule.Query{From: later.End})[0]
	_, err = r.Schedule.Move(t.Context(), r.Owner(1), "222222", r.hold(t, r.Owner(1), free.ID).ID)
	want(t, err, schedule.ErrNotFound)
}

func cancel(t *testing.T, r Rig) {
	changes(t, r)
	slot := r.first(t)
	b := r.book(t, r.Owner(1), slot.ID)
	for range 2 {
		if c, err := r.Schedule.Cancel(t.Context(), r.Owner(1), b.Ref); err != nil || c.State != schedule.Cancelled || c.Ref != b.Ref {
			t.Fatalf("cancelled %+v, %v", c, err)
		}
	}
	if all := r.bookings(t, r.Owner(1)); len(all) != 0 {
		t.Errorf("listed %+v", all)
	}
	_, err := r.Schedule.Confirm(t.Context(), r.Owner(1), b.Ref)
	want(t, err, schedule.ErrNotFound)
	later := r.open(t, schedule.Query{From: slot.End})[0]
	_, err = r.Schedule.Move(t.Context(), r.Owner(1), b.Ref, r.hold(t, r.Owner(1), later.ID).ID)
	want(t, err, schedule.ErrNotFound)
	if again := r.book(t, r.Owner(2), slot.ID); again.Ref == b.Ref {
		t.Error("another visit has the same reference")
	}
}

func confirm(t *testing.T, r Rig) {
	changes(t, r)
	b := r.book(t, r.Owner(1), r.first(t).ID)
	for range 2 {
		if c, err := r.Schedule.Confirm(t.Context(), r.Owner(1), b.Ref); err != nil || c.State != schedule.Confirmed || c.Ref != b.Ref {
			t.Fatalf("confirmed %+v, %v", c, err)
		}
	}
	if all := r.bookings(t, r.Owner(1)); len(all) != 1 || all[0].State != schedule.Confirmed {
		t.Errorf("listed %+v", all)
	}
}

func foreignBooking(t *testing.T, r Rig) {
	b := r.book(t, r.Owner(1), r.first(t).ID)
	if all := r.bookings(t, r.Owner(2)); len(all) != 0 {
		t.Errorf("another sees %+v", all)
	}
	changes(t, r)
	for _, owner := range []schedule.Owner{r.Owner(2), {Clinic: r.Profile.ID, Channel: "sms", Conversation: r.Owner(1).Conversation}} {
		_, err := r.Schedule.Cancel(t.Context(), owner, b.Ref)
		want(t, err, schedule.ErrNotFound)
		_, err = r.Schedule.Confirm(t.Context(), owner, b.Ref)
		want(t, err, schedule.ErrNotFound)
		h := r.hold(t, owner, r.open(t, schedule.Query{From: b.Slots[0].End})[0].ID)
		_, err = r.Schedule.Move(t.Context(), owner, b.Ref, h.ID)
		want(t, err, schedule.ErrNotFound)
	}
	if all := r.bookings(t, r.Owner(1)); len(all) != 1 || all[0].State == schedule.Cancelled {
		t.Errorf("listed %+v", all)
	}
}

func past(t *testing.T, r Rig) {
	slot := r.first(t)
	r.Clock.Advance(slot.Start.Sub(r.Clock.Now()) - r.Profile.Booking.Notice + time.Minute)
	if r.isOpen(t, slot) {
		t.Error("a time within the notice is open")
	}
	_, err := r.Schedule.Hold(t.Context(), r.Owner(1), slot.ID, 1)
	want(t, err, schedule.ErrPast)
	r.Clock.Advance(r.Profile.Booking.Notice)
	_, err = r.Schedule.Hold(t.Context(), r.Owner(1), slot.ID, 1)
	want(t, err, schedule.ErrPast)
	next := r.open(t, schedule.Query{From: slot.Start.Add(24 * time.Hour)})[0]
	r.book(t, r.Owner(1), next.ID)
	r.Clock.Advance(next.End.Sub(r.Clock.Now()) + time.Minute)
	if all := r.bookings(t, r.Owner(1)); len(all) != 0 {
		t.Errorf("a visit that is over is listed: %+v", all)
	}
}

func seats(t *testing.T, r Rig) {
	slot := r.first(t)
	h, err := r.Schedule.Hold(t.Context(), r.Owner(1), slot.ID, 2)
	if err != nil {
		t.Fatalf("hold: %v", err)
	}
	if len(h.Slots) != 2 || !h.Slots[1].Start.Equal(h.Slots[0].End) || h.Slots[0].Provider != h.Slots[1].Provider || h.Slots[0].Location != h.Slots[1].Location {
		t.Fatalf("the slots are %+v", h.Slots)
	}
	_, err = r.Schedule.Hold(t.Context(), r.Owner(2), h.Slots[1].ID, 1)
	want(t, err, schedule.ErrTaken)
	b, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, false)
	if err != nil || len(b.Slots) != 2 || b.Slots[1].ID != h.Slots[1].ID {
		t.Fatalf("booked %+v, %v", b, err)
	}
	if all := r.bookings(t, r.Owner(1)); len(all) != 1 || len(all[0].Slots) != 2 {
		t.Errorf("listed %+v", all)
	}
	if r.isOpen(t, b.Slots[0]) || r.isOpen(t, b.Slots[1]) {
		t.Error("a booked seat is open")
	}
	// The last time before a pause has none after it.
	morning := r.open(t, schedule.Query{Provider: slot.Provider, From: slot.Start.Add(24 * time.Hour), Part: [2]int{11*60 + 40, 12 * 60}})
	if len(morning) > 0 {
		if _, err := r.Schedule.Hold(t.Context(), r.Owner(2), morning[0].ID, 2); err == nil {
			t.Error("two in a row over a pause")
		}
	}
}

func overlap(t *testing.T, r Rig) {
	long := r.open(t, schedule.Query{Visit: NewVisit, From: r.Clock.Now().Add(24 * time.Hour)})[0]
	within := r.open(t, schedule.Query{From: long.Start, To: long.End, Provider: long.Provider})
	if len(within) != 2 {
		t.Fatalf("%d short visits within the long one", len(within))
	}
	h := r.hold(t, r.Owner(1), long.ID)
	for _, short := range within {
		if r.isOpen(t, short) {
			t.Error("a short visit within a held one is open")
		}
		_, err := r.Schedule.Hold(t.Context(), r.Owner(2), short.ID, 1)
		want(t, err, schedule.ErrTaken)
	}
	if _, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, true); err != nil {
		t.Fatal(err)
	}
	for _, short := range within {
		_, err := r.Schedule.Hold(t.Context(), r.Owner(2), short.ID, 1)
		want(t, err, schedule.ErrTaken)
	}
	// And the other way round.
	next := r.open(t, schedule.Query{Visit: NewVisit, From: long.End})[0]
	short := r.open(t, schedule.Query{From: next.Start.Add(time.Minute), To: next.End, Provider: next.Provider})[0]
	r.book(t, r.Owner(3), short.ID)
	_, err := r.Schedule.Hold(t.Context(), r.Owner(2), next.ID, 1)
	want(t, err, schedule.ErrTaken)
}

func day(t *testing.T, r Rig) {
	view, ok := r.Schedule.(schedule.Day)
	if !ok {
		t.Skip("the book shows no days")
	}
	slot := r.first(t)
	d := clinic.DateOf(slot.Start.In(r.Profile.Zone))
	second := r.open(t, schedule.Query{From: slot.End})[0]
	later := r.book(t, r.Owner(2), second.ID)
	first := r.book(t, r.Owner(1), slot.ID)
	if r.Schedule.Can().Changes {
		if _, err := r.Schedule.Cancel(t.Context(), r.Owner(2), later.Ref); err != nil {
			t.Fatal(err)
		}
		later.State = schedule.Cancelled
	}
	all, err := view.Day(t.Context(), d)
	if err != nil || len(all) != 2 || all[0].Ref != first.Ref || all[1].Ref != later.Ref || all[1].State != later.State {
		t.Errorf("the day is %+v, %v", all, err)
	}
	if all, err := view.Day(t.Context(), d.AddDays(1)); err != nil || len(all) != 0 {
		t.Errorf("the next day is %+v, %v", all, err)
	}
}
