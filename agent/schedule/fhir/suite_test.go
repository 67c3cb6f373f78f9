package fhir_test

import (
	"testing"
	"time"

	"recado/agent/schedule"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
)

func TestABookKeepsItsPromisesOnEveryKindOfServer(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fhirtest.Options{
		"one by one":         {},
		"transactions":       {Transactions: true},
		"the least of all":   {NoConditional: true, EmptyAnswers: true, Page: 37},
		"nothing but reads":  {ReadOnly: true},
		"no writes of Slots": {AppointmentsOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheduletest.Run(t, func(t *testing.T) scheduletest.Rig {
				days := 10
				if o.ReadOnly || o.AppointmentsOnly {
					days = 0
				}
				r, _, _ := rig(t, o, days)
				return r
			})
		})
	}
}

func TestWhatMayBeBookedEndsWithTheHorizon(t *testing.T) {
	t.Parallel()
	r, server, book := rig(t, fhirtest.Options{}, 0)
	end := r.Clock.Now().Add(r.Profile.Booking.Ahead)
	last := free(server, "calendar-ana", end.Add(-20*time.Minute), 20*time.Minute, nil)
	beyond := free(server, "calendar-ana", end, 20*time.Minute, nil)
	all, err := book.Open(t.Context(), anyTime)
	if err != nil || len(all) != 1 || all[0].ID != scheduletest.FollowUp+":"+last {
		t.Errorf("open: %+v, %v", all, err)
	}
	_, err = book.Hold(t.Context(), r.Owner(1), scheduletest.FollowUp+":"+beyond, 1)
	want(t, err, schedule.ErrNotFound)
	// two in a row may reach over the end, since it bounds the start
	if _, err := book.Hold(t.Context(), r.Owner(1), all[0].ID, 2); err != nil {
		t.Error(err)
	}
}
