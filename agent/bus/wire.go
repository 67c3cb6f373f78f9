package bus

import (
	"time"

	"recado/agent"
	"recado/agent/language"
	"recado/agent/vault"
)

// TurnRecord is the commit of a turn: every event of the conversation up to
// Cursor has its outcome. The last one is what a worker without a cached
// session goes on from.
type TurnRecord struct {
	V      int    `json:"v"`
	Cursor uint64 `json:"cursor"` // input-stream sequence of the last event that this turn settled
	// Events are the ids that were decided together, in the order in which
	// they were written. Repeats of an answered event are not among them.
	Events []string `json:"events"`
	// OnReceipt are those of Events that an emergency reply and escalation
	// went out for when they arrived, before this turn.
	OnReceipt []string `json:"on_receipt,omitempty"`
	// Dead are the input-stream sequences that became dead letters.
	Dead []uint64 `json:"dead,omitempty"`
	// Reply is what the turn says to the patient; nil where it says nothing.
	// It is a part of the record, not a message of its own, so that an ordinary
	// turn is one message and is stored with one write. See ReplyIn.
	Reply    *Outbound      `json:"reply,omitempty"`
	Decision agent.Decision `json:"decision"`
	Session  agent.Session  `json:"session"` // after the turn, without its tail
	At       time.Time      `json:"at"`
}

// ByPrivate is Outbound.By of what the patients' private page sends.
const ByPrivate = "private"

// Outbound is one reply for a gateway to send: a turn's, in its record, or one
// that belongs to no turn, on OutSubject.
type Outbound struct {
	V            int               `json:"v"`
	ID           string            `json:"id"` // the same for every copy of this reply: send an id once
	Clinic       string            `json:"clinic"`
	Channel      agent.Channel     `json:"channel"`
	Conversation string            `json:"conversation"`
	Disposition  agent.Disposition `json:"disposition"`
	Keys         []string          `json:"keys"` // catalogue keys of the texts
	Language     language.Language `json:"language"`
	Text         string            `json:"text"`
	// Choices may be tapped; those of the last reply that has any.
	Choices   []agent.Choice `json:"choices,omitempty"`
	ReplyTo   string         `json:"reply_to,omitempty"` // sealed by the gateway
	At        time.Time      `json:"at"`
	Emergency bool           `json:"emergency"` // send before anything else
	Answers   []string       `json:"answers"`   // ids of the events that it answers
	// Facts are what the text was filled with, by name, for a channel that
	// sends an approved template in its place; see clinic.TemplateFacts.
	Facts map[string]string `json:"facts,omitempty"`
	// By is who sends it where no turn decided it: the person of the staff, or
	// ByPrivate. Empty for the assistant.
	By string `json:"by,omitempty"`
}

// Escalation is a sealed agent.Escalation with what the console may know
// before opening it. The seal is bound to Clinic and ID.
type Escalation struct {
	vault.Envelope
	ID           string            `json:"id"`
	Clinic       string            `json:"clinic"`
	Conversation string            `json:"conversation"`
	Channel      agent.Channel     `json:"channel"`
	Priority     agent.Priority    `json:"priority"`
	Language     language.Language `json:"language"`
	At           time.Time         `json:"at"`
}

// Dead is what could not be processed: the bytes that arrived, sealed. The
// seal is bound to Clinic and ID.
type Dead struct {
	vault.Envelope
	ID           string    `json:"id"`
	Clinic       string    `json:"clinic"`
	Conversation string    `json:"conversation"`
	Reason       Reason    `json:"reason"`
	Seq          uint64    `json:"seq"` // its input-stream sequence; 0 where it never reached the stream
	At           time.Time `json:"at"`  // when it arrived
}

// Reason says why something became a dead letter.
type Reason string

// The reasons.
const (
	ReasonUnreadable    Reason = "unreadable"     // not an event: broken JSON, a field that breaks the contract
	ReasonVersion       Reason = "version"        // an event of another contract version
	ReasonMismatch      Reason = "mismatch"       // an event that names another conversation than its subject
	ReasonUnknownClinic Reason = "unknown_clinic" // no profile for the clinic
	ReasonUndecided     Reason = "undecided"      // deciding failed every time
	ReasonSubject       Reason = "subject"        // published on a subject that names no conversation
)

// Mark is the content of a recado.mark message: it says that what is named by
// its subject was done.
type Mark struct {
	V     int       `json:"v"`
	Event string    `json:"event"` // the event's id
	At    time.Time `json:"at"`
}
