package agent

import (
	"time"

	"recado/agent/booking"
	"recado/agent/language"
)

// Session is what a worker remembers of a conversation between turns. It
// holds no word of the patient but for Tail, which never leaves memory
// unencrypted: stores seal it, turn records leave it out.
type Session struct {
	V int `json:"v"`
	// Language is the language of the last reply; empty before the first.
	Language language.Language `json:"language,omitempty"`
	// LanguageChosen is true once the patient asked for a language in words.
	// It then holds until they ask for the other one.
	LanguageChosen bool     `json:"language_chosen,omitempty"`
	Intents        []string `json:"intents,omitempty"` // what the last turn was about, most certain first
	Asked          string   `json:"asked,omitempty"`   // key of the question that the last reply left open
	// Introduced is true once a reply has said that this is an automated
	// assistant and how to reach a person.
	Introduced bool `json:"introduced,omitempty"`
	// Owner is the staff member who holds the conversation; the assistant is
	// silent while it is set.
	Owner string `json:"owner,omitempty"`
	// Stopped is true after the patient opted out, until they opt in again.
	Stopped bool `json:"stopped,omitempty"`
	// Booking is the visit that is being arranged; nil for none.
	Booking *booking.Draft `json:"booking,omitempty"`
	// Seen holds the ids of the last events that were answered, newest last,
	// so that a late second delivery gets no second reply.
	Seen []string `json:"seen,omitempty"`
	// LastAt is when the last turn was decided.
	LastAt time.Time `json:"last_at,omitzero"`
	Tail   []Message `json:"-"`
}

// Message is one line of a conversation's recent past.
type Message struct {
	From From      `json:"from"`
	Text string    `json:"text"`
	At   time.Time `json:"at,omitzero"`
}

// From tells who wrote a message.
type From string

// The sides of a conversation.
const (
	Patient   From = "patient"
	Assistant From = "agent"
	Staff     From = "staff"
)

// Limits of what a session keeps.
const (
	seenLimit = 64 // event ids
	tailLimit = 8  // messages, both sides together
)

// HasSeen reports whether the event with this id was answered in one of the
// last turns.
func (s Session) HasSeen(id string) bool {
	for _, seen := range s.Seen {
		if seen == id {
			return true
		}
	}
	return false
}

// remember returns s with the turn's events and reply added and the oldest
// dropped. It never changes slices that s shares with its caller.
func (s Session) remember(events []Event, reply string, now time.Time) Session {
	seen := append([]string(nil), s.Seen...)
	tail := append([]Message(nil), s.Tail...)
	for _, e := range events {
		seen = append(seen, e.ID)
		if e.Text != "" {
			tail = append(tail, Message{From: Patient, Text: e.Text, At: e.At})
		}
	}
	if reply != "" {
		tail = append(tail, Message{From: Assistant, Text: reply, At: now})
	}
	s.Seen = lastOf(seen, seenLimit)
	s.Tail = lastOf(tail, tailLimit)
	s.LastAt = now
	return s
}

func lastOf[T any](all []T, n int) []T {
	if len(all) > n {
		return all[len(all)-n:]
	}
	return all
}
