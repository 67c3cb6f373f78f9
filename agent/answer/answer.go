// Package answer turns front-desk questions into the texts that answer them
// from the clinic's published facts. What the facts do not hold is passed on
// to staff, and the text says so; nothing is guessed.
package answer

import (
	"time"

	"recado/agent/clinic"
	"recado/agent/reading"
	"recado/locales"
)

// Question is one thing that a patient asked.
type Question struct {
	Intent string
	// Reading is the whole turn; From and To are the tokens of this question.
	// It may be nil for an intent without words.
	Reading  *reading.Reading
	From, To int
	Profile  *clinic.Profile // not changed while in use
	Now      time.Time
	Previous []string // intents of the last turn, most certain first
	Asked    string   // key of the question that the last reply left open
}

// Answer is what to say to a question.
type Answer struct {
	// Messages have keys that differ from one another.
	Messages []locales.Message
	// Intent is what was answered: the question's, or what a follow-up such
	// as "y los sábados?" continues.
	Intent string
	// Slots are the facts that were understood: day (2006-01-02, or the
	// English weekday of "every Saturday"), time (15:04), location, plan,
	// service, provider, price, language. Values are the profile's, never the
	// patient's words.
	Slots map[string]string
	Asks  string // key of the question that this answer leaves open
	// Staff is true when a person must act or look as well.
	Staff bool
	// Known is false when nothing that the clinic publishes answers this: the
	// turn is then a request for staff, and the messages say so.
	Known bool
	// general is true where the question named none of the things that its
	// intent is about, and so got all of them or none.
	general bool
}

// answerers answer one intent each.
var answerers = map[string]func(*scene) Answer{
	"hours":       hours,
	"location":    location,
	"parking":     parking,
	"insurance":   insurance,
	"walk_ins":    walkIns,
	"booking":     booking,
	"reschedule":  act("visit.reschedule"),
	"cancel":      cancel,
	"confirm":     act("visit.confirm"),
	"first_visit": firstVisit,
	"forms":       forms,
	"services":    services,
	"providers":   providers,
	"languages":   languages,
	"cost":        cost,
	"contact":     contact,
	"greeting":    say("greeting"),
	"thanks":      say("thanks"),
	"goodbye":     say("goodbye"),
	"unclear":     say("unclear"),
}

// For answers a question. An intent without an answer of its own gets the
// text reply.<intent> of the catalogue. A question that leaves to the rest of
// the turn what it is about ("the TB test: do you do it?") is answered for
// what the rest names.
func For(q Question) Answer {
	s, a := reply(q)
	if !a.general || q.Reading == nil || len(s.tokens) == len(q.Reading.Text.Tokens) {
		return a
	}
	open, points := s.leavesOpen()
	if !open {
		return a
	}
	q.From, q.To = 0, len(q.Reading.Text.Tokens)
	_, whole := reply(q)
	switch short := q.To-len(s.tokens) <= mostInFront; {
	case whole.Intent != a.Intent:
	case !whole.general, points && short && whole.Staff: // "AvMed, do you take it": named, and not on the list
		return whole
	}
	return a
}

// mostInFront is how many words name what a question after them points at.
const mostInFront = 3

func reply(q Question) (*scene, Answer) {
	s := newScene(q)
	s.intent = followUp(s)
	answer, ok := answerers[s.intent]
	if !ok {
		answer = say("reply." + s.intent)
	}
	a := answer(s)
	a.Intent = s.intent
	if a.Slots == nil {
		a.Slots = s.slots
	}
	return s, a
}

// general marks an answer that was not asked for by name.
func general(a Answer) Answer {
	a.general = true
	return a
}

// say answers with a text that needs no more than the standard arguments.
func say(key string) func(*scene) Answer {
	return func(s *scene) Answer { return s.known(key, nil) }
}

// act answers with a text that says that staff will do it.
func act(key string) func(*scene) Answer {
	return func(s *scene) Answer {
		a := s.known(key, nil)
		a.Staff = true
		return a
	}
}
