package scheduletest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Run runs the suite. make returns a new, empty rig for each test. What a book
// cannot do by its Capabilities, it must refuse.
func Run(t *testing.T, make func(t *testing.T) Rig) {
	tests := []struct {
		name string
		run  func(t *testing.T, r Rig)
	}{
		{"OpenTimesAreInOrderAndWithinHours", openTimes},
		{"AQueryIsAnsweredByItsWords", query},
		{"AHoldKeepsOthersOut", exclusive},
		{"AHoldMayBeAskedForAgain", repeatedHold},
		{"AnotherHoldReplacesTheFirst", replacedHold},
		{"AHoldIsGivenBack", release},
		{"AHoldExpires", expiry},
		{"AHoldIsBookedOnce", bookedOnce},
		{"AHoldOfAnotherBooksNothing", foreignHold},
		{"AMoveKeepsTheReferenceAndFreesTheTime", move},
		{"AMoveThatFailsChangesNothing", failedMove},
		{"ACancelledVisitFreesItsTime", cancel},
		{"AVisitIsConfirmed", confirm},
		{"NobodyTouchesAnothersVisit", foreignBooking},
		{"APastOrNearTimeIsRefused", past},
		{"TwoInARow", seats},
		{"ALongVisitTakesUpTheShortOnes", overlap},
		{"OfManyOneGetsTheTime", race},
		{"ATurnThatWasOvertakenChangesNothing", overtaken},
		{"StaffSeeTheDay", day},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := make(t)
			if !r.Schedule.Can().Offers {
				t.Skip("the book offers no times")
			}
			test.run(t, r)
		})
	}
	t.Run("WhatItCannotItRefuses", func(t *testing.T) { unsupported(t, make(t)) })
	t.Run("AContextThatIsOverIsNoAnswer", func(t *testing.T) { cancelled(t, make(t)) })
}

func (r Rig) open(t *testing.T, q schedule.Query) []schedule.Slot {
	t.Helper()
	if q.Visit == "" {
		q.Visit = FollowUp
	}
	if q.Limit == 0 {
		q.Limit = 10000
	}
	all, err := r.Schedule.Open(t.Context(), q)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return all
}

// first is an open time that others follow, some days ahead.
func (r Rig) first(t *testing.T) schedule.Slot {
	t.Helper()
	all := r.open(t, schedule.Query{From: r.Clock.Now().Add(24 * time.Hour), Provider: "Dr. Ana Sol"})
	if len(all) < 10 {
		t.Fatalf("%d open times", len(all))
	}
	return all[0]
}

func (r Rig) isOpen(t *testing.T, slot schedule.Slot) bool {
	t.Helper()
	return slices.ContainsFunc(r.open(t, schedule.Query{Visit: slot.Visit}), func(s schedule.Slot) bool { return s.ID == slot.ID })
}

func (r Rig) hold(t *testing.T, owner schedule.Owner, slot string) schedule.Hold {
	t.Helper()
	h, err := r.Schedule.Hold(t.Context(), owner, slot, 1)
	if err != nil {
		t.Fatalf("hold: %v", err)
	}
	return h
}

func (r Rig) book(t *testing.T, owner schedule.Owner, slot string) schedule.Booking {
	t.Helper()
	b, err := r.Schedule.Book(t.Context(), owner, r.hold(t, owner, slot).ID, false)
	if err != nil {
		t.Fatalf("book: %v", err)
	}
	return b
}

func (r Rig) bookings(t *testing.T, owner schedule.Owner) []schedule.Booking {
	t.Helper()
	all, err := r.Schedule.Bookings(t.Context(), owner)
	if err != nil {
		t.Fatalf("bookings: %v", err)
	}
	return all
}

func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("want %q, got %v", target, err)
	}
}

