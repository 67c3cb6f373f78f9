package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// Consents tells who wants no messages, to those who read no events. It needs
// no more than to read one bucket. It is safe for concurrent use.
type Consents struct{ bucket jetstream.KeyValue }

// OpenConsents looks up the bucket, which `recado streams` has made.
func OpenConsents(ctx context.Context, js jetstream.JetStream) (*Consents, error) {
	bucket, err := js.KeyValue(ctx, BucketConsent)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", BucketConsent, err)
	}
	return &Consents{bucket}, nil
}

// Stopped reports whether the patient asked for no more messages.
func (c *Consents) Stopped(ctx context.Context, conversation agent.Conversation) (bool, error) {
	entry, err := c.bucket.Get(ctx, ConsentKey(conversation))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read consent: %w", err)
	}
	var consent Consent
	if err := json.Unmarshal(entry.Value(), &consent); err != nil {
		return false, fmt.Errorf("read consent: %w", err)
	}
	return consent.Last == agent.ConsentStop, nil
}
