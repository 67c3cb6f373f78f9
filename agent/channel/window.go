package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// Windows remembers when patients last wrote, for channels that take free
// replies for a time after that only. It is called by many goroutines at once.
type Windows interface {
	// Wrote notes that the patient in c wrote at a time of the channel's clock.
	// Times come in any order; the latest counts, to within windowStep.
	Wrote(ctx context.Context, c agent.Conversation, at time.Time) error
	// LastWrote returns when the patient in c last wrote; zero where nothing is
	// known.
	LastWrote(ctx context.Context, c agent.Conversation) (time.Time, error)
}

// windowStep is how much later a time has to be to be noted anew: who writes
// five lines in a row costs one write.
const windowStep = time.Minute

// codeWrongSequence is what newer servers answer where the last message of a
// subject is another one than expected.
const codeWrongSequence = 10164

// NewWindows returns Windows kept in a bucket, bus.BucketSeen: its values
// outlive every channel's window.
func NewWindows(bucket jetstream.KeyValue) Windows { return windows{bucket} }

type windows struct{ bucket jetstream.KeyValue }

// wroteKey cannot be the key of an event: those are 32 hex characters.
func wroteKey(c agent.Conversation) string { return "wrote." + c.Clinic + "." + c.ID }

func (w windows) Wrote(ctx context.Context, c agent.Conversation, at time.Time) error {
	data := []byte(at.UTC().Format(time.RFC3339))
	for {
		have, revision, err := w.read(ctx, c)
		if err != nil {
			return err
		}
		if at.Sub(have) < windowStep {
			return nil
		}
		if revision == 0 {
			_, err = w.bucket.Create(ctx, wroteKey(c), data)
		} else {
			_, err = w.bucket.Update(ctx, wroteKey(c), data, revision)
		}
		var api *jetstream.APIError
		switch {
		case err == nil:
			return nil
		case errors.Is(err, jetstream.ErrKeyExists),
			errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == codeWrongSequence):
			// Another webhook was first: look at what it noted.
		default:
			return fmt.Errorf("note when a patient wrote: %w", err)
		}
	}
}

func (w windows) LastWrote(ctx context.Context, c agent.Conversation) (time.Time, error) {
	at, _, err := w.read(ctx, c)
	return at, err
}

func (w windows) read(ctx context.Context, c agent.Conversation) (time.Time, uint64, error) {
	entry, err := w.bucket.Get(ctx, wroteKey(c))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return time.Time{}, 0, nil
	}
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("look up when a patient last wrote: %w", err)
	}
	at, err := time.Parse(time.RFC3339, string(entry.Value()))
	if err != nil { // nothing that can be used: written anew
		return time.Time{}, entry.Revision(), nil
	}
	return at, entry.Revision(), nil
}
