package inbox

import (
	"slices"
	"time"

	"recado/agent"
	"recado/agent/language"
)

// Version is the form of stored cases.
const Version = 1

// NoClinic is the clinic of records that came on a subject which names no
// conversation. They are for those who run Recado.
const NoClinic = "unknown"

// State says where a case stands.
type State string

// The states.
const (
	Open     State = "open"     // waits in the queue
	Claimed  State = "claimed"  // a person holds it
	Resolved State = "resolved" // done, with an outcome
)

// Case is what staff work on: a conversation from its first record until it
// is resolved. Changing one returns a new value and leaves the old one as it
// was.
type Case struct {
	V            int               `json:"v"`
	ID           string            `json:"id"` // UUID, made when the case was opened
	Clinic       string            `json:"clinic"`
	Conversation string            `json:"conversation"`
	Channel      agent.Channel     `json:"channel,omitempty"`  // empty until a record names it
	Language     language.Language `json:"language,omitempty"` // to answer the patient in
	State        State             `json:"state"`
	// Owner is the person who holds the case while it is claimed.
	Owner string    `json:"owner,omitempty"`
	Since time.Time `json:"since,omitzero"` // when Owner took it
	// BotSpeaks is true while the owner keeps the case and lets the assistant
	// answer the patient.
	BotSpeaks bool `json:"bot_speaks,omitempty"`
	// Round is the current one, or the last one of a resolved case.
	Round Round   `json:"round"`
	Past  []Round `json:"past,omitempty"` // those before it, oldest first
	// Arrivals are what came from the patient, in the order of arrival. Beyond
	// a limit the ids of the oldest are in Older alone.
	Arrivals []Arrival `json:"arrivals"`
	Older    []string  `json:"older,omitempty"`
	// Unseen is how many arrivals the holder, or nobody yet, has looked at.
	Unseen int `json:"unseen,omitempty"`
	// Rules and Intents are ids of why the conversation came to staff, most
	// recent first, without repeats.
	Rules   []string `json:"rules,omitempty"`
	Intents []string `json:"intents,omitempty"`
	// Actions are what staff did, oldest first; see Timeline.
	Actions []Action `json:"actions,omitempty"`
	// ReplyTo is the patient's address, sealed by the gateway: only a gateway
	// can open it.
	ReplyTo string `json:"reply_to,omitempty"`
	// Next is the case that goes on with this conversation. A case with a
	// Next is never opened again.
	Next    string    `json:"next,omitempty"`
	Changed time.Time `json:"changed"` // the last change of any kind
}

// Round is the time from entering the queue to being resolved. A case that
// comes back begins another one.
type Round struct {
	Priority     agent.Priority `json:"priority"` // the highest of its arrivals
	Opened       time.Time      `json:"opened"`   // when the patient first wrote
	AckDue       time.Time      `json:"ack_due"`  // when a person has to have taken it
	Due          time.Time      `json:"due"`      // when it has to be resolved
	Acknowledged time.Time      `json:"acknowledged,omitzero"`
	By           string         `json:"by,omitempty"` // who acknowledged it
	Resolved     time.Time      `json:"resolved,omitzero"`
	ResolvedBy   string         `json:"resolved_by,omitempty"`
	Outcome      Outcome        `json:"outcome,omitempty"`
}

// Clock is one of the times that a round is measured by.
type Clock string

// The clocks.
const (
	ClockAcknowledge Clock = "acknowledge" // until a person takes it
	ClockResolve     Clock = "resolve"     // until it is done
)

// Late are the clocks that ran out by now, also those that ran out before
// they were stopped.
func (r Round) Late(now time.Time) []Clock {
	var late []Clock
	if ranOut(r.AckDue, r.Acknowledged, now) {
		late = append(late, ClockAcknowledge)
	}
	if ranOut(r.Due, r.Resolved, now) {
		late = append(late, ClockResolve)
	}
	return late
}

func ranOut(due, stopped, now time.Time) bool {
	if due.IsZero() {
		return false
	}
	if stopped.IsZero() {
		stopped = now
	}
	return stopped.After(due)
}

// NextDue is the time that runs out next: to be acknowledged while it is not,
// to be resolved after that; zero once it is resolved.
func (r Round) NextDue() (time.Time, Clock) {
	switch {
	case !r.Resolved.IsZero():
		return time.Time{}, ""
	case r.Acknowledged.IsZero():
		return r.AckDue, ClockAcknowledge
	}
	return r.Due, ClockResolve
}

// Waiting reports whether nobody has acknowledged the case's last pressing
// arrival: it rings until somebody does. What cannot wait for the clinic to
// open rings again when it is back in the queue, as after its holder signed
// off: else nobody would know.
func (c Case) Waiting() bool {
	return c.State != Resolved && c.Round.Acknowledged.IsZero() || c.State == Open && Rank(c.Round.Priority) <= Rank("")
}

// Holder is the person for whom the assistant is silent, else "".
func (c Case) Holder() string {
	if c.State == Claimed && !c.BotSpeaks {
		return c.Owner
	}
	return ""
}

// Of returns the conversation of the case. Its channel may be empty.
func (c Case) Of() agent.Conversation {
	return agent.Conversation{Clinic: c.Clinic, Channel: c.Channel, ID: c.Conversation}
}

// Has reports whether an arrival with this id is in the case.
func (c Case) Has(arrival string) bool {
	return slices.ContainsFunc(c.Arrivals, func(a Arrival) bool { return a.ID == arrival }) || slices.Contains(c.Older, arrival)
}

// ArrivalIDs are the ids of all arrivals.
func (c Case) ArrivalIDs() []string {
	ids := slices.Clone(c.Older)
	for _, a := range c.Arrivals {
		ids = append(ids, a.ID)
	}
	return ids
}

// clone is a copy that shares no slice with c.
func (c Case) clone() Case {
	c.Past = slices.Clone(c.Past)
	c.Arrivals = slices.Clone(c.Arrivals)
	c.Older = slices.Clone(c.Older)
	c.Rules = slices.Clone(c.Rules)
	c.Intents = slices.Clone(c.Intents)
	c.Actions = slices.Clone(c.Actions)
	return c
}
