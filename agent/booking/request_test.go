package booking_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/booking"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/fhir"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
	"recado/agent/schedule/slots"
)

// onServer is a conversation with a clinic whose book is on a FHIR server.
type onServer struct {
	*talk
	server *fhirtest.Server
	book   *fhir.Book
}

func newOnServer(t *testing.T, o fhirtest.Options) *onServer {
	t.Helper()
	p, clock := scheduletest.NewProfile(t), scheduletest.NewClock()
	p.Booking.Visits, p.Location, p.Providers = p.Booking.Visits[:1], p.Location[:1], p.Providers[:1]
	server := fhirtest.New(t, o)
	p.Booking.Kind, p.Booking.FHIR.BaseURL = clinic.BookFHIR, server.URL
	type object = fhirtest.Resource
	server.Put(object{"resourceType": "Location", "id": "main", "name": "Main", "status": "active"})
	server.Put(object{"resourceType": "Practitioner", "id": "ana", "name": []any{object{"text": "Dr. Ana Sol"}}})
	server.Put(object{"resourceType": "Schedule", "id": "calendar", "active": true, "actor": []any{
		object{"reference": "Practitioner/ana", "display": "Dr. Ana Sol"}, object{"reference": "Location/main"},
	}})
	grid := slots.New(p)
	for d := range 10 {
		for i, s := range grid.Day(scheduletest.FollowUp, clinic.DateOf(clock.Now().In(p.Zone)).AddDays(d)) {
			server.Put(object{"resourceType": "Slot", "id": fmt.Sprintf("s%02d%03d", d, i), "status": "free",
				"schedule": object{"reference": "Schedule/calendar"}, "start": s.Start.Format(time.RFC3339), "end": s.End.Format(time.RFC3339)})
		}
	}
	book, err := fhir.New(fhir.Config{Profile: p, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return &onServer{newTalk(t, p, clock.Now()), server, book}
}

func (k *onServer) say(text string) agent.Decision {
	k.t.Helper()
	d, err := k.agent.Decide(k.t.Context(), agent.Turn{Events: []agent.Event{k.text(text)}, Session: k.session, Clinic: k.profile, Now: k.now, Book: k.book})
	if err != nil {
		k.t.Fatal(err)
	}
	return k.commit(d)
}

// wished checks that a wish was asked of staff: what the patient reads, what
// staff read, and that it is a request and nothing of care.
func (k *onServer) wished(d agent.Decision, says ...string) {
	k.t.Helper()
	if d.Disposition != agent.Answer || d.Escalation == nil || d.Escalation.Priority != agent.PriorityRequest ||
		!slices.Contains(d.Escalation.Rules, string(booking.AskedStaff)) {
		k.t.Fatalf("%s by %s: %s; staff read %+v", d.Disposition, d.Rule, d.Text(), d.Escalation)
	}
	last := d.Escalation.Messages[len(d.Escalation.Messages)-1]
	for _, want := range says {
		if !strings.Contains(d.Text(), want) || !strings.Contains(last.Text, want) || last.From != agent.Assistant {
			k.t.Errorf("%q is missing: the patient reads %q, staff %q", want, d.Text(), last.Text)
		}
	}
	if k.session.Booking != nil {
		k.t.Errorf("still open: %+v", k.session.Booking)
	}
}

// proposed checks that the server has one Appointment, which staff are asked
// for, from one time to another.
func (k *onServer) proposed(from, to string) {
	k.t.Helper()
	all := k.server.All("Appointment")
	if len(all) != 1 || all[0]["status"] != "proposed" {
		k.t.Fatalf("the server has %v", all)
	}
	period := all[0]["requestedPeriod"].([]any)[0].(fhirtest.Resource)
	for name, want := range map[string]string{"start": from, "end": to} {
		at, err := time.Parse(time.RFC3339, period[name].(string))
		if got := at.In(k.profile.Zone).Format("2006-01-02 15:04"); err != nil || got != want {
			k.t.Errorf("it is to %s at %s, want %s: %v", name, got, want, err)
		}
	}
}

func TestAWishBecomesARequestWhereTheServerLetsNobodyBook(t *testing.T) {
	for lang, talk := range map[string][]string{
		"en": {"I need an appointment", "Tuesday December 1st at 3 pm"},
		"es": {"necesito una cita", "el martes 1 de diciembre a las 3 de la tarde"},
	} {
		says := map[string][]string{
			"en": {"I have asked our staff for a visit on Tuesday, December 1 at 3:00 PM", "They will confirm"},
			"es": {"ya le pedí a nuestro personal una cita para el martes 1 de diciembre a las 3 de la tarde", "le va a confirmar"},
		}[lang]
		for name, o := range map[string]fhirtest.Options{"Appointments alone": {AppointmentsOnly: true}, "nothing": {ReadOnly: true}} {
			t.Run(lang+", it takes "+name, func(t *testing.T) {
				k := newOnServer(t, o)
				if d := k.say(talk[0]); k.session.Booking == nil || k.session.Booking.Asked != booking.AskDay || d.Escalation != nil {
					t.Fatalf("%s by %s: %s", d.Disposition, d.Rule, d.Text())
				}
				k.wished(k.say(talk[1]), says...)
				if o.ReadOnly {
					return
				}
				k.proposed("2026-12-01 15:00", "2026-12-01 15:20")
				k.say(talk[0])
				k.wished(k.say(map[string]string{"en": "Wednesday December 2nd in the morning", "es": "el miércoles 2 de diciembre en la mañana"}[lang]))
				k.proposed("2026-12-02 00:00", "2026-12-02 12:00")
				if d := k.say(map[string]string{"en": "when is my appointment?", "es": "¿cuándo es mi cita?"}[lang]); strings.Contains(d.Text(), "December") || strings.Contains(d.Text(), "diciembre") {
					t.Errorf("what is not agreed on is told as %q", d.Text())
				}
			})
		}
	}
}

func TestATimeThatTheServerRefusesToBookIsAskedOfStaff(t *testing.T) {
	for name, test := range map[string]struct {
		options fhirtest.Options
		fault   fhirtest.Fault
	}{
		"Slots are not to be changed":     {fault: fhirtest.Fault{Method: http.MethodPut, Path: "Slot", Status: http.StatusForbidden}},
		"updates are not known":           {fault: fhirtest.Fault{Method: http.MethodPut, Path: "Slot", Status: http.StatusMethodNotAllowed}},
		"updates are not made yet":        {fault: fhirtest.Fault{Method: http.MethodPut, Path: "Slot", Status: http.StatusNotImplemented}},
		"Appointments are not booked":     {fault: fhirtest.Fault{Method: http.MethodPut, Path: "Appointment", Status: http.StatusForbidden}},
		"transactions are not allowed":    {fhirtest.Options{Transactions: true}, fhirtest.Fault{Method: http.MethodPost, Path: "", Status: http.StatusForbidden}},
		"Slots keep no identifiers":       {options: fhirtest.Options{DropIdentifiers: true}},
		"the operation is not there":      {fhirtest.Options{Operations: true}, fhirtest.Fault{Method: http.MethodPost, Path: "Appointment/$book", Status: http.StatusNotImplemented}},
		"the operation is not for Recado": {fhirtest.Options{Operations: true}, fhirtest.Fault{Method: http.MethodPost, Path: "Appointment/$hold", Status: http.StatusForbidden}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newOnServer(t, test.options)
			k.say("I need an appointment on Tuesday December 1st")
			if len(k.choices) != 4 {
				t.Fatalf("%d choices", len(k.choices))
			}
			at := k.session.Booking.Offered[1].Start.In(k.profile.Zone)
			k.server.Break(test.fault)
			k.wished(k.say("2"), "on Tuesday, December 1 at "+map[int]string{12: "noon", 13: at.Format("3:04 PM"), 14: at.Format("3:04 PM")}[at.Hour()])
		})
	}
}

func TestAVisitThatTheServerDoesNotChangeIsChangedByStaff(t *testing.T) {
	for words, want := range map[string]string{"1": "asked our staff to cancel", "2": "What day"} {
		k := newOnServer(t, fhirtest.Options{})
		k.say("I need an appointment on Tuesday December 1st")
		k.say("2")
		k.say("I can't come")
		k.server.Break(fhirtest.Fault{Method: http.MethodPut, Status: http.StatusForbidden, Times: 9})
		d := k.say(words)
		if !strings.Contains(d.Text(), want) {
			t.Fatalf("%q is answered by %q", words, d.Text())
		}
		if words == "2" {
			k.say("Wednesday")
			d = k.say("1")
			k.wished(d, "asked our staff to find you another time")
		}
		if all, err := k.book.Bookings(t.Context(), schedule.Owner{Clinic: k.profile.ID, Channel: string(agent.SMS), Conversation: "patient00001"}); err != nil || len(all) != 1 {
			t.Errorf("after %q: %v, %v", words, all, err)
		}
	}
}