func openTimes(t *testing.T, r Rig) {
	for _, visit := range []string{FollowUp, NewVisit} {
		v := r.Profile.Booking.Visit(visit)
		all := r.open(t, schedule.Query{Visit: visit})
		if len(all) < 100 {
			t.Fatalf("%s: %d open times", visit, len(all))
		}
		from, to := r.Clock.Now().Add(r.Profile.Booking.Notice), r.Clock.Now().Add(r.Profile.Booking.Ahead)
		seen := map[string]bool{}
		for i, s := range all {
			d := clinic.DateOf(s.Start.In(r.Profile.Zone))
			inside := slices.ContainsFunc(r.Profile.On(r.Profile.Place(s.Location), d).Intervals, func(i clinic.Interval) bool {
				return !s.Start.Before(d.At(i.Open, r.Profile.Zone)) && !s.End.After(d.At(i.Close, r.Profile.Zone))
			})
			switch {
			case i > 0 && s.Start.Before(all[i-1].Start):
				t.Fatalf("%s comes after %s", s.Start, all[i-1].Start)
			case !inside:
				t.Fatalf("%s at %s is outside of the hours", s.Start, s.Location)
			case s.Start.Before(from) || !s.Start.Before(to):
				t.Fatalf("%s is not between notice and horizon", s.Start)
			case s.End.Sub(s.Start) != v.Length || s.Visit != visit:
				t.Fatalf("%s takes %s", s.Visit, s.End.Sub(s.Start))
			case seen[s.ID] || s.ID == "" || len(s.ID) > 128:
				t.Fatalf("the id %q is empty, long or another slot's", s.ID)
			case visit == NewVisit && s.Provider != "Dr. Ana Sol":
				t.Fatalf("%s takes no new patients", s.Provider)
			}
			seen[s.ID] = true
		}
	}
	if all := r.open(t, schedule.Query{Visit: "no_such_visit"}); len(all) > 0 {
		t.Errorf("a visit that there is not has %d times", len(all))
	}
}

func query(t *testing.T, r Rig) {
	if all, err := r.Schedule.Open(t.Context(), schedule.Query{Visit: FollowUp}); err != nil || len(all) != 3 {
		t.Errorf("without a limit: %d times, %v", len(all), err)
	}
	tuesday := clinic.Date{Year: 2026, Month: time.December, Day: 1}
	day := schedule.Query{From: tuesday.In(r.Profile.Zone), To: tuesday.AddDays(1).In(r.Profile.Zone)}
	for name, test := range map[string]struct {
		change func(*schedule.Query)
		count  int
	}{
		"the day":        {func(*schedule.Query) {}, 24 + 18},
		"a provider":     {func(q *schedule.Query) { q.Provider = "Dr. Luis Mar" }, 18},
		"a location":     {func(q *schedule.Query) { q.Location = "main" }, 24},
		"both":           {func(q *schedule.Query) { q.Location, q.Provider = "main", "Dr. Luis Mar" }, 0},
		"the afternoon":  {func(q *schedule.Query) { q.Part = [2]int{12 * 60, 24 * 60} }, 12 + 9},
		"one hour":       {func(q *schedule.Query) { q.Part, q.Location = [2]int{9 * 60, 10 * 60}, "main" }, 3},
		"until midday":   {func(q *schedule.Query) { q.To = tuesday.At(10*60, r.Profile.Zone) }, 6 + 3},
		"two in a row":   {func(q *schedule.Query) { q.Seats, q.Location = 2, "main" }, 22},
		"another day":    {func(q *schedule.Query) { q.From = q.To; q.To = q.To.Add(24 * time.Hour) }, 24},
		"nothing":        {func(q *schedule.Query) { q.To = q.From }, 0},
		"a past day":     {func(q *schedule.Query) { q.From, q.To = time.Unix(0, 0), r.Clock.Now() }, 0},
		"beyond the end": {func(q *schedule.Query) { q.From, q.To = r.Clock.Now().Add(31*24*time.Hour), time.Time{} }, 0},
	} {
		q := day
		test.change(&q)
		if all := r.open(t, q); len(all) != test.count {
			t.Errorf("%s: %d times, want %d", name, len(all), test.count)
		}
	}
}

