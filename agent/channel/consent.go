package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
)

// AddressConsent is Consent for who knows the address: a patient's word holds
// on all channels of it.
type AddressConsent interface {
	// StoppedFor reports whether the patient behind to, who is in c, asked
	// for no more messages.
	StoppedFor(ctx context.Context, c agent.Conversation, to Address) (bool, error)
	// Stop records that the patient stopped at the channel itself, which
	// refuses messages for it. A start that the patient wrote after the last
	// turn of c stands.
	Stop(ctx context.Context, c agent.Conversation, to Address, at time.Time) error
}

// Siblings finds the conversations that an address has on all channels of a
// clinic. It may name the one that is asked about.
type Siblings func(ctx context.Context, clinic string, to Address) ([]agent.Conversation, error)

// Turns knows the last turn of a conversation. *bus.Bus implements it.
type Turns interface {
	LastTurn(ctx context.Context, c agent.Conversation) (bus.TurnRecord, uint64, error)
}

// Consents is AddressConsent on the bucket bus.BucketConsent. What was said
// last counts, on whichever channel of the address: changes are in the order
// of the input stream, which is one for all channels. It is safe for
// concurrent use.
type Consents struct {
	bucket   jetstream.KeyValue
	turns    Turns
	siblings Siblings
}

// OpenConsents looks up the bucket, which `recado streams` has made.
func OpenConsents(ctx context.Context, js jetstream.JetStream, turns Turns, siblings Siblings) (*Consents, error) {
	bucket, err := js.KeyValue(ctx, bus.BucketConsent)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketConsent, err)
	}
	return &Consents{bucket: bucket, turns: turns, siblings: siblings}, nil
}

// StoppedFor implements AddressConsent.
func (k *Consents) StoppedFor(ctx context.Context, c agent.Conversation, to Address) (bool, error) {
	all, err := k.all(ctx, c, to)
	if err != nil {
		return false, err
	}
	var last bus.Consent
	for _, conversation := range all {
		have, _, err := k.read(ctx, conversation)
		if err != nil {
			return false, err
		}
		// Of two at once the stop counts.
		if have.Cursor > last.Cursor || have.Cursor == last.Cursor && have.Last == agent.ConsentStop {
			last = have
		}
	}
	return last.Last == agent.ConsentStop, nil
}

// Stop implements AddressConsent. Where c is stopped already nothing changes:
// then the channel only repeats what is known, and a start on another channel
// since then stands.
func (k *Consents) Stop(ctx context.Context, c agent.Conversation, to Address, at time.Time) error {
	have, _, err := k.read(ctx, c)
	if err != nil {
		return err
	}
	if have.Last == agent.ConsentStop {
		return nil
	}
	turn, _, err := k.turns.LastTurn(ctx, c)
	if err != nil {
		return fmt.Errorf("write consent: %w", err)
	}
	all, err := k.all(ctx, c, to)
	if err != nil {
		return err
	}
	// c itself is the last: a crash on the way does all of them again.
	for i := len(all) - 1; i >= 0; i-- {
		if err := k.stop(ctx, all[i], turn.Cursor, at); err != nil {
			return err
		}
	}
	return nil
}

// all begins with c.
func (k *Consents) all(ctx context.Context, c agent.Conversation, to Address) ([]agent.Conversation, error) {
	all := []agent.Conversation{c}
	if k.siblings == nil {
		return all, nil
	}
	found, err := k.siblings(ctx, c.Clinic, to)
	if err != nil {
		return nil, fmt.Errorf("find the other channels of an address: %w", err)
	}
	for _, other := range found {
		if other != c {
			all = append(all, other)
		}
	}
	return all, nil
}

func (k *Consents) stop(ctx context.Context, c agent.Conversation, cursor uint64, at time.Time) error {
	for {
		have, revision, err := k.read(ctx, c)
		if err != nil {
			return err
		}
		if have.Cursor > cursor || have.Last == agent.ConsentStop && have.Cursor == cursor {
			return nil
		}
		// No turn stands behind it, so no turn that is decided again undoes it.
		data, err := json.Marshal(bus.Consent{V: agent.Version, Last: agent.ConsentStop, Before: agent.ConsentStop, Cursor: cursor, At: at.UTC()})
		if err != nil {
			return fmt.Errorf("write consent: %w", err)
		}
		if revision == 0 {
			_, err = k.bucket.Create(ctx, bus.ConsentKey(c), data)
		} else {
			_, err = k.bucket.Update(ctx, bus.ConsentKey(c), data, revision)
		}
		var api *jetstream.APIError
		switch {
		case err == nil:
			return nil
		case errors.Is(err, jetstream.ErrKeyExists):
		case errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == 10164):
		default:
			return fmt.Errorf("write consent: %w", err)
		}
	}
}

func (k *Consents) read(ctx context.Context, c agent.Conversation) (bus.Consent, uint64, error) {
	var have bus.Consent
	entry, err := k.bucket.Get(ctx, bus.ConsentKey(c))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return have, 0, nil
	}
	if err != nil {
		return have, 0, fmt.Errorf("read consent: %w", err)
	}
	if err := json.Unmarshal(entry.Value(), &have); err != nil {
		return have, 0, fmt.Errorf("read consent: %w", err)
	}
	return have, entry.Revision(), nil
}
