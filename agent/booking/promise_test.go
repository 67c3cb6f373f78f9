package booking_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/booking"
	"recado/agent/clinic"
)

// wednesday is the clock of these tests: the day before Thanksgiving.
func wednesday(t testing.TB) time.Time {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 25, 10, 0, 0, 0, zone)
}

// offered is a conversation that was just offered three times on a Tuesday.
func offered(t testing.TB) *talk {
	k := newTalk(t, small(), wednesday(t))
	k.say("anything open on tuesday?")
	if len(k.choices) != 4 {
		t.Fatalf("%d choices", len(k.choices))
	}
	return k
}

func (k *talk) text(s string) agent.Event { return k.event(agent.KindText, s) }

func TestATurnThatIsDecidedTwiceBooksOnce(t *testing.T) {
	for _, words := range []string{"2", "the second one", "any of them"} {
		k := offered(t)
		e := k.text(words)
		first, second := k.decide(e), k.decide(e)
		if first.Text() != second.Text() || len(k.bookings()) != 1 {
			t.Errorf("%q: %d bookings, and it says\n%s\nthen\n%s", words, len(k.bookings()), first.Text(), second.Text())
		}
	}
}

func TestATurnThatIsOvertakenLeavesTheLastChoiceAlone(t *testing.T) {
	for _, test := range []struct {
		then string
		want int // which of the times is booked in the end; 0 for none
	}{
		{"no wait, 3", 3},
		{"the first one", 1},
		{"nevermind", 0},
		{"forget it", 0},
		{"mejor la 3", 3},
		{"where do I park?", 2},
		{"thank you", 2},
	} {
		k := offered(t)
		want := k.session.Booking.Offered
		e := k.text("2")
		k.decide(e) // the worker dies before it commits
		d := k.commit(k.decide(e, k.text(test.then)))
		all := k.bookings()
		switch {
		case test.want == 0 && len(all) == 0:
		case test.want > 0 && len(all) == 1 && all[0].Start().Equal(want[test.want-1].Start):
		default:
			t.Errorf("2, then %q: %v booked; it says\n%s", test.then, all, d.Text())
		}
	}
}

func TestAnOvertakenChoiceThatWasNotAnsweredIsMovedByTheNext(t *testing.T) {
	k := offered(t)
	third := k.session.Booking.Offered[2]
	e := k.text("2")
	k.decide(e)
	if d := k.commit(k.decide(e, k.text("my son has a fever and a rash"))); d.Disposition != agent.Escalate {
		t.Fatalf("%s by %s", d.Disposition, d.Rule)
	}
	d := k.say("3")
	if all := k.bookings(); len(all) != 1 || !all[0].Start().Equal(third.Start) {
		t.Errorf("booked: %v; it says %s by %s: %s", all, d.Disposition, d.Rule, d.Text())
	}
}

func TestACancelledVisitThatIsKeptAfterAllIsTold(t *testing.T) {
	k := offered(t)
	k.say("2")
	k.say("I can't come")
	e := k.text("1")
	k.decide(e)
	d := k.commit(k.decide(e, k.text("no, keep it")))
	if len(k.bookings()) != 0 || !strings.Contains(d.Text(), "do not find that visit") {
		t.Errorf("%d booked, and it says %s", len(k.bookings()), d.Text())
	}
}

func TestADraftNeverHoldsBackAnEmergency(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	emergencies := []string{"my dad has chest pain and can't breathe", "mi bebé no respira", "yes 2, he took too many pills", "el segundo, se desmayó y no despierta"}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		k := newTalk(t, small(), wednesday(t))
		for line := range strings.Lines(string(raw)) {
			words, ok := strings.CutPrefix(strings.TrimSpace(line), "patient: ")
			if !ok {
				continue
			}
			k.say(words)
			danger := emergencies[k.events%len(emergencies)]
			calls := k.faulty.calls
			d := k.decide(k.text(danger))
			if d.Disposition != agent.Emergency || k.faulty.calls != calls {
				t.Errorf("%s, after %q: %q is %s by %s with %d calls of the book", file, words, danger, d.Disposition, d.Rule, k.faulty.calls-calls)
			}
		}
	}
}

