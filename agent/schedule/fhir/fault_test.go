package fhir_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/schedule"
	"recado/agent/schedule/fhir"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
)

var anyTime = schedule.Query{Visit: scheduletest.FollowUp}

func waits(to *[]time.Duration) func(*fhir.Config) {
	return func(cfg *fhir.Config) {
		cfg.Wait = func(_ context.Context, d time.Duration) error {
			*to = append(*to, d)
			return nil
		}
	}
}

func TestAReadIsTriedAgainAsTheServerAsks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fhirtest.Fault
		ok    bool
		waits []time.Duration
	}{
		"busy once":          {fhirtest.Fault{Status: 429, RetryAfter: "2"}, true, []time.Duration{2 * time.Second}},
		"down twice":         {fhirtest.Fault{Status: 503, Times: 2}, true, []time.Duration{200 * time.Millisecond, 800 * time.Millisecond}},
		"down for good":      {fhirtest.Fault{Status: 502, Times: 9}, false, []time.Duration{200 * time.Millisecond, 800 * time.Millisecond}},
		"busy for long":      {fhirtest.Fault{Status: 429, RetryAfter: "3600"}, false, nil},
		"forbidden":          {fhirtest.Fault{Status: 403}, false, nil},
		"moved elsewhere":    {fhirtest.Fault{Status: 302}, false, nil},
		"broken JSON":        {fhirtest.Fault{Body: `{"resourceType":"Bundle","entry":[{`, Times: 1}, true, []time.Duration{200 * time.Millisecond}},
		"another document":   {fhirtest.Fault{Body: `<html>Juana Secreta</html>`, Times: 9}, false, []time.Duration{200 * time.Millisecond, 800 * time.Millisecond}},
		"no Bundle":          {fhirtest.Fault{Body: `{"resourceType":"Slot"}`}, false, nil},
		"a flood":            {fhirtest.Fault{Body: `"` + strings.Repeat("x", 9<<20) + `"`, Times: 3}, false, []time.Duration{200 * time.Millisecond, 800 * time.Millisecond}},
		"a lost connection":  {fhirtest.Fault{Lost: true}, true, nil}, // net/http may ask again by itself
		"no answer for long": {fhirtest.Fault{Hang: true}, true, []time.Duration{200 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var waited []time.Duration
			r, server, _ := rig(t, fhirtest.Options{}, 3, waits(&waited), func(cfg *fhir.Config) {
				if c.fault.Hang {
					cfg.Timeout = time.Second
				}
			})
			if !r.Schedule.Can().Offers {
				t.Fatal("it offers nothing")
			}
			c.fault.Path = "Slot"
			server.Break(c.fault)
			all, err := r.Schedule.Open(t.Context(), anyTime)
			failed := schedule.ErrUnavailable
			if c.fault.Status == http.StatusForbidden {
				failed = schedule.ErrUnsupported // it will be the next time, too
			}
			if c.ok && (err != nil || len(all) != 3) || !c.ok && !errors.Is(err, failed) {
				t.Errorf("%d times, %v", len(all), err)
			}
			if !c.fault.Lost && !slices.Equal(waited, c.waits) {
				t.Errorf("waited %v, want %v", waited, c.waits)
			}
			quiet(t, err, server)
		})
	}
}

// quiet checks that an error tells nothing of the server's words or ids.
func quiet(t *testing.T, err error, server *fhirtest.Server) {
	t.Helper()
	if err == nil {
		return
	}
	for _, word := range []string{"Juana", "Secreta", server.URL, "127.0.0.1", "Schedule/", "calendar-", "patient0"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("the error tells %q: %v", word, err)
		}
	}
}

func TestAWriteIsSentOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, fhirtest.Options{})
	b.server.Break(fhirtest.Fault{Method: "PUT", Status: 429, RetryAfter: "1"})
	before := b.writes()
	_, err := b.Schedule.Hold(t.Context(), b.owner, b.open[0].ID, 1)
	if !errors.Is(err, schedule.ErrUnavailable) || b.writes() != before+1 {
		t.Errorf("%d writes, %v", b.writes()-before, err)
	}
	quiet(t, err, b.server)
}

func TestASlotThatChangedForAnotherReasonIsTakenAllTheSame(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fhirtest.Options{"one by one": {}, "transactions": {Transactions: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, o)
			_, id, _ := strings.Cut(b.open[0].ID, ":")
			b.server.Break(fhirtest.Fault{Method: "PUT,POST", Instead: func() {
				s := b.server.Get("Slot", id)
				s["comment"] = "bring the blue chair"
				b.server.Put(s)
			}})
			if _, err := b.Schedule.Hold(t.Context(), b.owner, b.open[0].ID, 1); err != nil {
				t.Fatal(err)
			}
			if s := b.server.Get("Slot", id); s["comment"] != "bring the blue chair" || s["status"] != "busy-tentative" {
				t.Errorf("the Slot is %v", s)
			}
		})
	}
}

