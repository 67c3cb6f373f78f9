package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// headerRetry says that a message of the input stream is a dead letter's,
// which is to be decided anew: that its event was answered before does not
// count.
const headerRetry = "Recado-Retry"

// RetryWindow is how long the input stream knows a dead letter that was put
// back, and stores it once.
const RetryWindow = MaxEventAge

// AllDead chooses the dead letters of all clinics.
func AllDead() string { return rootDead + ">" }

// RetrySubject is recado.mark.<clinic>.<conversation>.retry.<id>: that the
// dead letter with this id was put back.
func RetrySubject(c agent.Conversation, id string) string {
	return rootMark + c.Clinic + "." + c.ID + ".retry." + id
}

// PublishAgain puts the bytes of the dead letter id back into the input stream
// as they arrived. Within RetryWindow a letter is stored once, and
// ErrDuplicate tells of a repeat.
func PublishAgain(ctx context.Context, js jetstream.JetStream, c agent.Conversation, id string, data []byte) (seq uint64, err error) {
	if err := c.Validate(); err != nil {
		return 0, fmt.Errorf("put a dead letter back: %w", err)
	}
	msg := nats.NewMsg(InSubject(c))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, "retry."+id)
	msg.Header.Set(headerRetry, id)
	inject(ctx, msg.Header)
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	ack, err := js.PublishMsg(ctx, msg, jetstream.WithExpectStream(StreamIn))
	if err != nil {
		return 0, fmt.Errorf("put a dead letter back: %w", err)
	}
	if ack.Duplicate {
		return ack.Sequence, fmt.Errorf("put a dead letter back: %w", ErrDuplicate)
	}
	return ack.Sequence, nil
}

// PublishMark stores data on a mark's subject if nothing is there yet, else
// ErrConflict.
func PublishMark(ctx context.Context, js jetstream.JetStream, subject string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	_, err := js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data},
		jetstream.WithExpectStream(StreamTurn), jetstream.WithExpectLastSequencePerSubject(0))
	var api *jetstream.APIError
	if errors.As(err, &api) {
		err = typed(api)
	}
	if err != nil {
		return fmt.Errorf("publish a mark: %w", err)
	}
	return nil
}

// isRetry reports whether a stored message is a dead letter's.
func isRetry(h nats.Header) bool { return h.Get(headerRetry) != "" }

// Late reports whether an event that arrived at is so old that an answer now
// would surprise the patient.
func Late(at, now time.Time) bool { return now.Sub(at) > 24*time.Hour }
