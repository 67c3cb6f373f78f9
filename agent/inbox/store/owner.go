package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
)

// Owners tells who of the staff holds a conversation. It is what workers and
// gateways ask, as worker.OwnerChecker and channel.OwnerChecker, and it needs
// no more than to read one bucket. It is safe for concurrent use.
type Owners struct {
	bucket  jetstream.KeyValue
	holders *holders
}

// OpenOwners looks up the bucket, which `recado streams` has made.
func OpenOwners(ctx context.Context, js jetstream.JetStream) (*Owners, error) {
	bucket, err := openBucket(ctx, js, bus.BucketOwner)
	if err != nil {
		return nil, err
	}
	holders, err := openHolders(ctx, js)
	if err != nil {
		return nil, err
	}
	return &Owners{bucket, holders}, nil
}

// holding is a value of the bucket. It is written by compare-and-set and only
// for a later revision of a case than the one there, so that writes may be
// repeated and may overtake each other.
type holding struct {
	V     int    `json:"v"`
	Owner string `json:"owner,omitempty"` // the person, empty while nobody holds it
	Case  string `json:"case"`
	version
	At time.Time `json:"at"`
}

// version is a moment in the life of the cases' bucket. Epoch is when the
// bucket was made, since revisions begin anew with another one.
type version struct {
	Epoch    int64  `json:"epoch"`
	Revision uint64 `json:"revision"`
}

func (v version) before(w version) bool {
	return v.Epoch < w.Epoch || v.Epoch == w.Epoch && v.Revision < w.Revision
}

// Owner returns the person who holds the conversation, else "". It asks the
// bucket's leader, so a person who was told that a conversation is theirs is
// its owner here.
func (o *Owners) Owner(ctx context.Context, c agent.Conversation) (string, error) {
	k := bus.OwnerKey(c)
	person, known, err := o.holders.holder(ctx, k)
	if err == nil && !known {
		var h holding
		h, _, err = get[holding](ctx, o.bucket, k)
		person = h.Owner
	}
	if err != nil {
		return "", fmt.Errorf("look up who holds the conversation: %w", err)
	}
	return person, nil
}

// follow makes the bucket say what this version of c does, unless it knows of
// a later one.
func (o *Owners) follow(ctx context.Context, c inbox.Case, v version, now time.Time) error {
	k := bus.OwnerKey(c.Of())
	for attempt := 0; ; attempt++ {
		have, at, err := get[holding](ctx, o.bucket, k)
		if err != nil {
			return err
		}
		if at > 0 && !have.before(v) {
			return nil
		}
		// That nobody holds it is written as well: it has to win over a claim
		// before it that is still on its way here.
		_, err = put(ctx, o.bucket, k, holding{V: agent.Version, Owner: c.Holder(), Case: c.ID, version: v, At: now}, at)
		if !errors.Is(err, errOvertaken) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return fmt.Errorf("write who holds the conversation: %w", err)
		}
	}
}
