package session

import (
	"context"
	"errors"
	"time"

	"recado/agent"
)

// Status is what Acquire found.
type Status int

// The statuses.
const (
	// Done: the event was settled by an earlier turn. Acknowledge it.
	Done Status = iota + 1
	// Held: another worker has the lease and was told that more has arrived;
	// it takes the event along or somebody does after the lease has expired.
	Held
	// Taken: the lease is the caller's until it saves, releases or lets it
	// expire.
	Taken
)

// State is a conversation's state after a turn.
type State struct {
	Session agent.Session // with its tail
	Cursor  uint64        // input-stream sequence up to which events are settled
	Turn    uint64        // sequence of the turn record; orders states
}

// Lease is the answer of Acquire. Only Status is set unless it is Taken.
type Lease struct {
	Status Status
	State
	// Cached is false when the store holds no state: read it from JetStream.
	Cached bool
	// Open is true when the last owner neither saved nor released: it may
	// have committed a turn that State does not know of.
	Open bool
	// Attempts is how many times in a row a turn of this conversation failed
	// or its worker died.
	Attempts int
}

// Saved is what Save found.
type Saved int

// The outcomes of Save.
const (
	// Released: nothing new has arrived and the lease is given back.
	Released Saved = iota + 1
	// Dirty: more has arrived meanwhile and the lease is still the caller's.
	Dirty
	// Lost: the lease had expired. The state is kept if it is the newest.
	Lost
)

// ErrUnavailable marks every failure to reach the store. It is no fault of
// the conversation: try again later, and count no attempt.
var ErrUnavailable = errors.New("session store is unavailable")

// Store keeps sessions and leases. All methods are atomic, safe for
// concurrent use and by many processes, and may be repeated after an error
// with the same token. A token is a random string for one attempt to hold a
// lease.
type Store interface {
	// Acquire asks for the lease in order to settle the event with sequence
	// seq. The lease expires after ttl unless renewed.
	Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (Lease, error)
	// Save keeps s, if it is newer than what is kept, resets the attempts
	// and gives the lease back, unless more has arrived: then the lease runs
	// for another ttl.
	Save(ctx context.Context, c agent.Conversation, token string, s State, ttl time.Duration) (Saved, error)
	// Renew extends the lease to ttl from now. It reports false when the
	// lease is not the caller's any more.
	Renew(ctx context.Context, c agent.Conversation, token string, ttl time.Duration) (bool, error)
	// Release gives the lease back without a commit, also one that ran out:
	// its owner lives, so what it held killed nobody. failed counts an
	// attempt. It does nothing if somebody else has taken the lease since.
	Release(ctx context.Context, c agent.Conversation, token string, failed bool) error
}
