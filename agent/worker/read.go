package worker

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
)

// turn is what is decided and committed together.
type turn struct {
	cursor    uint64          // of the last event that was read
	events    []agent.Event   // to decide, in the order in which they were written
	stored    []bus.Stored    // events as they arrived, in the same order
	onReceipt map[string]bool // ids of events that were answered when they arrived
	dead      []deadLetter    // what cannot be decided
	now       time.Time
	decision  agent.Decision
}

type deadLetter struct {
	stored bus.Stored
	reason bus.Reason
}

// readTurn sorts what was read into events and dead letters. Events that s
// has seen, unless they were put back on purpose, and repeats within the turn
// are left out; the cursor covers them. d was read when it came.
func readTurn(c agent.Conversation, stored []bus.Stored, d *delivery, profile *clinic.Profile, s agent.Session) turn {
	t := turn{cursor: stored[len(stored)-1].Seq}
	type pair struct {
		event  agent.Event
		stored bus.Stored
	}
	var pairs []pair
	seen := map[string]bool{}
	for _, m := range stored {
		var e agent.Event
		var reason bus.Reason
		if m.Seq == d.seq && d.event != nil {
			e = *d.event
		} else {
			e, reason = parseEvent(c, m.Data)
		}
		if reason == "" && profile == nil {
			reason = bus.ReasonUnknownClinic
		}
		switch {
		case reason != "":
			t.dead = append(t.dead, deadLetter{m, reason})
		case (m.Retry || !s.HasSeen(e.ID)) && !seen[e.ID]:
			seen[e.ID] = true
			pairs = append(pairs, pair{e, m})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return a.event.At.Compare(b.event.At) })
	for _, p := range pairs {
		t.events = append(t.events, p.event)
		t.stored = append(t.stored, p.stored)
	}
	return t
}

// parseEvent returns the event in data, or why it is none of conversation c.
func parseEvent(c agent.Conversation, data []byte) (agent.Event, bus.Reason) {
	var e agent.Event
	if json.Unmarshal(data, &e) != nil {
		// A later version may have other types in the same fields.
		var versioned struct {
			V int `json:"v"`
		}
		if json.Unmarshal(data, &versioned) == nil && versioned.V != agent.Version && versioned.V != 0 {
			return e, bus.ReasonVersion
		}
		return e, bus.ReasonUnreadable
	}
	err := e.Validate()
	switch {
	case errors.Is(err, agent.ErrVersion):
		return e, bus.ReasonVersion
	case err != nil:
		return e, bus.ReasonUnreadable
	case e.Of() != c:
		return e, bus.ReasonMismatch
	}
	return e, ""
}
