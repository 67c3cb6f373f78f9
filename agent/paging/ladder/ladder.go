// Package ladder decides whom to page next and when, without I/O: a ladder of
// steps that is climbed until somebody of the staff acknowledges.
package ladder

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/language"
)

// Via is how a contact is reached.
type Via string

// The ways.
const (
	Webhook  Via = "webhook"
	Email    Via = "email"
	Terminal Via = "terminal" // printed by a development run
)

// Contact is one place that pages go to.
type Contact struct {
	Via Via
	// To is a URL or an address. A URL may hold a token, so To is never logged.
	To       string
	Language language.Language // of the text; English by default
	// Private lets a webhook be in the clinic's own network.
	Private bool
}

// ID names the contact where its address may not stand: 16 hex characters.
func (c Contact) ID() string {
	sum := sha256.Sum256([]byte(string(c.Via) + "\x00" + c.To))
	return hex.EncodeToString(sum[:8])
}

// Step is a rung: who is paged together.
type Step struct {
	Name string // for people, such as "on call"
	To   []Contact
	// After is how long after the alarm began the step is taken, if nobody
	// acknowledged it until then. Steps are in its order.
	After time.Duration
	// Priorities are those that the step is for.
	Priorities []agent.Priority
}

// Digest is the counts that go out once a day.
type Digest struct {
	To []Contact // none: no digest
	// At is when, in minutes after midnight in the clinic's zone; negative:
	// when the first of the clinic's locations opens.
	At int
	// Empty sends it also when nothing waits.
	Empty bool
}

// Opening is Digest.At for the hour at which the clinic opens.
const Opening = -1

// Ladder is whom a clinic wakes.
type Ladder struct {
	Steps []Step
	// Repeat is how often the last step is taken again.
	Repeat time.Duration
	// Quiet are the hours without pages about routine and requests, in
	// minutes after midnight; they may pass midnight. Nil for none.
	Quiet *clinic.Interval
	// Owner are told when somebody breaks the glass. Defaults to the contacts
	// of the first step.
	Owner  []Contact
	Digest Digest
}

// DefaultRepeat is Ladder.Repeat where a file sets none.
const DefaultRepeat = 10 * time.Minute

// Plan is the ladders of all clinics, by id. "*" is for every other one.
type Plan map[string]Ladder

// Others is the clinic in a Plan that stands for every other one.
const Others = "*"

// For returns a clinic's ladder; ok is false where it has none.
func (p Plan) For(clinicID string) (l Ladder, ok bool) {
	if l, ok = p[clinicID]; !ok {
		l, ok = p[Others]
	}
	return l, ok
}

// Contacts are all of the ladder's, each once, in the order of the steps.
func (l Ladder) Contacts() []Contact {
	var all []Contact
	add := func(contacts []Contact) {
		for _, c := range contacts {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	for _, s := range l.Steps {
		add(s.To)
	}
	add(l.Owner)
	add(l.Digest.To)
	return all
}

// Owners are those who are told when somebody breaks the glass.
func (l Ladder) Owners() []Contact {
	if len(l.Owner) > 0 || len(l.Steps) == 0 {
		return l.Owner
	}
	return l.Steps[0].To
}

// Wakes reports whether any step is for a priority.
func (l Ladder) Wakes(p agent.Priority) bool { return len(l.steps(p)) > 0 }

// steps are the indices of those for a priority. One that is unknown is as
// pressing as urgent.
func (l Ladder) steps(p agent.Priority) []int {
	if inbox.Rank(p) == inbox.Rank("") {
		p = agent.PriorityUrgent
	}
	var all []int
	for i, s := range l.Steps {
		if slices.Contains(s.Priorities, p) && len(s.To) > 0 {
			all = append(all, i)
		}
	}
	return all
}
