package console

import (
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/inbox"
)

var morning = time.Date(2026, 3, 10, 15, 42, 0, 0, time.UTC) // 10:42 in Chicago

func TestAClockSaysWhatRunsOutWhen(t *testing.T) {
	at := func(m int) time.Time { return morning.Add(time.Duration(m) * time.Minute) }
	round := func(opened, ack, due int) inbox.Round {
		return inbox.Round{Priority: agent.PriorityRoutine, Opened: at(opened), AckDue: at(ack), Due: at(due)}
	}
	taken := round(-60, -20, 40)
	taken.Acknowledged = at(-10)
	done := taken
	done.Resolved = at(-5)
	for _, c := range []struct {
		round         inbox.Round
		state, en, es string
	}{
		{round(-10, 110, 400), clockRunning, "1 h 50 min left", "Quedan 1 h 50 min"},
		{round(-110, 10, 400), clockSoon, "Soon: 10 min left", "Ya casi: quedan 10 min"},
		{round(-60, -20, 400), clockLate, "Late by 20 min", "Atrasado 20 min"},
		{taken, clockRunning, "40 min left", "Quedan 40 min"},
		{done, "", "", ""},
		{inbox.Round{Opened: at(0)}, "", "", ""},
	} {
		for lang, want := range map[string]string{"en": c.en, "es": c.es} {
			got := nextClock(wordsIn(t, lang, morning), c.round, morning)
			switch {
			case c.state == "" && got != nil:
				t.Errorf("%+v has the clock %+v", c.round, got)
			case c.state != "" && (got == nil || got.State != c.state || strings.ReplaceAll(got.Text, "\u00a0", " ") != want):
				t.Errorf("%s: clock is %+v, want %s %q", lang, got, c.state, want)
			}
		}
	}
	both := clocksOf(wordsIn(t, "en", morning), done, morning)
	if len(both) != 2 || both[0].State != clockMissed || both[0].Text != "Taken late" || both[1].State != clockMet || both[1].Text != "Finished in time" {
		t.Errorf("stopped clocks are %+v", both)
	}
}

func TestTimesAreTheClinics(t *testing.T) {
	for lang, want := range map[string]string{"en": "10:42 AM", "es": "10:42 a. m."} {
		m := momentOf(wordsIn(t, lang, morning.Add(5*time.Minute)), morning)
		if strings.ReplaceAll(m.Text, "\u00a0", " ") != want || m.Stamp != "2026-03-10T15:42:00Z" || !strings.Contains(m.Ago, "5") {
			t.Errorf("%s: %+v", lang, m)
		}
	}
	if momentOf(wordsIn(t, "en", morning), time.Time{}) != (moment{}) {
		t.Error("no time has a text")
	}
}

func TestTheGreetingIsByTheClinicsClock(t *testing.T) {
	for hour, want := range map[int]string{3: "Buenas noches, Ana", 8: "Buenos días, Ana", 12: "Buenas tardes, Ana", 18: "Buenas tardes, Ana", 20: "Buenas noches, Ana"} {
		now := time.Date(2026, 3, 10, hour+5, 0, 0, 0, time.UTC)
		if got := greeting(wordsIn(t, "es", now), "Ana Ruiz", now); got != want {
			t.Errorf("at %d h: %q, want %q", hour, got, want)
		}
	}
}
