package inbox

import (
	"slices"
	"time"

	"recado/agent"
	"recado/agent/language"
)

// ArrivalKind says what came.
type ArrivalKind string

// The kinds of arrivals.
const (
	Escalation ArrivalKind = "escalation" // a sealed record of a turn
	DeadLetter ArrivalKind = "dead"       // a sealed record of what could not be processed
	Private    ArrivalKind = "private"    // a patient's message on the private page, in the thread
)

// Arrival is one thing that came from a patient.
type Arrival struct {
	ID       string         `json:"id"` // the record's, or the thread entry's; deliveries with one id are one arrival
	Kind     ArrivalKind    `json:"kind"`
	Priority agent.Priority `json:"priority"`
	At       time.Time      `json:"at"`              // when the patient wrote
	Fault    string         `json:"fault,omitempty"` // why staff cannot read it: "key", "signature", "sealed", "form"
}

// News is an arrival with what it tells about its conversation.
type News struct {
	Arrival
	Clinic       string
	Conversation string
	Channel      agent.Channel     // empty where it is not known
	Language     language.Language // empty where it is not known
	Rules        []string          // what decided first
	Intents      []string
	ReplyTo      string
}

// Limits of what a case keeps, so that it stays a small message.
const (
	maxArrivals = 1000
	maxOlder    = 10_000
	maxIDs      = 24 // of rules and of intents
	maxActions  = 500
)

// New opens a case with its first arrival.
func New(id string, n News, p Policy, now time.Time) Case {
	c := Case{
		V: Version, ID: id, Clinic: n.Clinic, Conversation: n.Conversation, State: Open, Changed: now,
		Round: p.round(n.Priority, n.At),
	}
	return c.take(n)
}

// Receive adds an arrival. What is there already changes nothing. A resolved
// case returns to the queue, in a new round. A claimed one stays with its
// holder; a more pressing arrival, and any emergency, has to be acknowledged
// anew. The error is ErrSuperseded where a later case goes on.
func (c Case) Receive(n News, p Policy, now time.Time) (Case, error) {
	if c.Has(n.ID) {
		return c, nil
	}
	if c.Next != "" {
		return c, ErrSuperseded
	}
	c = c.clone()
	if c.State == Resolved {
		c.again(p.round(n.Priority, n.At))
	} else {
		c.Round = c.Round.press(p.round(n.Priority, n.At))
	}
	c.Changed = now
	return c.take(n), nil
}

// press is r after something arrived that would have opened with.
func (r Round) press(with Round) Round {
	higher := Rank(with.Priority) < Rank(r.Priority)
	if higher {
		r.Priority = with.Priority
	}
	if higher || with.Priority == agent.PriorityEmergency {
		if !r.Acknowledged.IsZero() {
			r.AckDue, r.Acknowledged, r.By = with.AckDue, time.Time{}, ""
		}
		r.AckDue = earlier(r.AckDue, with.AckDue)
		r.Due = earlier(r.Due, with.Due)
	}
	return r
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// again puts a resolved case back into the queue.
func (c *Case) again(r Round) {
	c.Past = append(c.Past, c.Round)
	c.Round, c.State, c.Owner, c.Since, c.BotSpeaks, c.Unseen = r, Open, "", time.Time{}, false, 0
}

// take notes what n tells.
func (c Case) take(n News) Case {
	c.Arrivals = append(c.Arrivals, n.Arrival)
	if len(c.Arrivals) > maxArrivals {
		c.Older, c.Arrivals = append(c.Older, c.Arrivals[0].ID), c.Arrivals[1:]
		c.Older = c.Older[max(len(c.Older)-maxOlder, 0):]
	}
	if n.Kind != DeadLetter { // an escalation tells of it
		c.Unseen++
	}
	if n.Channel != "" {
		c.Channel = n.Channel
	}
	if n.Language != "" {
		c.Language = n.Language
	}
	if n.ReplyTo != "" {
		c.ReplyTo = n.ReplyTo
	}
	c.Rules = first(n.Rules, c.Rules)
	c.Intents = first(n.Intents, c.Intents)
	return c
}

// first is news before what is there, without repeats.
func first(news, there []string) []string {
	var all []string
	for _, id := range append(slices.Clone(news), there...) {
		if id != "" && !slices.Contains(all, id) && len(all) < maxIDs {
			all = append(all, id)
		}
	}
	return all
}

// Takes reports whether an arrival at now belongs to c: any while it is not
// resolved, and for a while after that.
func (c Case) Takes(p Policy, now time.Time) bool {
	return c.Next == "" && (c.State != Resolved || now.Sub(c.Round.Resolved) < p.ReopenWithin)
}

// Supersede names the case that goes on. Only a resolved case has one.
func (c Case) Supersede(next string, now time.Time) (Case, error) {
	if c.State != Resolved {
		return c, &StateError{Have: c.State, Doing: "begin another case"}
	}
	if c.Next != "" {
		return c, ErrSuperseded
	}
	c = c.clone()
	c.Next, c.Changed = next, now
	return c, nil
}
