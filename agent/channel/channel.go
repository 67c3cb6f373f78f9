// Package channel joins Recado to the ways in which patients write: what a
// gateway needs to take messages in and to send replies out. Each channel is
// a package below it; dispatch sends.
package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"recado/agent"
	"recado/agent/language"
	"recado/agent/vault"
)

// Address is where a patient is reached. Only gateways see it: an event
// carries it sealed, in reply_to.
type Address struct {
	// Account is the clinic's own side: a WhatsApp phone number id, an SMS
	// number.
	Account string `json:"account,omitempty"`
	// Phone is the patient's number as the channel writes it; it may be
	// absent on WhatsApp.
	Phone string `json:"phone,omitempty"`
	// User is the channel's own id of the patient, for WhatsApp the
	// business-scoped user id.
	User string `json:"user,omitempty"`
	// Wrote is when the patient wrote the message that this is the address of,
	// for channels with a time of free replies; zero elsewhere.
	Wrote time.Time `json:"wrote,omitzero"`
	// Confirmed is true where that message asked for a stop, a start or help
	// and the channel has answered it itself: another answer would be a second.
	Confirmed bool `json:"confirmed,omitempty"`
}

// Key is what names the patient in conversation ids: the phone where it is
// known, since it outlives a change of the channel's own ids.
func (a Address) Key() string {
	if a.Phone != "" {
		return a.Phone
	}
	return a.User
}

// Seal encrypts a for the event of a conversation. Only that conversation's
// events and replies open it.
func (a Address) Seal(box *vault.Box, c agent.Conversation) (string, error) {
	plain, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("seal an address: %w", err)
	}
	return vault.SealAddress(box, c.Clinic, string(c.Channel), c.ID, string(plain)), nil
}

// OpenAddress is the reverse of Address.Seal.
func OpenAddress(box *vault.Box, c agent.Conversation, sealed string) (Address, error) {
	plain, err := vault.OpenAddress(box, c.Clinic, string(c.Channel), c.ID, sealed)
	if err != nil {
		return Address{}, err
	}
	var a Address
	if err := json.Unmarshal([]byte(plain), &a); err != nil {
		return Address{}, fmt.Errorf("open an address: %w", err)
	}
	return a, nil
}

// Message is one reply to deliver.
type Message struct {
	ID       string // the reply's own id, the same for every attempt
	To       Address
	Language language.Language // of Text
	Text     string
	// Choices may be tapped where the channel has buttons; a sender of a
	// channel without them writes them as numbered lines (see Numbered).
	Choices []agent.Choice
	// Menu is what the button reads that opens a list of choices: an approved
	// text in the message's language. Empty for the sender's own.
	Menu string
	// Template, if not nil, is sent in place of Text and Choices.
	Template *Template
}

// Sender delivers replies on one channel. Send returns the channel's id of
// the message, or an error that is a *SendError where the channel gave a
// reason. It honours ctx and does not retry; it is safe for use by many
// goroutines.
type Sender interface {
	Send(ctx context.Context, m Message) (id string, err error)
}

// Advice says what to do about a failed send.
type Advice string

// The advices.
const (
	Retry   Advice = "retry"   // it may pass: try again, not before SendError.After
	GiveUp  Advice = "give_up" // this message will never be delivered
	Stopped Advice = "stopped" // the patient opted out at the channel: send nothing more
	Window  Advice = "window"  // the channel's time for free replies has passed
	Repair  Advice = "repair"  // the clinic's account or token is at fault: an operator must act
)

// SendError is a channel's refusal. Its text holds no address and no message.
type SendError struct {
	Advice Advice
	Code   int           // the channel's own code, 0 without one
	After  time.Duration // for Retry: the least time to wait, 0 when unknown
	Reason string        // what the code means, in words of ours
	Scope  Scope         // whom else it holds back
}

func (e *SendError) Error() string {
	return fmt.Sprintf("channel refused the message: code %d: %s (%s)", e.Code, e.Reason, e.Advice)
}

// Status is what a channel tells about a message that was sent.
type Status struct {
	Clinic string    `json:"clinic"`
	ID     string    `json:"id"`             // the channel's id of the message
	Reply  string    `json:"reply"`          // the reply's own id where the channel returned it
	State  State     `json:"state"`          //
	Code   int       `json:"code,omitempty"` // why it failed
	At     time.Time `json:"at"`
	// Account is the clinic's own side; see Address.Account.
	Account string `json:"account,omitempty"`
	// Refusal is what Code asks for, as if the call had been refused with it;
	// nil where the channel's code is not known.
	Refusal *SendError `json:"-"`
	// Again is true where the channel took the message, failed to pass it on for
	// a reason that passes, and so did not show it: it may be sent once more.
	Again bool `json:"-"`
}

// State is how far a message got.
type State string

// The states in the order in which a message passes them. Statuses arrive in
// any order; a later state is never replaced by an earlier one.
const (
	Sending   State = "sending" // the call was begun and its outcome is not known
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
	Withheld  State = "withheld" // never sent, on purpose: stop, owner
)

// Follows reports whether s may replace before. Read beats delivered beats
// sent; failed replaces only what was not delivered yet.
func (s State) Follows(before State) bool {
	rank := map[State]int{"": 0, Sending: 1, Sent: 2, Failed: 3, Delivered: 4, Read: 5, Withheld: 6}
	return rank[s] > rank[before]
}
