package booking_test

import (
	"strings"
	"testing"

	"recado/agent"
)

func TestWhatIsWrittenBesideATapIsRead(t *testing.T) {
	for _, words := range []string{"I took a whole bottle of pills", "no respira"} {
		k := offered(t)
		e := k.event(agent.KindButton, words)
		e.Button = k.choices[1].ID
		if d := k.commit(k.decide(e)); d.Disposition != agent.Emergency || len(k.bookings()) != 0 {
			t.Errorf("a tap with %q is %s by %s, %d booked", words, d.Disposition, d.Rule, len(k.bookings()))
		}
	}
	for _, id := range []string{"new", "time", "time:", "hold", "visit:", "end:other"} {
		k := offered(t)
		e := k.event(agent.KindButton, "where do I park?")
		e.Button = id
		if d := k.commit(k.decide(e)); len(d.Intents) == 0 || d.Intents[0].Name != "parking" {
			t.Errorf("a button %q is %s by %s: %v", id, d.Disposition, d.Rule, d.Intents)
		}
	}
}

func TestNoChoiceTellsTheKindOfVisit(t *testing.T) {
	k := newTalk(t, bookable(), wednesday(t))
	for _, words := range []string{"I need an appointment on Tuesday", "yes, first time", "either"} {
		k.say(words)
		for _, c := range k.choices {
			for _, v := range k.profile.Booking.Visits {
				if strings.Contains(c.ID, v.ID) {
					t.Errorf("the choice %q tells %s", c.ID, v.ID)
				}
			}
		}
	}
	if len(k.choices) == 0 || k.session.Booking.Asked != "time" {
		t.Fatalf("asked %s with %d choices", k.session.Booking.Asked, len(k.choices))
	}
}
