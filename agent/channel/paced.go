package channel

import "time"

// Paced is a Sender whose channel takes so much at a time. What is beyond it
// is held back here, where an emergency can overtake it, and not in the
// channel's own queue, where nothing can.
type Paced interface {
	// Pace returns what m costs of the channel's limits.
	Pace(m Message) Pace
}

// Pace is what one message costs. A zero Limit limits nothing.
type Pace struct {
	Number  Limit // of all that the clinic's number sends
	Patient Limit // of what the number sends to one patient
}

// Limit is one limit of a channel.
type Limit struct {
	// Takes is how long the message keeps the limit busy.
	Takes time.Duration
	// Burst is how many such messages may go at once before the limit holds.
	// Fewer than two means one after the other.
	Burst int
}

// Scope is whom a channel's refusal is about.
type Scope string

// The scopes.
const (
	ScopePatient Scope = ""       // this message and its patient; others may be sent to
	ScopeNumber  Scope = "number" // all that the clinic's number sends
)
