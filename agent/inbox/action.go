package inbox

import (
	"slices"
	"time"
)

// ActionKind says what was done.
type ActionKind string

// The kinds of actions.
const (
	DidClaim    ActionKind = "claim"
	DidRelease  ActionKind = "release"
	DidAssign   ActionKind = "assign" // To holds it now
	DidNote     ActionKind = "note"
	DidReply    ActionKind = "reply"    // a text of the catalogue, in the channel
	DidPrivate  ActionKind = "private"  // a message on the private page
	DidResolve  ActionKind = "resolve"  //
	DidReopen   ActionKind = "reopen"   //
	DidHandBack ActionKind = "handback" // the assistant may answer again
)

// Action is one thing that a person did. It holds no free text.
type Action struct {
	Kind    ActionKind `json:"kind"`
	By      string     `json:"by"`
	At      time.Time  `json:"at"`
	To      string     `json:"to,omitempty"`      // for assign: the person
	From    string     `json:"from,omitempty"`    // whom the case was taken from
	Outcome Outcome    `json:"outcome,omitempty"` // for resolve
	Key     string     `json:"key,omitempty"`     // for reply: of the catalogue
	Entry   string     `json:"entry,omitempty"`   // for note and private: of the thread; for reply: the message's id
}

// Moment is a line of a timeline: an arrival or an action.
type Moment struct {
	At      time.Time
	Arrival *Arrival
	Action  *Action
}

// Timeline is everything that happened, oldest first.
func (c Case) Timeline() []Moment {
	all := make([]Moment, 0, len(c.Arrivals)+len(c.Actions))
	for i := range c.Arrivals {
		all = append(all, Moment{At: c.Arrivals[i].At, Arrival: &c.Arrivals[i]})
	}
	for i := range c.Actions {
		all = append(all, Moment{At: c.Actions[i].At, Action: &c.Actions[i]})
	}
	slices.SortStableFunc(all, func(a, b Moment) int { return a.At.Compare(b.At) })
	return all
}

// did is c, which the caller has cloned, with an action noted.
func (c Case) did(a Action) Case {
	c.Actions = append(c.Actions, a)
	if over := len(c.Actions) - maxActions; over > 0 {
		c.Actions = c.Actions[over:]
	}
	c.Changed = a.At
	return c
}