func TestATimeThatStaffGaveAwayMeanwhileIsTaken(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fhirtest.Options{"one by one": {}, "transactions": {Transactions: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, o)
			give := func(slot string, status string) {
				_, id, _ := strings.Cut(slot, ":")
				s := b.server.Get("Slot", id)
				s["status"] = status
				delete(s, "identifier")
				b.server.Put(s)
			}
			b.server.Break(fhirtest.Fault{Method: "PUT,POST", After: 1, Instead: func() { give(b.open[1].ID, "busy") }})
			if o.Transactions {
				b.server.Heal()
				b.server.Break(fhirtest.Fault{Method: "POST", Instead: func() { give(b.open[1].ID, "busy") }})
			}
			_, err := b.Schedule.Hold(t.Context(), b.owner, b.open[0].ID, 2)
			if !errors.Is(err, schedule.ErrTaken) {
				t.Errorf("hold: %v", err)
			}
			quiet(t, err, b.server)
			// the first of the two was given back
			if _, err := b.Schedule.Hold(t.Context(), b.Owner(2), b.open[0].ID, 1); err != nil {
				t.Errorf("the first alone: %v", err)
			}
			h, err := b.Schedule.Hold(t.Context(), b.owner, b.open[4].ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			give(b.open[4].ID, "busy-unavailable")
			if _, err := b.Schedule.Book(t.Context(), b.owner, h.ID, false); !errors.Is(err, schedule.ErrTaken) {
				t.Errorf("book: %v", err)
			}
			// what others hold tentatively is theirs, however old
			give(b.open[6].ID, "busy-tentative")
			b.Clock.Advance(time.Hour)
			if _, err := b.Schedule.Hold(t.Context(), b.owner, b.open[6].ID, 1); !errors.Is(err, schedule.ErrTaken) {
				t.Errorf("a time that others hold: %v", err)
			}
		})
	}
}

func TestWhatStaffAddedStays(t *testing.T) {
	t.Parallel()
	b := newBench(t, fhirtest.Options{})
	b.agreed(t)
	a := b.server.All("Appointment")[0]
	a["participant"] = append(a["participant"].([]any), object{"actor": object{"reference": "Patient/7"}, "status": "accepted"})
	a["comment"], a["priority"] = "wheelchair", 12345678901234567
	a["identifier"] = append(a["identifier"].([]any), object{"system": "urn:ehr", "value": "55"})
	b.server.Put(a)
	if _, err := b.Schedule.Confirm(t.Context(), b.owner, b.booked.Ref); err != nil {
		t.Fatal(err)
	}
	b.held(t, b.open[5].ID)
	k, err := b.Schedule.Move(t.Context(), b.owner, b.booked.Ref, b.hold.ID)
	if err != nil || k.State != schedule.Booked {
		t.Fatalf("moved %+v, %v", k, err)
	}
	a = b.server.Get("Appointment", a["id"].(string))
	text := string(marshal(t, a))
	for _, want := range []string{"Patient/7", "wheelchair", "urn:ehr", "12345678901234567", "Practitioner/ana"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%d times %s in %s", strings.Count(text, want), want, text)
		}
	}
}

func TestNothingAboutAPatientIsWritten(t *testing.T) {
	t.Parallel()
	known := map[string][]string{
		"Slot":        {"resourceType", "id", "status", "schedule", "start", "end", "identifier"},
		"Appointment": {"resourceType", "id", "status", "start", "end", "identifier", "slot", "participant"},
	}
	b := newBench(t, fhirtest.Options{})
	b.agreed(t)
	b.held(t, b.open[6].ID)
	if _, err := b.Schedule.Move(t.Context(), b.owner, b.booked.Ref, b.hold.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Schedule.Cancel(t.Context(), b.owner, b.booked.Ref); err != nil {
		t.Fatal(err)
	}
	writes := 0
	for _, c := range b.server.Calls() {
		if c.Method == http.MethodGet {
			continue
		}
		writes++
		var r object
		unmarshal(t, c.Body, &r)
		for field := range r {
			if !slices.Contains(known[r["resourceType"].(string)], field) {
				t.Errorf("%s.%s is written", r["resourceType"], field)
			}
		}
		if r["resourceType"] == "Slot" && strings.Contains(string(c.Body), b.owner.Conversation) {
			t.Errorf("a Slot tells whose it is: %s", c.Body)
		}
		if strings.Contains(string(c.Body), "Patient") {
			t.Errorf("a patient is written: %s", c.Body)
		}
	}
	if writes < 15 {
		t.Errorf("%d writes", writes)
	}
}

func TestAServerThatForgetsIdentifiersGetsItsSlotBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, fhirtest.Options{DropIdentifiers: true})
	if _, err := b.Schedule.Hold(t.Context(), b.owner, b.open[0].ID, 2); !errors.Is(err, schedule.ErrUnsupported) {
		t.Errorf("hold: %v", err)
	}
	b.sound(t, false)
}

