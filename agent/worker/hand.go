package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent"
	"recado/agent/bus"
)

// delivery is one event in this worker's hands.
type delivery struct {
	msg     *nats.Msg
	seq     uint64
	tries   uint64 // how often it was delivered, this time included
	subject string
	stored  bus.Stored
	event   *agent.Event // in it; nil where there is none
	looked  receipt
}

// lease is a conversation that this worker holds.
type lease struct {
	conversation agent.Conversation
	token        string
}

// errLost is why a turn ends whose lease ran out: another worker may be at it,
// and knows more.
var errLost = errors.New("the conversation's lease was lost")

// hand is everything that this worker holds and has to keep alive. The
// sweeper walks it; it is safe for concurrent use.
type hand struct {
	mu     sync.Mutex
	events map[*delivery]struct{}
	leases map[lease]context.CancelCauseFunc // ends the work under it
	doubts map[lease]time.Time               // until when; see doubt
}

func newHand() *hand {
	return &hand{events: map[*delivery]struct{}{}, leases: map[lease]context.CancelCauseFunc{}, doubts: map[lease]time.Time{}}
}

// doubted is how many lease times long a lease in doubt is given back.
const doubted = 4

// doubt notes a lease that was asked for, saved under or given back without an
// answer: the store may have it as held, or come to. It is given back until
// then, or it would count as if its worker had died over the turn.
func (h *hand) doubt(l lease, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doubts[l] = until
}

// doubtful are the leases in doubt. Those whose time has passed are dropped.
func (h *hand) doubtful(now time.Time) []lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []lease
	for l, until := range h.doubts {
		if now.After(until) {
			delete(h.doubts, l)
			continue
		}
		all = append(all, l)
	}
	return all
}

// givenBack shortens a lease's doubt: what the store was asked before and did
// not answer may still be on its way, but not for long once it answers.
func (h *hand) givenBack(l lease, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if was, ok := h.doubts[l]; ok && until.Before(was) {
		h.doubts[l] = until
	}
}

func (h *hand) take(d *delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events[d] = struct{}{}
}

func (h *hand) drop(d *delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.events, d)
}

func (h *hand) hold(l lease, end context.CancelCauseFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leases[l] = end
}

// lost ends the work under a lease that another worker has now.
func (h *hand) lost(l lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if end, ok := h.leases[l]; ok {
		end(errLost)
	}
}

func (h *hand) letGo(l lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.leases, l)
}

func (h *hand) all() ([]*delivery, []lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := make([]*delivery, 0, len(h.events))
	for d := range h.events {
		events = append(events, d)
	}
	leases := make([]lease, 0, len(h.leases))
	for l := range h.leases {
		leases = append(leases, l)
	}
	return events, leases
}
