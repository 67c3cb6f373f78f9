package fhir_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"recado/agent/schedule"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
)

// step is one call of a conversation that the server fails in.
type step struct {
	name    string
	prepare func(t *testing.T, b *bench)
	call    func(ctx context.Context, b *bench) (any, error)
}

// bench is a patient in the middle of a conversation.
type bench struct {
	scheduletest.Rig
	server *fhirtest.Server
	owner  schedule.Owner
	seats  int
	open   []schedule.Slot
	hold   schedule.Hold
	booked schedule.Booking
}

func (b *bench) held(t *testing.T, slot string) {
	t.Helper()
	var err error
	if b.hold, err = b.Schedule.Hold(t.Context(), b.owner, slot, b.seats); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) agreed(t *testing.T) {
	t.Helper()
	b.held(t, b.open[0].ID)
	var err error
	if b.booked, err = b.Schedule.Book(t.Context(), b.owner, b.hold.ID, true); err != nil {
		t.Fatal(err)
	}
}

var steps = []step{
	{"hold", func(*testing.T, *bench) {}, func(ctx context.Context, b *bench) (any, error) {
		h, err := b.Schedule.Hold(ctx, b.owner, b.open[0].ID, b.seats)
		return h.Slots, err
	}},
	{"another hold", func(t *testing.T, b *bench) { b.held(t, b.open[0].ID) }, func(ctx context.Context, b *bench) (any, error) {
		h, err := b.Schedule.Hold(ctx, b.owner, b.open[1].ID, b.seats)
		return h.Slots, err
	}},
	{"book", func(t *testing.T, b *bench) { b.held(t, b.open[0].ID) }, func(ctx context.Context, b *bench) (any, error) {
		k, err := b.Schedule.Book(ctx, b.owner, b.hold.ID, true)
		return k.Ref, err
	}},
	{"confirm", func(t *testing.T, b *bench) { b.agreed(t) }, func(ctx context.Context, b *bench) (any, error) {
		k, err := b.Schedule.Confirm(ctx, b.owner, b.booked.Ref)
		return k.State, err
	}},
	{"cancel", func(t *testing.T, b *bench) { b.agreed(t) }, func(ctx context.Context, b *bench) (any, error) {
		k, err := b.Schedule.Cancel(ctx, b.owner, b.booked.Ref)
		return k.State, err
	}},
	{"move", func(t *testing.T, b *bench) { b.agreed(t); b.held(t, b.open[4].ID) }, func(ctx context.Context, b *bench) (any, error) {
		k, err := b.Schedule.Move(ctx, b.owner, b.booked.Ref, b.hold.ID)
		return k.Ref, err
	}},
	{"release", func(t *testing.T, b *bench) { b.held(t, b.open[0].ID) }, func(ctx context.Context, b *bench) (any, error) {
		return nil, b.Schedule.Release(ctx, b.owner)
	}},
}

func newBench(t *testing.T, o fhirtest.Options) *bench {
	t.Helper()
	r, server, _ := rig(t, o, 2)
	open, err := r.Schedule.Open(t.Context(), schedule.Query{Visit: scheduletest.FollowUp, From: r.Clock.Now().Add(24 * time.Hour), Provider: "Dr. Ana Sol", Limit: 100})
	if err != nil || len(open) < 12 {
		t.Fatalf("%d open times, %v", len(open), err)
	}
	b := &bench{Rig: r, server: server, owner: r.Owner(1), open: open, seats: 2}
	if o.Operations {
		b.seats = 1
	}
	return b
}

const (
	unanswered = "the answer is lost"
	once       = "one write fails"
)

// breakdowns fail at the write that follows the first n.
var breakdowns = map[string]func(s *fhirtest.Server, n int){
	unanswered: func(s *fhirtest.Server, n int) {
		s.Break(fhirtest.Fault{Method: "PUT,POST", After: n, Lost: true, Rest: true})
	},
	once: func(s *fhirtest.Server, n int) {
		s.Break(fhirtest.Fault{Method: "PUT,POST", After: n, Status: 500})
	},
}

func TestWhereverACallStopsItIsRepeatedToTheSameEnd(t *testing.T) {
	t.Parallel()
	everyBreakdown(t, func(t *testing.T, b *bench, s step, n int, want any) {
		_, err := s.call(t.Context(), b)
		if err != nil && !errors.Is(err, schedule.ErrUnavailable) {
			t.Fatalf("broken after %d writes: %v", n, err)
		}
		b.server.Heal()
		if got, err := s.call(t.Context(), b); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("broken after %d writes, repeated: %v, %v; want %v", n, got, err, want)
		}
		b.later(t, 0)
		b.sound(t, true)
	})
}

