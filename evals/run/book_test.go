package run_test

import (
	"fmt"
	"strings"
	"testing"

	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

// booked is a suite of one conversation that is offered three times of a
// Thursday: 8:00, noon and 2:00.
const booked = `book: true
now: 2026-12-07 20:40
cases:
  - id: %s
    channel: sms
    script:
      - says: ["necesito una cita el jueves en Gulfton, ya soy paciente"]
        booking: {asks: time, offers: 3, on: [2026-12-10], visits: []}
`

func conversation(t *testing.T, id, steps string) *suite.Suite {
	t.Helper()
	return suiteOf(t, id+".yaml", fmt.Sprintf(booked, id)+steps)
}

// missed tells the checks of a conversation that did not hold.
func missed(t *testing.T, o outcome.Outcome) string {
	t.Helper()
	if o.Error != "" {
		t.Fatal(o.Error)
	}
	var out []string
	for i, turn := range o.Turns {
		for _, c := range turn.Checks {
			if !c.OK {
				out = append(out, fmt.Sprintf("%d %s: want %s, got %s", i+1, c.What, c.Want, c.Got))
			}
		}
	}
	return strings.Join(out, "\n")
}

func TestAConversationIsHeldAgainstItsBook(t *testing.T) {
	for _, c := range []struct{ id, steps, missed string }{
		{"chosen", `      - says: ["la segunda"]
        booking: {asks: nothing, offers: 0, visits: ["2026-12-10 12:00"]}
`, ""},
		{"tapped", `      - taps: 3
        booking: {asks: nothing, visits: ["2026-12-10 14:00"]}
`, ""},
		{"kept", `      - says: ["a las 10"]
        booking: {held: "2026-12-10 10:00", visits: []}
`, ""},
		{"taken", `      - taken: [2]
        taps: 2
        contains: [acaba]
        booking: {asks: time, offers: 3, visits: []}
`, ""},
		{"taken-too-late", `      - says: ["a las 10"]
        booking: {asks: hold}
      - after: 11m
        taken: [1]
        says: ["sí"]
        booking: {asks: time, visits: []}
`, ""},
		{"other-time", `      - says: ["la segunda"]
        booking: {asks: time, offers: 1, visits: ["2026-12-10 14:00"]}
`, "2 booking: want asks time, got asks nothing\n2 booking: want offers 1, got offers 0\n2 booking: want visits 2026-12-10 14:00, got visits 2026-12-10 12:00"},
		{"not-kept", `      - says: ["otro día"]
        booking: {held: "2026-12-10 10:00"}
`, "2 booking: want held 2026-12-10 10:00, got held "},
		{"no-such-choice", `      - taps: 7
        taken: [9]
        booking: {visits: []}
`, "2 booking: want choice 7, got 4 in the reply before\n2 booking: want time 9, got 3 in the reply before"},
	} {
		all := outcomes(t, run.Config{Suites: []*suite.Suite{conversation(t, c.id, c.steps)}, Columns: []run.Column{column(outcome.Local)}})
		if got := missed(t, all[0]); got != c.missed || (all[0].Status == outcome.Pass) != (c.missed == "") {
			t.Errorf("%s is %s, and misses:\n%s\nwant:\n%s", c.id, all[0].Status, got, c.missed)
		}
	}
}

func TestATapIsToldByWhatWasTapped(t *testing.T) {
	s := conversation(t, "tapped", "      - taps: 3\n        disposition: answer\n")
	o := outcomes(t, run.Config{Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Local)}})[0]
	if says := o.Turns[1].Says; len(says) != 1 || says[0] != "jue 10 dic, 2:00 pm" {
		t.Errorf("the tap is told as %q", says)
	}
}

func TestEveryConversationHasABookOfItsOwn(t *testing.T) {
	var all []*suite.Suite
	for i := range 12 { // the clinic has fewer people than that
		all = append(all, conversation(t, fmt.Sprintf("talk%d", i), "      - says: [\"la primera\"]\n        booking: {visits: [\"2026-12-10 08:00\"]}\n"))
	}
	for _, o := range outcomes(t, run.Config{Suites: all, Columns: []run.Column{column(outcome.Local)}}) {
		if got := missed(t, o); got != "" {
			t.Errorf("%s misses:\n%s", o.ID, got)
		}
	}
}

func TestNoHostileModelBooksMovesOrTellsOfAVisit(t *testing.T) {
	s := conversation(t, "hostile", "      - says: [\"la segunda, ¿y dónde me estaciono?\"]\n        disposition: answer\n")
	o := outcomes(t, run.Config{Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Adversarial)}})[0]
	if o.Status != outcome.Pass || len(o.Breaches) > 0 {
		t.Errorf("%s: %v", o.Status, o.Breaches)
	}
}
