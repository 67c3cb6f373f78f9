package fhir_test

import (
	"slices"
	"testing"

	"recado/agent/schedule/fhir/fhirtest"
)

func TestALookAtAServerTellsWhatItOffersAndWhomItLacks(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fhirtest.Options{
		"one by one": {}, "transactions": {Transactions: true}, "operations": {Operations: true}, "requests": {AppointmentsOnly: true}, "reads": {ReadOnly: true},
	} {
		r, server, book := rig(t, o, 0)
		r.Profile.Providers = append(r.Profile.Providers, r.Profile.Providers[0])
		r.Profile.Providers[2].Name = "Dr. Eva Luna"
		p, err := book.Probe(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		locks := !o.ReadOnly && !o.AppointmentsOnly
		if p.Offers != locks || p.Operations != o.Operations || p.Atomic != o.Transactions || p.Requests == o.ReadOnly {
			t.Errorf("%s: it offers %+v", name, p)
		}
		if p.Calendars != 2 || !slices.Equal(p.Missing, []string{"Dr. Eva Luna"}) {
			t.Errorf("%s: %d calendars, without %v", name, p.Calendars, p.Missing)
		}
		for _, c := range server.Calls() {
			if c.Method != "GET" {
				t.Errorf("%s: %s %s", name, c.Method, c.Path)
			}
		}
	}
}