func TestPagesAreReadFromTheServerAlone(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the stranger was asked") }))
	defer stranger.Close()
	r, server, _ := rig(t, fhirtest.Options{Page: 10, AbsoluteLinksFrom: stranger.URL}, 3)
	_, err := r.Schedule.Open(t.Context(), anyTime)
	if !errors.Is(err, schedule.ErrUnavailable) {
		t.Errorf("open: %v", err)
	}
	quiet(t, err, server)
	endless, server, _ := rig(t, fhirtest.Options{}, 0)
	server.Break(fhirtest.Fault{Path: "Slot", Times: 1000, Body: `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"Slot?again"}]}`})
	if _, err := endless.Schedule.Open(t.Context(), anyTime); !errors.Is(err, schedule.ErrUnavailable) || len(server.Calls()) > 60 {
		t.Errorf("of endless pages: %d asked, %v", len(server.Calls()), err)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := newBench(t, fhirtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	b.server.Break(fhirtest.Fault{Path: "Slot", Hang: true, Instead: cancel, Times: 9})
	_, err := b.Schedule.Hold(ctx, b.owner, b.open[0].ID, 1)
	if !errors.Is(err, schedule.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("hold: %v", err)
	}
}

func TestOfTwoHundredOneGetsTheTime(t *testing.T) {
	t.Parallel()
	for name, patients := range map[string]int{"one by one": 200, "transactions": 50} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, fhirtest.Options{Transactions: name == "transactions"})
			errs := make(chan error, patients)
			for n := range patients {
				go func() {
					owner := b.Owner(n + 1)
					h, err := b.Schedule.Hold(t.Context(), owner, b.open[n%2].ID, 2)
					if err == nil {
						_, err = b.Schedule.Book(t.Context(), owner, h.ID, false)
					}
					errs <- err
				}()
			}
			got := 0
			for range patients {
				switch err := <-errs; {
				case err == nil:
					got++
				case !errors.Is(err, schedule.ErrTaken):
					t.Errorf("neither booked nor taken: %v", err)
				}
			}
			if got > 1 || got == 0 {
				t.Errorf("%d booked times that overlap", got)
			}
			b.sound(t, false)
		})
	}
}

func TestAServerThatIsGoneIsUnavailableAndNotWithoutTimes(t *testing.T) {
	t.Parallel()
	r, server, book := rig(t, fhirtest.Options{}, 3)
	server.Break(fhirtest.Fault{Status: 503, Times: 1000})
	for range 3 {
		if can := book.Can(); !can.Offers || !can.Changes {
			t.Errorf("it can %+v", can)
		}
	}
	if n := len(server.Calls()); n != 3 { // one read, tried three times
		t.Errorf("asked %d times", n)
	}
	for name, call := range map[string]func() error{
		"open":     func() error { _, err := book.Open(t.Context(), anyTime); return err },
		"hold":     func() error { _, err := book.Hold(t.Context(), r.Owner(1), "follow_up:s1", 1); return err },
		"release":  func() error { return book.Release(t.Context(), r.Owner(1)) },
		"book":     func() error { _, err := book.Book(t.Context(), r.Owner(1), "h", false); return err },
		"cancel":   func() error { _, err := book.Cancel(t.Context(), r.Owner(1), "ABCDEF"); return err },
		"bookings": func() error { _, err := book.Bookings(t.Context(), r.Owner(1)); return err },
		"request":  func() error { _, err := book.Request(t.Context(), r.Owner(1), anyTime, false); return err },
	} {
		err := call()
		want(t, err, schedule.ErrUnavailable)
		quiet(t, err, server)
		if err == nil {
			t.Error(name)
		}
	}
	server.Heal()
	if all, err := book.Open(t.Context(), anyTime); err != nil || len(all) != 3 {
		t.Errorf("healed: %d times, %v", len(all), err)
	}
}
