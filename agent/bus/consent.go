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
	Last   agent.ConsentChange `json:"last"`             // stop or start
	Before agent.ConsentChange `json:"before,omitempty"` // what held until then; empty where nothing was said
	Cursor uint64              `json:"cursor"`           // input-stream sequence of the turn that changed it
	At     time.Time           `json:"at"`
}

// Stopped reports whether the patient asked for no more messages.
func (b *Bus) Stopped(ctx context.Context, c agent.Conversation) (bool, error) {
	consent, _, err := b.readConsent(ctx, c)
	return consent.Last == agent.ConsentStop, err
}

// StoppedAt is Stopped as the turn record with this cursor left it. A change
// is written before its turn is committed: where that never happened, its
// events are about to be decided again, and what held before them counts.
func (b *Bus) StoppedAt(ctx context.Context, c agent.Conversation, cursor uint64) (bool, error) {
	consent, _, err := b.readConsent(ctx, c)
	if err != nil {
		return false, err
	}
	last, err := b.committed(ctx, c, consent, cursor)
	return last == agent.ConsentStop, err
}

// committed returns the last change of consent that a turn record stands
// behind, cursor being the last one's. Events are forgotten before turn
// records are, so a change whose event is gone is an old one: it stands.
func (b *Bus) committed(ctx context.Context, c agent.Conversation, consent Consent, cursor uint64) (agent.ConsentChange, error) {
	if consent.Cursor <= cursor {
		return consent.Last, nil
	}
	event, err := b.in.GetMsg(ctx, consent.Cursor, jetstream.WithGetMsgSubject(InSubject(c)))
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && event.Sequence != consent.Cursor {
		return consent.Last, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the event that changed consent: %w", err)
	}
	return consent.Before, nil
}

// SetConsent records a change of consent made by the turn up to cursor, before
// that turn is committed. It may be called again with the same change, and a
// change that a later turn made is left as it is, so a worker that was
// overtaken undoes nothing.
func (b *Bus) SetConsent(ctx context.Context, c agent.Conversation, change agent.ConsentChange, cursor uint64, at time.Time) error {
	want := Consent{V: agent.Version, Last: change, Cursor: cursor, At: at}
	record, _, err := b.LastTurn(ctx, c)
	if err != nil {
		return fmt.Errorf("write consent: %w", err)
	}
	for {
		have, revision, err := b.readConsent(ctx, c)
		if err != nil {
			return err
		}
		if have.Cursor > cursor || revision > 0 && have.Cursor == cursor && have.Last == change {
			return nil
		}
		if want.Before, err = b.committed(ctx, c, have, record.Cursor); err != nil {
			return err
		}
		data, err := json.Marshal(want)
		if err != nil {
			return fmt.Errorf("write consent: %w", err)
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
