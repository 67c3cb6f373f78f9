package fhir_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
)

const (
	kinds   = "http://terminology.hl7.org/CodeSystem/service-type"
	reasons = "http://terminology.hl7.org/CodeSystem/v2-0276"
)

func TestActorsAreKnownByReferenceIdentifierOrName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		called string // in the profile; empty for no entry
		actor  object
		full   object // the Practitioner p1
		want   bool
	}{
		"a reference":            {"Practitioner/p1", object{"reference": "Practitioner/p1"}, nil, true},
		"a whole reference":      {"Practitioner/p1", object{"reference": "https://ehr.example/r4/Practitioner/p1"}, nil, true},
		"another reference":      {"Practitioner/p2", object{"reference": "Practitioner/p1", "display": "Dr. Ana Sol"}, nil, false},
		"a logical reference":    {"urn:npi|123", object{"type": "Practitioner", "identifier": object{"system": "urn:npi", "value": "123"}}, nil, true},
		"an identifier":          {"urn:npi|123", object{"reference": "Practitioner/p1"}, object{"identifier": []any{object{"system": "urn:npi", "value": "123"}}}, true},
		"an identifier's system": {"urn:npi|123", object{"reference": "Practitioner/p1"}, object{"identifier": []any{object{"system": "urn:x", "value": "123"}}}, false},
		"a name of the server's": {"SOL, ANA MD", object{"reference": "Practitioner/p1", "display": "Sol, Ana MD"}, nil, true},
		"the profile's name":     {"", object{"reference": "Practitioner/p1", "display": "Dr. Ana Sol"}, nil, true},
		"the name in parts": {"", object{"reference": "Practitioner/p1"},
			object{"name": []any{object{"prefix": []any{"Dr."}, "given": []any{"Ana"}, "family": "Sol"}}}, true},
		"a role":           {"PractitionerRole/r1", object{"reference": "PractitionerRole/r1"}, nil, true},
		"somebody else":    {"", object{"reference": "Practitioner/p1", "display": "Dr. Eva Luna"}, nil, false},
		"nobody's display": {"", object{"reference": "Practitioner/p1"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server, _ := rig(t, fhirtest.Options{}, 0)
			if c.called != "" {
				r.Profile.Booking.FHIR.Providers = map[string]string{"Dr. Ana Sol": c.called}
			}
			if c.full != nil {
				c.full["resourceType"], c.full["id"] = "Practitioner", "p1"
				server.Put(c.full)
			}
			server.Put(object{"resourceType": "Schedule", "id": "one", "actor": []any{c.actor, object{"reference": "Location/main"}}})
			free(server, "one", r.Clock.Now().Add(24*time.Hour), 20*time.Minute, nil)
			all, err := on(t, r.Profile, r.Clock).Open(t.Context(), anyTime)
			if err != nil || (len(all) == 1) != c.want {
				t.Fatalf("%+v, %v", all, err)
			}
			if c.want && (all[0].Provider != "Dr. Ana Sol" || all[0].Location != "main") {
				t.Errorf("%+v", all[0])
			}
		})
	}
}

// free puts one free Slot on a server and returns its id.
func free(server *fhirtest.Server, calendar string, at time.Time, length time.Duration, more object) string {
	r := object{"resourceType": "Slot", "status": "free", "schedule": object{"reference": "Schedule/" + calendar},
		"start": at.UTC().Format(time.RFC3339), "end": at.Add(length).UTC().Format(time.RFC3339)}
	for k, v := range more {
		r[k] = v
	}
	return server.Put(r)
}

func typed(field, system, code string) object {
	c := object{"coding": []any{object{"system": system, "code": code}}}
	if field == "serviceType" {
		return object{field: []any{c}}
	}
	return object{field: c}
}

