package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// Consent is whether a patient wants messages, in BucketConsent.
type Consent struct {
	V      int                 `json:"v"`
	Last   agent.ConsentChange `json:"last"`   // stop or start
	Cursor uint64              `json:"cursor"` // input-stream sequence of the turn that changed it
	At     time.Time           `json:"at"`
}

// Stopped reports whether the patient asked for no more messages.
func (b *Bus) Stopped(ctx context.Context, c agent.Conversation) (bool, error) {
	consent, _, err := b.readConsent(ctx, c)
	return consent.Last == agent.ConsentStop, err
}

// SetConsent records a change of consent made by the turn up to cursor. It
// may be called again with the same change, and a change that a later turn
// made is left as it is, so a worker that was overtaken undoes nothing.
func (b *Bus) SetConsent(ctx context.Context, c agent.Conversation, change agent.ConsentChange, cursor uint64, at time.Time) error {
	want := Consent{V: agent.Version, Last: change, Cursor: cursor, At: at}
	data, err := json.Marshal(want)
	if err != nil {
		return fmt.Errorf("write consent: %w", err)
	}
	for {
		have, revision, err := b.readConsent(ctx, c)
		if err != nil {
			return err
		}
		if revision > 0 && have.Cursor >= cursor {
			return nil
		}
		if revision == 0 {
			_, err = b.consent.Create(ctx, ConsentKey(c), data)
		} else {
			_, err = b.consent.Update(ctx, ConsentKey(c), data, revision)
		}
		if err == nil {
			return nil
		}
		if !changedMeanwhile(err) {
			return fmt.Errorf("write consent: %w", err)
		}
	}
}

func (b *Bus) readConsent(ctx context.Context, c agent.Conversation) (Consent, uint64, error) {
	entry, err := b.consent.Get(ctx, ConsentKey(c))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Consent{}, 0, nil
	}
	if err != nil {
		return Consent{}, 0, fmt.Errorf("read consent: %w", err)
	}
	var consent Consent
	if err := json.Unmarshal(entry.Value(), &consent); err != nil {
		return Consent{}, 0, fmt.Errorf("read consent, revision %d: %w", entry.Revision(), err)
	}
	return consent, entry.Revision(), nil
}

func changedMeanwhile(err error) bool {
	if errors.Is(err, jetstream.ErrKeyExists) {
		return true
	}
	var api *jetstream.APIError
	return errors.As(err, &api) && errors.Is(typed(api), ErrConflict)
}