func exclusive(t *testing.T, r Rig) {
	slot := r.first(t)
	h := r.hold(t, r.Owner(1), slot.ID)
	if len(h.Slots) != 1 || h.Slots[0].ID != slot.ID || !h.Slots[0].Start.Equal(slot.Start) || !h.Expires.Equal(r.Clock.Now().Add(r.Profile.Booking.Hold)) {
		t.Errorf("the hold is %+v", h)
	}
	_, err := r.Schedule.Hold(t.Context(), r.Owner(2), slot.ID, 1)
	want(t, err, schedule.ErrTaken)
	if r.isOpen(t, slot) {
		t.Error("a time that is held is open")
	}
	_, err = r.Schedule.Hold(t.Context(), r.Owner(1), "no.such.slot", 1)
	want(t, err, schedule.ErrNotFound)
}

func repeatedHold(t *testing.T, r Rig) {
	slot := r.first(t)
	first := r.hold(t, r.Owner(1), slot.ID)
	r.Clock.Advance(time.Minute)
	if again := r.hold(t, r.Owner(1), slot.ID); again.ID != first.ID || !again.Expires.Equal(first.Expires) {
		t.Errorf("the hold became %s until %s, was %s until %s", again.ID, again.Expires, first.ID, first.Expires)
	}
}

func replacedHold(t *testing.T, r Rig) {
	slot := r.first(t)
	first := r.hold(t, r.Owner(1), slot.ID)
	other := r.open(t, schedule.Query{From: slot.End})[0]
	second := r.hold(t, r.Owner(1), other.ID)
	if !r.isOpen(t, slot) {
		t.Error("the first time is not open again")
	}
	_, err := r.Schedule.Book(t.Context(), r.Owner(1), first.ID, false)
	want(t, err, schedule.ErrNotFound)
	if _, err := r.Schedule.Book(t.Context(), r.Owner(1), second.ID, false); err != nil {
		t.Errorf("the second hold: %v", err)
	}
}

func release(t *testing.T, r Rig) {
	slot := r.first(t)
	h := r.hold(t, r.Owner(1), slot.ID)
	for range 2 {
		if err := r.Schedule.Release(t.Context(), r.Owner(1)); err != nil {
			t.Errorf("release: %v", err)
		}
	}
	_, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, false)
	want(t, err, schedule.ErrNotFound)
	r.hold(t, r.Owner(2), slot.ID)
}

func expiry(t *testing.T, r Rig) {
	slot := r.first(t)
	h := r.hold(t, r.Owner(1), slot.ID)
	r.Clock.Advance(r.Profile.Booking.Hold + time.Second)
	if !r.isOpen(t, slot) {
		t.Error("the time is not open again")
	}
	_, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, false)
	want(t, err, schedule.ErrExpired)
	again := r.hold(t, r.Owner(1), slot.ID)
	if again.ID == h.ID || !again.Expires.After(h.Expires) {
		t.Errorf("the new hold is the old one")
	}
	r.Clock.Advance(r.Profile.Booking.Hold + time.Second)
	r.book(t, r.Owner(2), slot.ID)
	_, err = r.Schedule.Book(t.Context(), r.Owner(1), again.ID, false)
	want(t, err, schedule.ErrExpired)
}

func bookedOnce(t *testing.T, r Rig) {
	slot := r.first(t)
	h := r.hold(t, r.Owner(1), slot.ID)
	var refs []string
	for range 2 {
		b, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, true)
		if err != nil {
			t.Fatalf("book: %v", err)
		}
		if len(b.Ref) != 6 || b.State != schedule.Booked && b.State != schedule.Requested || !b.New || !b.Start().Equal(slot.Start) || b.Owner != r.Owner(1) {
			t.Errorf("the booking is %+v", b)
		}
		refs = append(refs, b.Ref)
	}
	all := r.bookings(t, r.Owner(1))
	if len(all) != 1 || all[0].Ref != refs[0] || refs[0] != refs[1] || all[0].Slots[0].ID != slot.ID || !all[0].New {
		t.Errorf("booked %v, listed %+v", refs, all)
	}
	if r.isOpen(t, slot) {
		t.Error("a time that is booked is open")
	}
	_, err := r.Schedule.Hold(t.Context(), r.Owner(2), slot.ID, 1)
	want(t, err, schedule.ErrTaken)
	r.Clock.Advance(r.Profile.Booking.Hold + time.Second)
	if b, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, true); err != nil || b.Ref != refs[0] {
		t.Errorf("after the hold's end: %+v, %v", b, err)
	}
}