func TestASlotIsForTheVisitThatItsCodesSay(t *testing.T) {
	t.Parallel()
	r, server, _ := rig(t, fhirtest.Options{}, 0)
	r.Profile.Booking.FHIR.Visits = map[string]clinic.FHIRVisit{
		scheduletest.FollowUp: {ServiceType: kinds + "|11", AppointmentType: reasons + "|FOLLOWUP"},
		scheduletest.NewVisit: {ServiceType: "22"},
	}
	book := on(t, r.Profile, r.Clock)
	day := r.Clock.Now().Add(24 * time.Hour)
	want := map[string]string{}
	for i, c := range []struct {
		more object
		for_ string // the visits that it is for
	}{
		{nil, "both"},
		{typed("serviceType", kinds, "11"), scheduletest.FollowUp},
		{typed("serviceType", "urn:other", "11"), "none"},
		{typed("serviceType", "urn:any", "22"), scheduletest.NewVisit},
		{typed("appointmentType", reasons, "FOLLOWUP"), scheduletest.FollowUp},
		{typed("appointmentType", reasons, "ROUTINE"), scheduletest.NewVisit},
	} {
		want[free(server, "calendar-ana", day.Add(time.Duration(i)*time.Hour), 40*time.Minute, c.more)] = c.for_
	}
	for _, visit := range []string{scheduletest.FollowUp, scheduletest.NewVisit} {
		all, err := book.Open(t.Context(), schedule.Query{Visit: visit, Limit: 99})
		if err != nil {
			t.Fatal(err)
		}
		open := map[string]bool{}
		for _, s := range all {
			open[s.ID] = true
		}
		for id, is := range want {
			if open[visit+":"+id] != (is == "both" || is == visit) {
				t.Errorf("%s: a Slot for %s is open: %v", visit, is, open[visit+":"+id])
			}
			if is == "none" {
				if _, err := book.Hold(t.Context(), r.Owner(1), visit+":"+id, 1); !errors.Is(err, schedule.ErrNotFound) {
					t.Errorf("held: %v", err)
				}
			}
		}
	}
	for id, is := range want {
		if is == scheduletest.FollowUp {
			if _, err := book.Hold(t.Context(), r.Owner(1), scheduletest.FollowUp+":"+id, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	a := server.All("Appointment")[0]
	if s := fmt.Sprint(a["serviceType"], a["appointmentType"]); s != fmt.Sprintf("[map[coding:[map[code:11 system:%s]]]] map[coding:[map[code:FOLLOWUP system:%s]]]", kinds, reasons) {
		t.Errorf("the Appointment's types are %s", s)
	}
}

func TestShortSlotsAreJoinedAndUnequalOnesAreNot(t *testing.T) {
	t.Parallel()
	r, server, book := rig(t, fhirtest.Options{}, 0)
	day := r.Clock.Now().Add(24 * time.Hour)
	at := func(minutes, length int) {
		free(server, "calendar-ana", day.Add(time.Duration(minutes)*time.Minute), time.Duration(length)*time.Minute, nil)
	}
	at(0, 10) // two of ten minutes are a visit
	at(10, 10)
	at(20, 10) // alone, before a pause
	at(60, 15) // another length follows
	at(75, 5)
	at(120, 30) // longer than the visit
	all, err := book.Open(t.Context(), schedule.Query{Visit: scheduletest.FollowUp, Limit: 99})
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, want := range []struct{ start, length int }{{0, 20}, {10, 20}, {120, 30}} {
		if got := all[i]; !got.Start.Equal(day.Add(time.Duration(want.start)*time.Minute)) || got.End.Sub(got.Start) != time.Duration(want.length)*time.Minute {
			t.Errorf("%d: %s to %s", i, got.Start, got.End)
		}
	}
	h, err := book.Hold(t.Context(), r.Owner(1), all[0].ID, 1)
	if err != nil || len(h.Slots) != 1 {
		t.Fatalf("%+v, %v", h, err)
	}
	if left, err := book.Open(t.Context(), anyTime); err != nil || len(left) != 1 {
		t.Errorf("open beside it: %+v, %v", left, err)
	}
}
