package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/vault"
)

// AddressConsent is Consent for who knows the address: a patient's word holds
// on all channels of it.
type AddressConsent interface {
	// StoppedFor reports whether the patient behind to, who is in c, asked
	// for no more messages.
	StoppedFor(ctx context.Context, c agent.Conversation, to Address) (bool, error)
	// Stop records that the patient in c stopped at the channel itself, which
	// refuses messages for it. about names the message that was refused:
	// telling of one again changes nothing.
	Stop(ctx context.Context, c agent.Conversation, to Address, about string, at time.Time) error
}

// Siblings finds the conversations that an address has on all channels of a
// clinic. It may name the one that is asked about.
type Siblings func(ctx context.Context, clinic string, to Address) ([]agent.Conversation, error)

// Consents is AddressConsent by the bucket bus.BucketConsent, which it only
// reads: a gateway may not change what a patient said. A stop that a channel
// tells of goes the way of the patient's own, as an event.
//
// What was said last counts, on whichever channel of the address: changes are
// in the order of the input stream, which is one for all channels. It is safe
// for concurrent use.
type Consents struct {
	bucket   jetstream.KeyValue
	intake   Intake
	box      *vault.Box
	siblings Siblings
}

// OpenConsents looks up the bucket, which `recado streams` has made.
func OpenConsents(ctx context.Context, js jetstream.JetStream, intake Intake, box *vault.Box, siblings Siblings) (*Consents, error) {
	bucket, err := js.KeyValue(ctx, bus.BucketConsent)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketConsent, err)
	}
	return &Consents{bucket: bucket, intake: intake, box: box, siblings: siblings}, nil
}

// StoppedFor implements AddressConsent.
func (k *Consents) StoppedFor(ctx context.Context, c agent.Conversation, to Address) (bool, error) {
	all, err := k.all(ctx, c, to)
	if err != nil {
		return false, err
	}
	var last bus.Consent
	for _, conversation := range all {
		have, err := k.read(ctx, conversation)
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

// What a stop at the channel, and a start on another one, read like to a
// worker.
const (
	stopWord  = "STOP"
	startWord = "START"
)

// Stop implements AddressConsent. Where c is stopped already nothing happens:
// then the channel only repeats what is known, and a start on another channel
// since then stands.
func (k *Consents) Stop(ctx context.Context, c agent.Conversation, to Address, about string, at time.Time) error {
	have, err := k.read(ctx, c)
	if err != nil || have.Last == agent.ConsentStop {
		return err
	}
	sealed, err := to.Seal(k.box, c)
	if err != nil {
		return err
	}
	e := agent.Event{
		V: agent.Version, ID: "stopped-" + bus.EventKey(c, about), Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		At: at.UTC(), Kind: agent.KindText, Text: stopWord, ReplyTo: sealed,
	}
	if err := k.intake.Take(ctx, e); err != nil {
		return fmt.Errorf("record a stop at the channel: %w", err)
	}
	return nil
}

// ConsentFollower is an AddressConsent that carries a start from one channel
// of an address to another.
type ConsentFollower interface {
	// Follow is called before a message of the patient in c is taken in. Where
	// the last word in c is a stop, and the patient has started again on another
	// channel since, the start is taken in first, so that the message is
	// answered. It is not confirmed again.
	Follow(ctx context.Context, c agent.Conversation, to Address, at time.Time) error
}

// carried begins the ids of starts that Follow takes in.
const carried = "started-"

// IsCarriedStart reports whether an event with this id was written by Follow.
func IsCarriedStart(id string) bool { return strings.HasPrefix(id, carried) }

// Follow implements ConsentFollower.
func (k *Consents) Follow(ctx context.Context, c agent.Conversation, to Address, at time.Time) error {
	have, err := k.read(ctx, c)
	if err != nil || have.Last != agent.ConsentStop {
		return err
	}
	stopped, err := k.StoppedFor(ctx, c, to)
	if err != nil || stopped {
		return err
	}
	// A start in c itself may have been recorded between the two look-ups.
	if have, err = k.read(ctx, c); err != nil || have.Last != agent.ConsentStop {
		return err
	}
	to.Confirmed = true
	sealed, err := to.Seal(k.box, c)
	if err != nil {
		return err
	}
	e := agent.Event{
		V: agent.Version, ID: carried + bus.EventKey(c, strconv.FormatUint(have.Cursor, 10)), Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		At: at.UTC().Add(-time.Millisecond), Kind: agent.KindText, Text: startWord, ReplyTo: sealed,
	}
	if err := k.intake.Take(ctx, e); err != nil {
		return fmt.Errorf("carry a start to another channel: %w", err)
	}
	return k.awaitStart(ctx, c)
}

// followWait is how long a message waits at most until the start before it is
// recorded. Decided in one turn with it, the message would be answered with a
// word about the start alone.
const followWait = 500 * time.Millisecond

func (k *Consents) awaitStart(ctx context.Context, c agent.Conversation) error {
	limit, tick := time.NewTimer(followWait), time.NewTicker(followWait/25)
	defer limit.Stop()
	defer tick.Stop()
	for {
		have, err := k.read(ctx, c)
		if err != nil || have.Last == agent.ConsentStart {
			return err
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return nil // no worker is at hand: the message goes on
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
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

func (k *Consents) read(ctx context.Context, c agent.Conversation) (bus.Consent, error) {
	var have bus.Consent
	entry, err := k.bucket.Get(ctx, bus.ConsentKey(c))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return have, nil
	}
	if err != nil {
		return have, fmt.Errorf("read consent: %w", err)
	}
	if err := json.Unmarshal(entry.Value(), &have); err != nil {
		return have, fmt.Errorf("read consent: %w", err)
	}
	return have, nil
}
