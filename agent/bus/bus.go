package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// Bus is a worker's view of the streams. It is safe for concurrent use.
type Bus struct {
	nc      *nats.Conn
	in      jetstream.Stream
	turn    jetstream.Stream
	consent jetstream.KeyValue
	batches chan struct{} // one for each batch that may be open
}

// Open looks up the streams, which `recado streams` has made.
func Open(ctx context.Context, nc *nats.Conn) (*Bus, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	b := &Bus{nc: nc, batches: make(chan struct{}, maxOpenBatches)}
	if b.in, err = js.Stream(ctx, StreamIn); err != nil {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", StreamIn, err)
	}
	if b.turn, err = js.Stream(ctx, StreamTurn); err != nil {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", StreamTurn, err)
	}
	if b.consent, err = js.KeyValue(ctx, BucketConsent); err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", BucketConsent, err)
	}
	return b, nil
}

// Consumer returns the consumer that all workers share.
func (b *Bus) Consumer(ctx context.Context) (jetstream.Consumer, error) {
	c, err := b.in.Consumer(ctx, ConsumerWorker)
	if err != nil {
		return nil, fmt.Errorf("open consumer %s (run recado streams first): %w", ConsumerWorker, err)
	}
	return c, nil
}

// LastTurn returns the last turn record of a conversation and its sequence;
// a zero record and 0 when there is none.
func (b *Bus) LastTurn(ctx context.Context, c agent.Conversation) (TurnRecord, uint64, error) {
	msg, err := b.turn.GetLastMsgForSubject(ctx, TurnSubject(c))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return TurnRecord{}, 0, nil
	}
	if err != nil {
		return TurnRecord{}, 0, fmt.Errorf("read the last turn: %w", err)
	}
	var record TurnRecord
	if err := json.Unmarshal(msg.Data, &record); err != nil {
		return TurnRecord{}, 0, fmt.Errorf("read the last turn, sequence %d: %w", msg.Sequence, err)
	}
	if record.V != agent.Version {
		return TurnRecord{}, 0, fmt.Errorf("read the last turn, sequence %d: version is %d, this build speaks %d: update this worker", msg.Sequence, record.V, agent.Version)
	}
	return record, msg.Sequence, nil
}
