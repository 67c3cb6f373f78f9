package booking_test

import (
	"testing"
	"time"

	"recado/agent"
	"recado/agent/booking"
	"recado/agent/clinic"
)

// severalDays is a conversation that was just offered two times on Monday and
// one on Tuesday, and oneTime one that was offered a single time.
func severalDays(t testing.TB) *talk {
	k := newTalk(t, small(), wednesday(t))
	k.say("I need an appointment next week")
	offers(t, k, time.Monday, time.Monday, time.Tuesday)
	return k
}

func oneTime(t testing.TB) *talk {
	k := offered(t)
	k.session.Booking.Offered = k.session.Booking.Offered[2:]
	k.session.Booking.Choices = k.session.Booking.Choices[2:]
	offers(t, k, time.Tuesday)
	return k
}

// offers fails the test unless the last offer is of these days.
func offers(t testing.TB, k *talk, want ...time.Weekday) {
	t.Helper()
	var got []time.Weekday
	if d := k.session.Booking; d != nil {
		for _, o := range d.Offered {
			got = append(got, o.Start.In(k.profile.Zone).Weekday())
		}
	}
	if len(got) != len(want) {
		t.Fatalf("it offers %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("it offers %v, want %v", got, want)
		}
	}
}

func TestADayChoosesTheOnlyTimeOnItAmongSeveralDays(t *testing.T) {
	for _, words := range []string{
		"Tuesday", "tuesday please", "the Tuesday one", "I'll take Tuesday", "Tuesday works", "Tuesday works better for me", "Tuesday would be better", "actually Tuesday works", "ok tuesday",
		"martes", "el martes", "el martes por favor", "la del martes", "el martes está bien", "el martes me queda mejor", "sería mejor el martes", "sí, el martes", "prefiero el martes", "quiero la del martes",
	} {
		k := severalDays(t)
		tuesday := k.session.Booking.Offered[2]
		d := k.say(words)
		if all := k.bookings(); len(all) != 1 || !all[0].Start().Equal(tuesday.Start) {
			t.Errorf("%q: %v booked; it is %s by %s: %s", words, all, d.Disposition, d.Rule, d.Text())
		}
	}
}

func TestADayThatIsAskedForIsShownAndNotBooked(t *testing.T) {
	for _, words := range []string{
		"Tuesday?", "what about Tuesday?", "what about tuesday", "how about tuesday instead", "Tuesday instead", "I'd rather Tuesday", "can we do Tuesday", "is Tuesday ok?", "on tuesday?", "do you have Tuesday?",
		"¿martes?", "martes?", "mejor el martes", "el martes mejor", "¿y el martes?", "y el martes", "qué tal el martes", "¿puede ser el martes?", "en vez de eso el martes", "¿tienen el martes?", "tal vez el martes",
	} {
		k := severalDays(t)
		d := k.say(words)
		if k.session.Booking == nil || len(k.bookings()) != 0 || d.Disposition != agent.Answer {
			t.Errorf("%q: %d booked; it is %s by %s: %s", words, len(k.bookings()), d.Disposition, d.Rule, d.Text())
			continue
		}
		t.Run(words, func(t *testing.T) { offers(t, k, time.Tuesday, time.Tuesday, time.Tuesday) })
	}
}

func TestTheBeginningOfAStretchOfDaysIsNoDayThatWasChosen(t *testing.T) {
	for _, words := range []string{"from Tuesday on", "Tuesday or later", "a partir del martes", "del martes en adelante", "after Monday", "después del lunes"} {
		k := severalDays(t)
		d := k.say(words)
		if k.session.Booking == nil || len(k.session.Booking.Offered) != 3 || len(k.bookings()) != 0 {
			t.Errorf("%q: %d booked; it is %s by %s: %s", words, len(k.bookings()), d.Disposition, d.Rule, d.Text())
		}
	}
}

