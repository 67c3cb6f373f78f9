package agent

import (
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
)

// Disposition is what is done with a turn.
type Disposition string

// The dispositions. Where a turn has several parts the highest wins:
// emergency, escalate, human, answer.
const (
	Answer    Disposition = "answer"    // a front-desk matter, answered in the channel
	Escalate  Disposition = "escalate"  // a person's care: hand-off text, sealed escalation
	Emergency Disposition = "emergency" // danger now: emergency text at once, urgent escalation
	Human     Disposition = "human"     // a request for staff that is not about care
	Consent   Disposition = "consent"   // stop, start or help about the messages themselves
	Decline   Disposition = "decline"   // off topic, spam, abuse, steering: one friendly line
	Silent    Disposition = "silent"    // nothing is sent; Decision.Rule records why
)

// Turn is what is decided together: all unanswered events of a conversation,
// in the order they were written, and everything that the decision may look
// at. Deciding reads no clock and no state beyond it and the book.
type Turn struct {
	Events  []Event
	Session Session
	Clinic  *clinic.Profile
	Now     time.Time
	// Private is the patient's own link to the private page, if this turn is
	// handed to staff. Where it is empty the profile's link is used.
	Private string
	// Book is the clinic's appointment book, the only thing that deciding
	// calls beside a language model. Nil: visits are booked by the clinic's
	// link or by staff.
	Book schedule.Schedule
	// Reads is the place in the clinic's stream up to which the turn reads: the
	// Turn of schedule.Owner. Zero where there is no stream.
	Reads uint64
}

// Decision is the outcome of a turn. It holds no word of the patient but in
// Session.Tail and Escalation, which are never serialised in clear.
type Decision struct {
	V int `json:"v"`
	Assessment
	Disposition Disposition `json:"disposition"`
	// Rule names the step of the policy that decided, for staff and engineers.
	Rule string `json:"rule"`
	// Replies are the parts of the one message that is sent; none when silent.
	Replies []Reply `json:"replies,omitempty"`
	// Consent is what the turn changed about messages to the patient.
	Consent ConsentChange `json:"consent,omitempty"`
	// Prompt is the hash of prompt, schema, model and settings when an LLM
	// took part, else empty.
	Prompt string `json:"prompt,omitempty"`

	// Slots are the facts that the answers are about, by the names of
	// answer.Answer: the clinic's own words, never the patient's.
	Slots      map[string]string `json:"-"`
	Escalation *Escalation       `json:"-"` // for staff; sealed before it is published
	Session    Session           `json:"-"` // the session after the turn
}

// ConsentChange says how a turn changed the patient's consent to messages.
type ConsentChange string

// The changes of consent.
const (
	ConsentStop  ConsentChange = "stop"
	ConsentStart ConsentChange = "start"
)

// Text is the message that the patient gets: the replies, a blank line apart.
// It is empty when nothing is sent.
func (d Decision) Text() string {
	text := ""
	for _, r := range d.Replies {
		if r.Text == "" {
			continue
		}
		if text != "" {
			text += "\n\n"
		}
		text += r.Text
	}
	return text
}
