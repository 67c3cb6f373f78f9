package booking_test

import (
	"testing"

	"recado/agent"
	"recado/agent/clinic"
)

func TestADraftOutlivesTheKindOfVisitThatItIsOf(t *testing.T) {
	for _, words := range []string{"Gulfton", "either", "2", "el martes", "more times"} {
		k := newTalk(t, bookable(), wednesday(t))
		k.say("I need a physical on Tuesday")
		k.say("yes, first time")
		changed := *k.profile
		changed.Booking.Visits = []clinic.Visit{{ID: "other", Name: k.profile.Booking.Visits[0].Name, Length: k.profile.Booking.Visits[0].Length}}
		k.profile = &changed
		if d := k.say(words); d.Disposition != agent.Answer {
			t.Errorf("%q is %s by %s: %s", words, d.Disposition, d.Rule, d.Text())
		}
	}
}

func TestTheFallbackDropsTheDraft(t *testing.T) {
	k := offered(t)
	d := k.agent.Fallback(agent.Turn{Events: []agent.Event{k.text("2")}, Session: k.session, Clinic: k.profile, Now: k.now, Book: k.faulty})
	if d.Session.Booking != nil {
		t.Errorf("the draft stays: %+v", d.Session.Booking)
	}
}