func TestADayThatTellsNoTimeFromTheOthersIsAskedAbout(t *testing.T) {
	for _, words := range []string{"Tuesday", "the Tuesday one", "Tuesday works", "on tuesday please", "yes, Tuesday", "martes", "el martes", "el martes está bien", "la del martes", "sí, el martes"} {
		k := offered(t)
		before := k.session.Booking.Offered
		k.say(words)
		d := k.session.Booking
		if len(k.bookings()) != 0 || d == nil || d.Asked != booking.AskTime || len(d.Offered) != len(before) {
			t.Errorf("%q after three times of one Tuesday: %d booked, and %+v", words, len(k.bookings()), d)
		}
	}
	for words, booked := range map[string]int{
		"Tuesday": 0, "Tuesday works": 0, "martes": 0, "el martes": 0, "la del martes": 0,
		"yes, Tuesday": 1, "ok Tuesday": 1, "sí, el martes": 1, "el martes está bien": 1, "perfecto, el martes": 1, "Tuesday at 2": 1, "el martes a las 2": 1,
	} {
		k := oneTime(t)
		only := k.session.Booking.Offered[0]
		k.say(words)
		d := k.session.Booking
		if n := len(k.bookings()); n != booked || n == 0 && (d.Asked != booking.AskHold || d.Held.ID != only.ID) {
			t.Errorf("%q after a single time on Tuesday: %d booked, and %+v", words, n, d)
		}
	}
}

func TestADayThatIsAskedForIsTheOneInTheWeekOfTheOffer(t *testing.T) {
	for _, words := range []string{"what about Friday?", "mejor el viernes", "friday", "el viernes"} {
		k := severalDays(t)
		k.say(words)
		offers(t, k, time.Friday, time.Friday, time.Friday)
		if day := clinic.DateOf(k.session.Booking.Offered[0].Start.In(k.profile.Zone)); day != (clinic.Date{Year: 2026, Month: 12, Day: 4}) {
			t.Errorf("%q: it offers %s", words, day)
		}
	}
}

func TestAnHourBehindAnArticleIsNoPlaceInTheList(t *testing.T) {
	k := newTalk(t, small(), wednesday(t))
	k.say("I need an appointment on Friday December 4")
	k.say("la de la 1")
	if all := k.bookings(); len(all) != 1 || all[0].Start().In(k.profile.Zone).Format("15:04") != "13:00" {
		t.Errorf("la de la 1: %v booked", all)
	}
}

func TestAWordOfAWishIsNoChangeOfAVisitThatNobodyMade(t *testing.T) {
	for _, words := range []string{"¿habrá lugar el martes para una cita?", "quiero una cita el martes, es la primera vez", "mejor una cita el martes", "an appointment on Tuesday instead"} {
		k := newTalk(t, small(), wednesday(t))
		d := k.say(words)
		if k.session.Booking == nil || k.session.Booking.Asked != booking.AskTime || d.Escalation != nil {
			t.Errorf("%q is %s by %s: %s", words, d.Disposition, d.Rule, d.Text())
		}
	}
}

func TestNotNewRefusesNoTime(t *testing.T) {
	for _, words := range []string{"id like an appt tuesday morning im not new", "cita el martes en la mañana no soy nuevo"} {
		k := newTalk(t, small(), wednesday(t))
		d := k.say(words)
		if k.session.Booking == nil || len(k.session.Booking.Offered) == 0 || k.session.Booking.Offered[0].Start.In(k.profile.Zone).Hour() >= 12 {
			t.Errorf("%q is %s by %s: %s", words, d.Disposition, d.Rule, d.Text())
		}
	}
}

func TestHowPatientsSayThatTheyWereThereBefore(t *testing.T) {
	for words, want := range map[string]booking.Known{
		"we've been to Gulfton before": booking.Returning, "he's been seen at Gulfton": booking.Returning, "we're already patients": booking.Returning, "she goes to Gulfton": booking.Returning,
		"ya voy ahí": booking.Returning, "ya los han visto": booking.Returning, "vamos desde hace años": booking.Returning, "ya vamos a Gulfton": booking.Returning,
		"I haven't been to Gulfton": booking.FirstTime, "we have not been there": booking.FirstTime, "never been to Gulfton": booking.FirstTime, "no hemos ido": booking.FirstTime, "todavía no he ido": booking.FirstTime,
	} {
		k := newTalk(t, bookable(), wednesday(t))
		k.say("I need an appointment on Tuesday, " + words)
		if d := k.session.Booking; d == nil || d.Patient != want {
			t.Errorf("%q: %+v, want %q", words, d, want)
		}
	}
}
