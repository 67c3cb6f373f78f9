package fhir_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"recado/agent/schedule"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
)

func TestAServerThatBooksByOperations(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fhirtest.Options{
		"with $hold":    {Operations: true, NoConditional: true},
		"without $hold": {Operations: true, NoHold: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server, _ := rig(t, o, 3)
			s, one, two := r.Schedule, r.Owner(1), r.Owner(2)
			if can := s.Can(); !can.Offers || !can.Changes {
				t.Fatalf("it can %+v", can)
			}
			q := schedule.Query{Visit: scheduletest.FollowUp, Provider: "Dr. Ana Sol", From: r.Clock.Now().Add(20 * time.Hour), Limit: 99}
			open := func() []schedule.Slot {
				t.Helper()
				all, err := s.Open(t.Context(), q)
				if err != nil || len(all) < 20 {
					t.Fatalf("%d times, %v", len(all), err)
				}
				return all
			}
			first, second := open()[0], open()[1]
			if first.Provider != "Dr. Ana Sol" || first.Location != "main" || first.End.Sub(first.Start) != 20*time.Minute {
				t.Errorf("offered %+v", first)
			}
			hold := func(o schedule.Owner, slot string) schedule.Hold {
				t.Helper()
				h, err := s.Hold(t.Context(), o, slot, 1)
				if err != nil {
					t.Fatal(err)
				}
				return h
			}
			h := hold(one, first.ID)
			if again := hold(one, first.ID); again.ID != h.ID || !again.Expires.Equal(h.Expires) || again.Slots[0].ID != first.ID {
				t.Errorf("held %+v, then %+v", h, again)
			}
			_, err := s.Hold(t.Context(), two, first.ID, 1)
			want(t, err, schedule.ErrTaken)
			_, err = s.Hold(t.Context(), two, second.ID, 2)
			want(t, err, schedule.ErrUnsupported)
			_, err = s.Book(t.Context(), two, h.ID, false)
			want(t, err, schedule.ErrNotFound)
			// a hold that is over is open again
			r.Clock.Advance(r.Profile.Booking.Hold + time.Second)
			_, err = s.Book(t.Context(), one, h.ID, false)
			want(t, err, schedule.ErrExpired)
			if again := open()[0]; !again.Start.Equal(first.Start) {
				t.Errorf("open again: %+v", again)
			} else {
				first = again
			}
			var refs []string
			h = hold(one, first.ID)
			for range 2 {
				b, err := s.Book(t.Context(), one, h.ID, true)
				if err != nil || b.State != schedule.Booked || !b.New || !b.Start().Equal(first.Start) {
					t.Fatalf("booked %+v, %v", b, err)
				}
				refs = append(refs, b.Ref)
			}
			if refs[0] != refs[1] {
				t.Errorf("booked as %v", refs)
			}
			later := open()[3]
			h = hold(one, later.ID)
			for range 2 {
				b, err := s.Move(t.Context(), one, refs[0], h.ID)
				if err != nil || b.Ref != refs[0] || !b.Start().Equal(later.Start) || !b.New {
					t.Fatalf("moved to %+v, %v", b, err)
				}
			}
			if all, err := s.Bookings(t.Context(), one); err != nil || len(all) != 1 || !all[0].Start().Equal(later.Start) {
				t.Errorf("listed %+v, %v", all, err)
			}
			if again := open()[0]; !again.Start.Equal(first.Start) {
				t.Errorf("the first time is not open again: %+v", again)
			}
			if b, err := s.Confirm(t.Context(), one, refs[0]); err != nil || b.State != schedule.Confirmed {
				t.Errorf("confirmed %+v, %v", b, err)
			}
			for range 2 {
				if b, err := s.Cancel(t.Context(), one, refs[0]); err != nil || b.State != schedule.Cancelled {
					t.Errorf("cancelled %+v, %v", b, err)
				}
			}
			hold(two, open()[0].ID)
			if err := s.Release(t.Context(), two); err != nil {
				t.Error(err)
			}
			for _, c := range server.Calls() {
				if c.Method != "GET" && strings.HasPrefix(c.Path, "Slot") {
					t.Errorf("%s %s", c.Method, c.Path)
				}
			}
		})
	}
}

func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("want %q, got %v", target, err)
	}
}

func TestWhereNobodyElseBooksStaffAreAsked(t *testing.T) {
	t.Parallel()
	r, server, book := rig(t, fhirtest.Options{AppointmentsOnly: true}, 3)
	if can := book.Can(); can.Offers || can.Changes || !can.Requests || can.Link != "https://sol.example/book" {
		t.Errorf("it can %+v", can)
	}
	from := r.Clock.Now().Add(24 * time.Hour)
	q := schedule.Query{Visit: scheduletest.FollowUp, Provider: "Dr. Ana Sol", From: from, To: from.Add(24 * time.Hour), Seats: 2}
	var refs []string
	for range 2 {
		b, err := book.Request(t.Context(), r.Owner(1), q, true)
		if err != nil || b.State != schedule.Requested || len(b.Ref) != 6 || !b.New || !b.Start().Equal(from) || !b.Slots[0].End.Equal(q.To) || b.Slots[0].Provider != q.Provider {
			t.Fatalf("asked for %+v, %v", b, err)
		}
		refs = append(refs, b.Ref)
	}
	all, err := book.Bookings(t.Context(), r.Owner(1))
	if err != nil || len(all) != 1 || all[0].State != schedule.Requested || all[0].Ref != refs[0] || refs[0] != refs[1] {
		t.Errorf("asked as %v, listed %+v, %v", refs, all, err)
	}
	if n := len(server.All("Appointment")); n != 1 {
		t.Errorf("%d Appointments", n)
	}
	q.From, q.To = from.Add(48*time.Hour), from.Add(50*time.Hour)
	b, err := book.Request(t.Context(), r.Owner(1), q, true)
	if err != nil || b.Ref != refs[0] || !b.Start().Equal(q.From) || !b.Slots[0].End.Equal(q.To) || b.Slots[0].Provider != q.Provider {
		t.Errorf("with another wish it is %+v, %v", b, err)
	}
	if all, err := book.Bookings(t.Context(), r.Owner(1)); err != nil || len(all) != 1 || !all[0].Start().Equal(q.From) || len(server.All("Appointment")) != 1 {
		t.Errorf("then %+v, %v, in %d Appointments", all, err, len(server.All("Appointment")))
	}
	q.Visit = "none"
	_, err = book.Request(t.Context(), r.Owner(1), q, false)
	want(t, err, schedule.ErrNotFound)
	mute, _, reads := rig(t, fhirtest.Options{ReadOnly: true}, 3)
	_, err = reads.Request(t.Context(), mute.Owner(1), anyTime, false)
	want(t, err, schedule.ErrUnsupported)
}
