package fhir_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule/fhir"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
	"recado/agent/schedule/slots"
)

type object = fhirtest.Resource

// seed gives a server the clinic's Schedules and free Slots of 20 minutes for
// some days, and one Schedule of somebody whom the profile does not know.
func seed(p *clinic.Profile, now time.Time, days int, put func(object) string) {
	people := map[string][2]string{
		"Dr. Ana Sol":  {"ana", "main"},
		"Dr. Luis Mar": {"luis", "east"},
		"Dr. Nobody":   {"nobody", "main"},
	}
	for _, l := range p.Location {
		put(object{"resourceType": "Location", "id": l.ID, "name": l.Name, "status": "active"})
	}
	for name, is := range people {
		put(object{"resourceType": "Practitioner", "id": is[0], "name": []any{object{"text": name}}})
		put(object{"resourceType": "Schedule", "id": "calendar-" + is[0], "active": true, "actor": []any{
			object{"reference": "Practitioner/" + is[0], "display": name}, object{"reference": "Location/" + is[1]},
		}})
	}
	grid := slots.New(p)
	first := clinic.DateOf(now.In(p.Zone))
	n := 0
	free := func(who string, start, end time.Time) {
		n++
		put(object{"resourceType": "Slot", "id": fmt.Sprintf("s%05d", (n*7919)%100000), "status": "free",
			"schedule": object{"reference": "Schedule/calendar-" + who},
			"start":    start.In(p.Zone).Format(time.RFC3339), "end": end.In(p.Zone).Format(time.RFC3339)})
	}
	for d := range days {
		for _, s := range grid.Day(scheduletest.FollowUp, first.AddDays(d)) {
			free(people[s.Provider][0], s.Start, s.End)
			if d == 1 {
				free("nobody", s.Start, s.End)
			}
		}
	}
}

// rig is an empty book on a stand-in.
func rig(t *testing.T, o fhirtest.Options, days int, change ...func(*fhir.Config)) (scheduletest.Rig, *fhirtest.Server, *fhir.Book) {
	t.Helper()
	server := fhirtest.New(t, o)
	p, clock := scheduletest.NewProfile(t), scheduletest.NewClock()
	p.Booking.Kind = clinic.BookFHIR
	p.Booking.FHIR.BaseURL = server.URL
	seed(p, clock.Now(), days, server.Put)
	book := on(t, p, clock, change...)
	return scheduletest.Rig{Schedule: book, Profile: p, Clock: clock}, server, book
}

func on(t *testing.T, p *clinic.Profile, clock *scheduletest.Clock, change ...func(*fhir.Config)) *fhir.Book {
	t.Helper()
	cfg := fhir.Config{Profile: p, Now: clock.Now, Wait: func(context.Context, time.Duration) error { return nil }}
	for _, c := range change {
		c(&cfg)
	}
	book, err := fhir.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func unmarshal(t *testing.T, raw []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(raw, to); err != nil {
		t.Fatal(err)
	}
}
