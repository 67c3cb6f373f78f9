// Package check holds what was sent and received against what is promised.
// It is a pure function of a log: what patients wrote, what they got, what is
// in the streams and in the staff's inbox afterwards, and what was broken
// when.
package check

import (
	"time"

	"recado/agent/soak/fault"
)

// Log is everything that was observed in a run.
type Log struct {
	Messages   []Message   `json:"messages"`   // what patients wrote
	Received   []Received  `json:"received"`   // what patients got, in the order in which they got it
	Stored     []Stored    `json:"stored"`     // the input stream, in its order
	Turns      []Turn      `json:"turns"`      // turn records, in the order of the stream
	Replies    []Reply     `json:"replies"`    // replies to send, in the order of the stream
	Notices    []Notice    `json:"notices"`    // escalations, opened with the staff's key
	Dead       []Dead      `json:"dead"`       // dead letters
	Deliveries []Delivery  `json:"deliveries"` // the gateway's records
	Inbox      []Filed     `json:"inbox"`      // what is in the staff's inbox
	HasInbox   bool        `json:"has_inbox"`  // a console ran
	Faults     []Active    `json:"faults"`
	Ends       []End       `json:"ends"`      // processes that ended by themselves
	Unsettled  []string    `json:"unsettled"` // what had not come to rest when the run was over
	Emergency  Emergencies `json:"emergency"` // the bounds
}

// Sort is what a message is about, as its author knows.
type Sort string

// The sorts.
const (
	FrontDesk Sort = "front_desk" // answered in the channel
	Unsure    Sort = "unsure"     // a language model is asked
	Care      Sort = "care"       // goes to staff
	Emergency Sort = "emergency"  // answered at once, and goes to staff
	Person    Sort = "person"     // asks for a person: goes to staff unless a question beside it is answered
	Stop      Sort = "stop"       // opts out
	Start     Sort = "start"      // opts in again
	Poison    Sort = "poison"     // nothing that a worker can read: goes to staff
)

// Sensitive reports whether staff have to get it, whatever stands beside it.
func (s Sort) Sensitive() bool { return s == Care || s == Emergency || s == Poison }

// Message is what a patient wrote.
type Message struct {
	ID       string    `json:"id"`
	Patient  string    `json:"patient"` // phone number
	Sort     Sort      `json:"sort"`
	Text     string    `json:"text"`
	Seq      uint64    `json:"seq,omitempty"`   // poison: its place in the input stream
	Begun    time.Time `json:"begun"`           // when it was first sent
	Accepted time.Time `json:"accepted"`        // when the webhook was answered with 200; zero: never
	After    string    `json:"after,omitempty"` // a message of the patient that was accepted before this one was sent
}

// Received is a message that a patient got.
type Received struct {
	Patient string    `json:"patient"`
	Reply   string    `json:"reply"` // the reply's id
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// Stored is an event in the input stream.
type Stored struct {
	Seq          uint64    `json:"seq"`
	Conversation string    `json:"conversation"`
	ID           string    `json:"id"`      // of the event; empty where it cannot be read
	Written      time.Time `json:"written"` // as the channel says
	At           time.Time `json:"at"`      // when the stream took it in
}

// Turn is a turn record.
type Turn struct {
	Seq          uint64    `json:"seq"` // in the turn stream
	Conversation string    `json:"conversation"`
	ID           string    `json:"id"` // of its reply and its notice
	Cursor       uint64    `json:"cursor"`
	Events       []string  `json:"events"`
	OnReceipt    []string  `json:"on_receipt,omitempty"` // answered as emergencies when they came
	Dead         []uint64  `json:"dead,omitempty"`
	Disposition  string    `json:"disposition"`
	Speaks       bool      `json:"speaks"`            // it decided on a text
	Consent      string    `json:"consent,omitempty"` // stop or start
	At           time.Time `json:"at"`                // when the stream took it in
}

// Reply is a reply to send.
type Reply struct {
	Seq          uint64    `json:"seq"` // in the turn stream
	Conversation string    `json:"conversation"`
	ID           string    `json:"id"`
	Answers      []string  `json:"answers"`
	Emergency    bool      `json:"emergency,omitempty"`
	Stops        bool      `json:"stops,omitempty"` // it confirms an opt-out
	At           time.Time `json:"at"`
}

// Notice is an escalation.
type Notice struct {
	Seq          uint64    `json:"seq"`
	Conversation string    `json:"conversation"`
	ID           string    `json:"id"`
	Texts        []string  `json:"texts"` // the patient's messages in it
	Fault        string    `json:"fault,omitempty"`
	At           time.Time `json:"at"`
}

// Dead is a dead letter.
type Dead struct {
	Conversation string    `json:"conversation"`
	ID           string    `json:"id"`
	Event        uint64    `json:"event"` // its place in the input stream
	At           time.Time `json:"at"`
}

// Delivery is what the gateway knows of a reply.
type Delivery struct {
	Reply    string `json:"reply"`
	State    string `json:"state"`
	Reason   string `json:"reason,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
}

// Filed is a record in a case of the inbox.
type Filed struct {
	Case string `json:"case"`
	ID   string `json:"id"` // of the notice; a dead letter's ends in -raw
}

// Active is a fault that was made.
type Active struct {
	fault.Fault
	Target string    `json:"target,omitempty"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

// End is a process that ended although nobody ended it.
type End struct {
	Process string    `json:"process"`
	State   string    `json:"state"`
	Panic   bool      `json:"panic,omitempty"`
	At      time.Time `json:"at"`
}

// Emergencies bound how long the answer to one may take.
type Emergencies struct {
	// Within is the time from the accepted webhook to the patient, while
	// nothing that it needs is broken.
	Within time.Duration `json:"within"`
	// Stalled is added where a worker was killed or stopped meanwhile: until
	// the server gives its messages to another one.
	Stalled time.Duration `json:"stalled"`
	// Recovery is added to each fault that blocks the way: until connections
	// are made again.
	Recovery time.Duration `json:"recovery"`
}