func foreignHold(t *testing.T, r Rig) {
	h := r.hold(t, r.Owner(1), r.first(t).ID)
	for _, id := range []string{h.ID, "", "no such hold", h.ID + "0"} {
		_, err := r.Schedule.Book(t.Context(), r.Owner(2), id, false)
		want(t, err, schedule.ErrNotFound)
	}
	if all := r.bookings(t, r.Owner(2)); len(all) != 0 {
		t.Errorf("booked %+v", all)
	}
	if _, err := r.Schedule.Book(t.Context(), r.Owner(1), h.ID, false); err != nil {
		t.Errorf("the owner's own hold: %v", err)
	}
}

func race(t *testing.T, r Rig) {
	const patients = 20
	slot := r.first(t)
	errs := make([]error, patients)
	var wg sync.WaitGroup
	for i := range patients {
		wg.Go(func() {
			h, err := r.Schedule.Hold(t.Context(), r.Owner(i+1), slot.ID, 1)
			if err == nil {
				_, err = r.Schedule.Book(t.Context(), r.Owner(i+1), h.ID, false)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	booked := 0
	for _, err := range errs {
		if err == nil {
			booked++
		} else {
			want(t, err, schedule.ErrTaken)
		}
	}
	if booked != 1 {
		t.Errorf("%d booked one time", booked)
	}
}

func unsupported(t *testing.T, r Rig) {
	can := r.Schedule.Can()
	if !can.Offers {
		all, err := r.Schedule.Open(t.Context(), schedule.Query{Visit: FollowUp})
		want(t, err, schedule.ErrUnsupported)
		if len(all) > 0 {
			t.Errorf("it offers %d times", len(all))
		}
		_, err = r.Schedule.Hold(t.Context(), r.Owner(1), "a.slot", 1)
		want(t, err, schedule.ErrUnsupported)
		_, err = r.Schedule.Book(t.Context(), r.Owner(1), "a.hold", false)
		want(t, err, schedule.ErrUnsupported)
	}
	if !can.Changes {
		_, err := r.Schedule.Move(t.Context(), r.Owner(1), "ABCDEF", "a.hold")
		want(t, err, schedule.ErrUnsupported)
		_, err = r.Schedule.Confirm(t.Context(), r.Owner(1), "ABCDEF")
		want(t, err, schedule.ErrUnsupported)
		_, err = r.Schedule.Cancel(t.Context(), r.Owner(1), "ABCDEF")
		want(t, err, schedule.ErrUnsupported)
	}
	if err := r.Schedule.Release(t.Context(), r.Owner(1)); err != nil {
		t.Errorf("release without a hold: %v", err)
	}
	if all, err := r.Schedule.Bookings(t.Context(), r.Owner(1)); err != nil || len(all) > 0 {
		t.Errorf("visits of nobody: %v, %v", all, err)
	}
}

func cancelled(t *testing.T, r Rig) {
	slot := "a.slot"
	if r.Schedule.Can().Offers {
		slot = r.first(t).ID
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	owner := r.Owner(1)
	for name, call := range map[string]func() error{
		"open":     func() error { _, err := r.Schedule.Open(ctx, schedule.Query{Visit: FollowUp}); return err },
		"hold":     func() error { _, err := r.Schedule.Hold(ctx, owner, slot, 1); return err },
		"release":  func() error { return r.Schedule.Release(ctx, owner) },
		"book":     func() error { _, err := r.Schedule.Book(ctx, owner, "a.hold", false); return err },
		"move":     func() error { _, err := r.Schedule.Move(ctx, owner, "ABCDEF", "a.hold"); return err },
		"confirm":  func() error { _, err := r.Schedule.Confirm(ctx, owner, "ABCDEF"); return err },
		"cancel":   func() error { _, err := r.Schedule.Cancel(ctx, owner, "ABCDEF"); return err },
		"bookings": func() error { _, err := r.Schedule.Bookings(ctx, owner); return err },
	} {
		if err := call(); !errors.Is(err, schedule.ErrUnavailable) {
			t.Errorf("%s: want %q, got %v", name, schedule.ErrUnavailable, err)
		}
	}
}