func TestAnEmergencyClosesTheOpenQuestion(t *testing.T) {
	for _, after := range [][]string{{"2"}, {"gracias", "2"}, {"thank you", "yes"}, {"ok", "the second one"}} {
		k := offered(t)
		k.say("mi bebé no respira")
		for _, words := range after {
			if d := k.say(words); len(k.bookings()) != 0 {
				t.Errorf("after an emergency and %q: %d booked; it says %s", words, len(k.bookings()), d.Text())
			}
		}
	}
}

func TestAReminderIsAnsweredWithYesOrNo(t *testing.T) {
	for words, want := range map[string]string{
		"YES": "We expect you", "yes": "We expect you", "sí": "Le esperamos", "yes please": "We expect you", "Sí, confirmo": "Le esperamos",
		"no": "What would you like to do", "I can't come": "What would you like to do", "no puedo ir": "Qué desea hacer",
	} {
		k := offered(t)
		k.say("2")
		k.now = k.now.Add(5 * 24 * time.Hour)
		d := k.say(words)
		if d.Disposition != agent.Answer || !strings.Contains(d.Text(), want) {
			t.Errorf("%q is %s by %s: %s", words, d.Disposition, d.Rule, d.Text())
		}
	}
}

// chatter are what patients may say at any moment.
var chatter = []string{
	"I need an appointment", "quiero una cita el martes", "1", "2", "3", "4", "la última", "yes", "sí", "no", "ok", "none of those", "más tarde", "another day",
	"thursday at 3", "a las 10 mejor", "nevermind", "olvídelo", "I can't come", "no puedo ir", "can I move it to friday?", "when is my appointment?", "confirmo mi cita",
	"cancel", "CANCELAR", "where do I park?", "gracias", "for my two kids", "cualquiera", "first time", "ya soy paciente", "Gulfton", "keep it",
	"please cancel the appointment", "cancele la cita por favor", "the new one", "la nueva", "I can't come on Tuesday", "same time", "I need another appointment", "do you have anything earlier?",
}

// TestEveryVisitThatIsBookedWasTold walks at random. Turns are decided again,
// and first without their last message, as after a crash; times run out and
// old buttons are tapped.
func TestEveryVisitThatIsBookedWasTold(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 6
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 8))
		k := newTalk(t, []func() *clinic.Profile{small, bookable}[seed%2](), wednesday(t))
		told, log := "", []string{}
		var old []agent.Choice
		for range 25 {
			var events []agent.Event
			for range 1 + r.IntN(2) {
				if all := append(old, k.choices...); len(all) > 0 && r.IntN(4) == 0 {
					c := all[r.IntN(len(all))]
					e := k.event(agent.KindButton, c.Title)
					e.Button = c.ID
					events = append(events, e)
					log = append(log, "tap "+c.ID)
					continue
				}
				words := chatter[r.IntN(len(chatter))]
				events, log = append(events, k.text(words)), append(log, words)
			}
			if r.IntN(3) == 0 {
				k.decide(events[:1]...)
			}
			if r.IntN(3) == 0 {
				k.decide(events...)
			}
			old = append(old, k.choices...)
			d := k.commit(k.decide(events...))
			told += d.Text()
			if d.Escalation != nil && slices.Contains(d.Escalation.Rules, string(booking.NotTold)) {
				for _, m := range d.Escalation.Messages {
					told += m.Text // to staff, since the patient cannot be told
				}
			}
			log = append(log, "-> "+d.Text())
			k.now = k.now.Add(time.Duration(r.IntN(20)) * time.Minute)
			for _, b := range k.bookings() {
				if d.Disposition == agent.Answer && !strings.Contains(told, b.Ref) {
					t.Fatalf("seed %d: visit %s was booked and not told:\n%s", seed, b.Ref, strings.Join(log, "\n"))
				}
			}
			if d.Disposition != agent.Silent && d.Text() == "" {
				t.Fatalf("seed %d: nothing is said (%s by %s):\n%s", seed, d.Disposition, d.Rule, strings.Join(log, "\n"))
			}
			if k.session.Stopped {
				k.session.Stopped = false
			}
		}
	}
}
