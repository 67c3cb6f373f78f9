package private

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// version is the form of what is stored.
const version = 1

// errOvertaken: somebody else changed the value since it was read.
var errOvertaken = errors.New("value was changed meanwhile")

// get reads a value; its revision is 0 where there is none.
func get[T any](ctx context.Context, bucket jetstream.KeyValue, key string) (v T, revision uint64, err error) {
	entry, err := bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return v, 0, nil
	}
	if err != nil {
		return v, 0, fmt.Errorf("read from bucket %s: %w", bus.BucketPrivate, err)
	}
	if err := json.Unmarshal(entry.Value(), &v); err != nil {
		return v, 0, fmt.Errorf("read from bucket %s, revision %d: %w", bus.BucketPrivate, entry.Revision(), err)
	}
	return v, entry.Revision(), nil
}

// put stores a value for some time if the one there still has this revision
// (0: there is none), else errOvertaken. After any other error it may have
// been stored.
func (h *Handler) put(ctx context.Context, key string, v any, revision uint64, ttl time.Duration) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write to bucket %s: %w", bus.BucketPrivate, err)
	}
	if revision == 0 {
		_, err = h.visits.Create(ctx, key, data, jetstream.KeyTTL(ttl))
	} else {
		// KeyValue.Update cannot renew how long a value is kept.
		msg := nats.NewMsg("$KV." + bus.BucketPrivate + "." + key)
		msg.Data = data
		_, err = h.cfg.JetStream.PublishMsg(ctx, msg,
			jetstream.WithExpectLastSequencePerSubject(revision), jetstream.WithMsgTTL(ttl))
	}
	var api *jetstream.APIError
	if errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return errOvertaken
	}
	if err != nil {
		return fmt.Errorf("write to bucket %s: %w", bus.BucketPrivate, err)
	}
	return nil
}

// maxAttempts is how often a change is tried that others overtake: many
// who try at once are no patient.
const maxAttempts = 40

// pause keeps those apart that were overtaken together.
func pause(ctx context.Context, attempt int) error {
	if attempt < 2 {
		return ctx.Err()
	}
	if attempt >= maxAttempts {
		return errOvertaken
	}
	select {
	case <-time.After(rand.N(time.Millisecond << min(attempt, 6))):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
