package agent

import (
	"strings"
	"testing"

	"recado/agent/language"
	"recado/agent/reading"
	"recado/intents"
)

func TestAskingIsToldFromStating(t *testing.T) {
	for text, want := range map[string]bool{
		"do you take Aetna": true, "is parking free": true, "what time do you open": true, "I need an appointment": true, "and can people walk in": true,
		"y que camion me deja cerca": true, "si aceptan CHIP": true, "me puede mandar la dirección": true, "cuánto cuesta": true, "quisiera una cita": true,
		"it is for my husband": false, "she doesn't have a phone": false, "my mom can take my kids": false, "kids are still out of school": false,
		"los niños siguen de vacaciones": false, "son para mi esposo": false, "muy amable": false, "my visit is the 5th": false, "yo no manejo": false,
	} {
		tokens := language.Scan(text).Tokens
		if got := asks(tokens, 0, len(tokens)); got != want {
			t.Errorf("%q asks: %v, want %v", text, got, want)
		}
	}
}

func TestATopicIsNamedByItsWordsAlone(t *testing.T) {
	set, err := intents.Load(intents.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, in := range set.Intents {
		known[in.Name] = true
	}
	for word, intent := range topics {
		if !known[intent] {
			t.Errorf("%s names %s, which is no intent", word, intent)
		}
	}
	for text, want := range map[string]string{
		"your address": "location", "y los precios por favor": "cost", "what are your hours": "hours", "el número de teléfono": "contact",
		"the address on my card": "", "address or phone": "", "hours and prices": "", "please": "",
	} {
		tokens := language.Scan(text).Tokens
		if got := topic(tokens, 0, len(tokens)); got != want {
			t.Errorf("%q is about %q, want %q", text, got, want)
		}
	}
}

func TestOneWayToChangeAVisitIsAnswered(t *testing.T) {
	at := func(confidence float64, names ...string) (out []question) {
		for _, name := range names {
			out = append(out, question{Intent: Intent{Name: name, Confidence: confidence}})
		}
		return out
	}
	for _, c := range []struct {
		all       []question
		own, want string
	}{
		{at(0.8, "cancel", "reschedule", "hours"), "hours", "reschedule hours"},
		{at(0.8, "confirm", "booking"), "booking", "booking"},
		{at(0.8, "booking", "confirm", "hours"), "reschedule", "hours"},
		{at(0.95, "cancel", "booking"), "cancel", "cancel booking"},
		{at(0.8, "cancel", "booking"), "cancel", "cancel"},
		{at(0.8, "hours", "insurance"), "hours", "hours insurance"},
	} {
		var got []string
		for _, q := range oneVisit(c.all, c.own) {
			got = append(got, q.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("of %v for %s: %v, want %s", c.all, c.own, got, c.want)
		}
	}
}

func TestTheOnlyQuestionIsReadWithItsClauses(t *testing.T) {
	e := &evidence{reading: reading.Reading{Text: language.Scan("one two three four five six seven eight")}}
	if q := widened(question{from: 2, to: 3}, e); q.from != 0 || q.to != 8 {
		t.Errorf("without clauses: %d to %d", q.from, q.to)
	}
	e.parts = []part{{Part: intents.Part{From: 0, To: 2}}, {Part: intents.Part{From: 2, To: 6}}, {Part: intents.Part{From: 6, To: 8}}}
	if q := widened(question{from: 3, to: 4}, e); q.from != 2 || q.to != 6 {
		t.Errorf("in the second clause: %d to %d", q.from, q.to)
	}
}