func TestWhereverAProcessEndsNoTimeIsLostOrGivenTwice(t *testing.T) {
	t.Parallel()
	everyBreakdown(t, func(t *testing.T, b *bench, s step, n int, _ any) {
		_, err := s.call(t.Context(), b)
		b.server.Heal()
		b.later(t, b.Profile.Booking.Hold+2*time.Minute)
		b.sound(t, false)
		all, listed := b.Schedule.Bookings(t.Context(), b.owner)
		if listed != nil {
			t.Fatal(listed)
		}
		switch {
		case s.name == "book" && err == nil && len(all) != 1:
			t.Fatalf("broken after %d writes: told that it is booked, listed %+v", n, all)
		case (s.name == "move" || s.name == "confirm") && (len(all) != 1 || all[0].Ref != b.booked.Ref):
			t.Fatalf("broken after %d writes: listed %+v", n, all)
		case s.name == "cancel" && err == nil && len(all) != 0:
			t.Fatalf("broken after %d writes: told that it is cancelled, listed %+v", n, all)
		}
	})
}

// everyBreakdown runs a test for each step, kind of server, kind of breakdown
// and number of writes before it.
func everyBreakdown(t *testing.T, test func(t *testing.T, b *bench, s step, n int, want any)) {
	for _, c := range []struct {
		name string
		o    fhirtest.Options
		how  []string
	}{
		{"one by one", fhirtest.Options{}, []string{unanswered, once}},
		{"transactions", fhirtest.Options{Transactions: true}, []string{unanswered}},
		{"operations", fhirtest.Options{Operations: true}, []string{unanswered}},
	} {
		for _, how := range c.how {
			for _, s := range steps {
				o, broken := c.o, breakdowns[how]
				t.Run(c.name+"/"+how+"/"+s.name, func(t *testing.T) {
					t.Parallel()
					whole := newBench(t, o)
					s.prepare(t, whole)
					before := whole.writes()
					want, err := s.call(t.Context(), whole)
					if err != nil {
						t.Fatal(err)
					}
					for n := range whole.writes() - before {
						b := newBench(t, o)
						s.prepare(t, b)
						b.Clock.Advance(time.Second)
						broken(b.server, n)
						test(t, b, s, n, want)
					}
				})
			}
		}
	}
}

func (b *bench) writes() int {
	n := 0
	for _, c := range b.server.Calls() {
		if c.Method != "GET" {
			n++
		}
	}
	return n
}

// later lets time pass, after which somebody else looks for a time.
func (b *bench) later(t *testing.T, d time.Duration) {
	t.Helper()
	b.Clock.Advance(d)
	if _, err := b.Schedule.Open(t.Context(), schedule.Query{Visit: scheduletest.FollowUp, Limit: 1000}); err != nil {
		t.Fatal(err)
	}
}

// sound checks that Slots and Appointments say the same. A Slot may wait for
// its hold's end where waits is true.
func (b *bench) sound(t *testing.T, waits bool) {
	t.Helper()
	taken := map[string]string{} // Slot to the Appointment that has it
	status := map[string]string{}
	for _, a := range b.server.All("Appointment") {
		state := a["status"].(string)
		if state != "pending" && state != "booked" {
			continue
		}
		for _, s := range a["slot"].([]any) {
			name := s.(object)["reference"].(string)
			if other := taken[name]; other != "" {
				t.Errorf("%s is of two Appointments: %s, %s", name, other, a["id"])
			}
			taken[name], status[name] = a["id"].(string), state
		}
	}
	if b.seats == 1 { // the server's own Slots are not written
		return
	}
	lost := []string{}
	for _, s := range b.server.All("Slot") {
		name := "Slot/" + s["id"].(string)
		want := map[string]string{"": "free", "pending": "busy-tentative", "booked": "busy"}[status[name]]
		got := s["status"].(string)
		if got != want && (want != "free" || got != "busy-tentative" || !waits) {
			lost = append(lost, fmt.Sprintf("%s is %s, its Appointment %q", name, got, status[name]))
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		t.Errorf("%d Slots are wrong: %.300q", len(lost), lost)
	}
}
