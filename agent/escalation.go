package agent

import (
	"time"

	"recado/agent/language"
)

// Priority orders what waits for staff.
type Priority string

// The priorities, most pressing first.
const (
	PriorityEmergency Priority = "emergency" // danger now
	PriorityUrgent    Priority = "urgent"    // unsure whether it can wait
	PriorityRoutine   Priority = "routine"   // care, within the clinic's hours
	PriorityRequest   Priority = "request"   // not about care
)

// Escalation is the record for staff: the patient's words, why they came and
// how pressing they are. It is serialised only to be sealed for the clinic's
// key; a worker cannot read one back.
type Escalation struct {
	V            int               `json:"v"`
	ID           string            `json:"id"` // derived from the events, so that a repeat is the same record
	Clinic       string            `json:"clinic"`
	Channel      Channel           `json:"channel"`
	Conversation string            `json:"conversation"`
	Priority     Priority          `json:"priority"`
	Language     language.Language `json:"language"` // to answer the patient in
	Disposition  Disposition       `json:"disposition"`
	Intents      []string          `json:"intents,omitempty"`
	Rules        []string          `json:"rules,omitempty"` // ids of what decided
	Messages     []Message         `json:"messages"`        // recent tail and the turn's own, oldest first
	Attachments  []string          `json:"attachments,omitempty"`
	ReplyTo      string            `json:"reply_to,omitempty"` // sealed by the gateway
	At           time.Time         `json:"at"`                 // when the first event of the turn was written
}
