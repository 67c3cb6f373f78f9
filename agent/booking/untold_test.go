package booking_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/booking"
)

// toldStaff reports whether a record tells staff of a visit by its reference.
func toldStaff(d agent.Decision, ref string) bool {
	return d.Escalation != nil && slices.Contains(d.Escalation.Rules, string(booking.NotTold)) &&
		slices.ContainsFunc(d.Escalation.Messages, func(m agent.Message) bool { return m.From == agent.Assistant && strings.Contains(m.Text, ref) })
}

func TestStaffLearnOfAVisitThatThePatientCannotBeToldOf(t *testing.T) {
	for name, test := range map[string]struct {
		then string // written after the choice, before anything was committed
		do   func(*talk)
		want agent.Disposition
	}{
		"the patient stops":           {then: "stop texting me", want: agent.Consent},
		"el paciente ya no quiere":    {then: "ya no me manden mensajes", want: agent.Consent},
		"a person takes it":           {do: func(k *talk) { k.session.Owner = "maria" }, want: agent.Silent},
		"a person takes it, and more": {then: "thank you", do: func(k *talk) { k.session.Owner = "maria" }, want: agent.Silent},
		"a hand-off comes first":      {then: "my son has a fever and a rash", want: agent.Escalate},
		"stopped on another channel":  {do: func(k *talk) { k.session.Stopped = true }, want: agent.Silent},
		"primero va lo de la salud":   {then: "mi niño trae calentura desde ayer", want: agent.Escalate},
	} {
		t.Run(name, func(t *testing.T) {
			k := offered(t)
			events := []agent.Event{k.text("2")}
			k.mustRead(5, events...) // the worker dies before it commits
			if test.then != "" {
				events = append(events, k.text(test.then))
			}
			if test.do != nil {
				test.do(k)
			}
			if len(k.bookings()) != 1 {
				t.Fatal("nothing was booked")
			}
			d := k.commit(k.mustRead(6, events...))
			if d.Disposition != test.want {
				t.Fatalf("%s by %s: %s", d.Disposition, d.Rule, d.Text())
			}
			if all := k.bookings(); len(all) != 1 || !toldStaff(d, all[0].Ref) {
				t.Errorf("%d booked, and staff read %+v", len(all), d.Escalation)
			}
		})
	}
}

func TestAVisitThatStaffWereToldOfIsTheOneThatIsSpokenOf(t *testing.T) {
	for words, want := range map[string]string{
		"3": "your visit is now", "2": "your visit is now", "nevermind": "your visit stays", "when is my appointment?": "Your visit is", "thank you": "",
		"please cancel the appointment": "What would you like to do",
	} {
		k := offered(t)
		e := k.text("2")
		k.mustRead(5, e)
		k.session.Owner = "maria"
		k.commit(k.mustRead(6, e))
		ref := k.bookings()[0].Ref
		if d := k.commit(k.mustRead(7, k.text("are you there?"))); d.Escalation == nil || toldStaff(d, ref) {
			t.Errorf("staff are told once more: %+v", d.Escalation)
		}
		k.session.Owner = ""
		d := k.commit(k.mustRead(8, k.text(words)))
		if all := k.bookings(); len(all) != 1 || all[0].Ref != ref || !strings.Contains(d.Text(), want) {
			t.Errorf("%q is answered by %q, booked %v", words, d.Text(), all)
		}
	}
}

func TestAVisitThatNobodyWasToldOfIsFoundWhenTheDraftIsOver(t *testing.T) {
	k := offered(t)
	events := []agent.Event{k.text("2")}
	k.mustRead(5, events...)
	d := k.commit(k.mustRead(6, append(events, k.text("my dad has chest pain and can't breathe"))...))
	if d.Disposition != agent.Emergency || d.Escalation == nil || !slices.Contains(d.Escalation.Rules, string(booking.MayBeBooked)) {
		t.Errorf("%s by %s, and staff read %+v", d.Disposition, d.Rule, d.Escalation)
	}
	k.now = k.now.Add(booking.Lifetime + time.Minute)
	d = k.commit(k.mustRead(7, k.text("do you take Medicaid?")))
	if all := k.bookings(); len(all) != 1 || d.Disposition != agent.Answer || !toldStaff(d, all[0].Ref) {
		t.Errorf("%s, %d booked, and staff read %+v", d.Disposition, len(all), d.Escalation)
	}
	if d = k.say("do you take Medicaid?"); d.Escalation != nil {
		t.Errorf("and again: %+v", d.Escalation)
	}
}

func TestNoRecordIsMadeWhereNothingWasBooked(t *testing.T) {
	for _, then := range []string{"stop texting me", "do you take Medicaid?", "what are your hours on Saturday?"} {
		k := offered(t)
		if d := k.commit(k.mustRead(5, k.text("where do I park?"), k.text(then))); d.Escalation != nil && d.Disposition != agent.Consent {
			t.Errorf("%q: staff read %+v", then, d.Escalation.Rules)
		}
		k.now = k.now.Add(booking.Lifetime + time.Minute)
		if d := k.commit(k.mustRead(6, k.text("are you open?"))); d.Escalation != nil && !k.session.Stopped {
			t.Errorf("%q, later: staff read %+v", then, d.Escalation.Rules)
		}
	}
}

func TestStaffAreToldToLookWhereTheBookDoesNotAnswer(t *testing.T) {
	k := offered(t)
	events := []agent.Event{k.text("2")}
	k.mustRead(5, events...)
	k.faulty.down = true
	d := k.commit(k.mustRead(6, append(events, k.text("stop texting me"))...))
	if d.Escalation == nil || !slices.Contains(d.Escalation.Rules, string(booking.MayBeBooked)) {
		t.Errorf("staff read %+v", d.Escalation)
	}
	k = offered(t)
	if d := k.agent.Fallback(agent.Turn{Events: []agent.Event{k.text("2")}, Session: k.session, Clinic: k.profile, Now: k.now}); !slices.Contains(d.Escalation.Rules, string(booking.MayBeBooked)) {
		t.Errorf("after a turn that could not be decided staff read %+v", d.Escalation)
	}
}

func TestARunThatIsBehindBooksNothingAfterSilence(t *testing.T) {
	k := offered(t)
	e := k.text("2")
	before := k.session
	k.session.Owner = "maria"
	k.commit(k.mustRead(6, e, k.text("hello?")))
	k.session = before
	if _, err := k.reading(5, e); err == nil || len(k.bookings()) != 0 {
		t.Errorf("%d booked, %v", len(k.bookings()), err)
	}
}
