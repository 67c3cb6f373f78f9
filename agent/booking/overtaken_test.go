package booking_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/schedule"
)

// reading decides a turn that reads up to a place in the stream, uncommitted.
func (k *talk) reading(reads uint64, events ...agent.Event) (agent.Decision, error) {
	k.t.Helper()
	return k.agent.Decide(context.Background(), agent.Turn{Events: events, Session: k.session, Clinic: k.profile, Now: k.now, Book: k.offers(), Reads: reads})
}

func (k *talk) mustRead(reads uint64, events ...agent.Event) agent.Decision {
	k.t.Helper()
	d, err := k.reading(reads, events...)
	if err != nil {
		k.t.Fatal(err)
	}
	return d
}

func TestARunThatIsBehindChangesNothingAfterALaterOne(t *testing.T) {
	visited := func(k *talk) { k.say("2"); k.say("I can't come") }
	moving := func(k *talk) { k.say("2"); k.say("can I move it to Thursday?") }
	for _, test := range []struct {
		before      func(*talk)
		first, then string
		left        int
	}{
		{nil, "otro día", "no, mejor la 2", 1},
		{nil, "2", "no gracias, ya no", 0},
		{nil, "2", "otro día", 0},
		{nil, "2", "3", 1},
		{nil, "2", "for two kids", 0},
		{visited, "1", "no, keep it", 1},
		{visited, "1", "2", 1},
		{moving, "1", "nevermind", 1},
		{moving, "1", "3", 1},
	} {
		k := offered(t)
		if test.before != nil {
			test.before(k)
		}
		before := k.session
		one, two := k.text(test.first), k.text(test.then)
		k.commit(k.mustRead(6, one, two))
		stands := fmt.Sprint(k.bookings())
		k.session = before
		_, err := k.reading(5, one)
		if !errors.Is(err, schedule.ErrOvertaken) {
			t.Errorf("%q, then %q: the run that was behind got %v", test.first, test.then, err)
		}
		if now := fmt.Sprint(k.bookings()); now != stands || len(k.bookings()) != test.left {
			t.Errorf("%q, then %q: %d booked, want %d; it was %s and became %s", test.first, test.then, len(k.bookings()), test.left, stands, now)
		}
	}
}

func TestAMoveThatWasOvertakenIsUndone(t *testing.T) {
	for _, then := range []string{"nevermind", "no, another day", "where do I park? and other times please"} {
		k := offered(t)
		k.say("2")
		was := k.bookings()[0].Start()
		k.say("can I move it to Thursday?")
		one := k.text("1")
		k.mustRead(5, one)
		if k.bookings()[0].Start().Equal(was) {
			t.Fatal("nothing was moved")
		}
		d := k.commit(k.mustRead(6, one, k.text(then)))
		if all := k.bookings(); len(all) != 1 || !all[0].Start().Equal(was) {
			t.Errorf("%q: booked %v; it says %s", then, all, d.Text())
		}
		if then == "nevermind" && !strings.Contains(d.Text(), "December 1") {
			t.Errorf("it says %s", d.Text())
		}
	}
}

func TestAVisitThatIsCancelledTwiceIsToldTheSame(t *testing.T) {
	for _, before := range [][]string{{"2", "I can't come"}, {"2", "cancel"}} {
		k := offered(t)
		for _, words := range before {
			k.say(words)
		}
		e := k.text("1")
		first, second := k.decide(e), k.decide(e)
		if first.Text() != second.Text() || len(k.bookings()) != 0 {
			t.Errorf("after %q: %d booked, and it says\n%s\nthen\n%s", before, len(k.bookings()), first.Text(), second.Text())
		}
	}
}

func TestABookingWithAnotherProviderIsFoundAgain(t *testing.T) {
	k := newTalk(t, bookable(), wednesday(t))
	k.say("I've been there before, follow-up at either location on Tuesday")
	for range 4 {
		if k.session.Booking != nil && k.session.Booking.Asked != "time" {
			k.say("1")
		}
	}
	at := k.session.Booking.Offered[0]
	all, err := k.book.Open(t.Context(), schedule.Query{Visit: at.Visit, Location: at.Location, From: at.Start, To: at.Start.Add(time.Minute), Limit: 9})
	if err != nil || len(all) < 2 {
		t.Fatalf("only %d have the time: %v", len(all), err)
	}
	rival := schedule.Owner{Clinic: k.profile.ID, Channel: "sms", Conversation: "rival000001"}
	hold, err := k.book.Hold(t.Context(), rival, at.ID, 1)
	if err == nil {
		_, err = k.book.Book(t.Context(), rival, hold.ID, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	e := k.text("1")
	first, second := k.decide(e), k.decide(e)
	if first.Text() != second.Text() || len(k.bookings()) != 1 {
		t.Errorf("%d booked, and it says\n%s\nthen\n%s", len(k.bookings()), first.Text(), second.Text())
	}
}

func TestABookingWhoseAnswerWasLostIsTold(t *testing.T) {
	k := offered(t)
	k.faulty.lost = true
	d := k.say("2")
	if len(k.bookings()) != 1 || !strings.Contains(d.Text(), k.bookings()[0].Ref) || d.Escalation != nil {
		t.Errorf("%d booked; it says %s", len(k.bookings()), d.Text())
	}
	k = offered(t)
	k.faulty.lost, k.faulty.mute = true, true
	d = k.say("2")
	if d.Escalation == nil || d.Escalation.Rules[len(d.Escalation.Rules)-1] != "booking.may_be_booked" {
		t.Errorf("staff are not told that it may be booked: %+v", d.Escalation)
	}
}

func TestAnOldTapLeavesNothingOfARunThatWasOvertaken(t *testing.T) {
	k := offered(t)
	old := k.choices[0]
	k.tap(old)
	k.say("I need another appointment on friday")
	one, two := k.text("any of them"), k.event(agent.KindButton, "")
	two.Button = old.ID
	k.mustRead(5, one)
	d := k.commit(k.mustRead(6, one, two))
	if all := k.bookings(); len(all) != 1 || !strings.Contains(d.Text(), all[0].Ref) {
		t.Errorf("booked %v; it says %s", all, d.Text())
	}
}
