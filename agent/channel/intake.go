package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
)

// Intake takes events in. It is called by many goroutines at once.
type Intake interface {
	// Take returns nil once e is stored for the workers, or was stored
	// before: within 8 days an event is taken once, however often it comes.
	Take(ctx context.Context, e agent.Event) error
}

// NewIntake returns the Intake that publishes to the input stream. seen is
// the bucket bus.BucketSeen: the stream itself knows repeats for its own age
// only, and Meta redelivers for longer.
func NewIntake(js jetstream.JetStream, seen jetstream.KeyValue) Intake {
	return &intake{js: js, seen: seen}
}

type intake struct {
	js   jetstream.JetStream
	seen jetstream.KeyValue
}

func (i *intake) Take(ctx context.Context, e agent.Event) error {
	key := bus.EventKey(e.Of(), e.ID)
	_, err := i.seen.Get(ctx, key)
	if err == nil {
		return nil
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("look up an event among those seen: %w", err)
	}
	if _, err := bus.PublishEvent(ctx, i.js, e); err != nil && !errors.Is(err, bus.ErrDuplicate) {
		return err
	}
	// After the publish: a crash in between costs a second publish, which the
	// stream recognises, and never the event.
	if _, err := i.seen.Put(ctx, key, []byte(time.Now().UTC().Format(time.RFC3339))); err != nil {
		return fmt.Errorf("note an event as seen: %w", err)
	}
	return nil
}
