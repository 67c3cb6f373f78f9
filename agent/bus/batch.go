package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// Message is one message of a batch.
type Message struct {
	Subject string
	Data    []byte
}

// Headers of an atomic batch; the client library has no call for it.
const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
)

// Batches open at once: the server allows 50 a stream for all workers.
const (
	maxOpenBatches = 12
	busyRetries    = 6
)

// ackTimeout is how long a publish waits for the server where its context
// has no earlier deadline.
const ackTimeout = 5 * time.Second

// pubAck is the server's answer to a stored message or batch.
type pubAck struct {
	Stream string              `json:"stream"`
	Seq    uint64              `json:"seq"`
	Count  uint64              `json:"count"`
	Error  *jetstream.APIError `json:"error"`
}

// PublishBatch stores all messages or none, if the last message on the first
// one's subject has sequence lastSeq (0: there is none). It returns the
// first message's sequence. The error is ErrConflict when another writer was
// first; after an error that is none of this package's the batch may have
// been stored. All subjects belong to StreamTurn, and no subject may occur
// that the condition is about a second time.
func (b *Bus) PublishBatch(ctx context.Context, lastSeq uint64, messages ...Message) (uint64, error) {
	if len(messages) == 0 {
		return 0, errors.New("publish a batch: it has no message")
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	select {
	case b.batches <- struct{}{}:
		defer func() { <-b.batches }()
	case <-ctx.Done():
		return 0, fmt.Errorf("publish a batch: %w", context.Cause(ctx))
	}
	for attempt := 0; ; attempt++ {
		seq, err := b.publishBatch(ctx, lastSeq, messages)
		if err == nil {
			return seq, nil
		}
		if !errors.Is(err, ErrBusy) || attempt == busyRetries {
			return 0, fmt.Errorf("publish a batch: %w", err)
		}
		pause := time.Millisecond + rand.N(time.Duration(8<<attempt)*time.Millisecond)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, fmt.Errorf("publish a batch: %w", errors.Join(err, context.Cause(ctx)))
		}
	}
}

func (b *Bus) publishBatch(ctx context.Context, lastSeq uint64, messages []Message) (uint64, error) {
	id := nuid.Next()
	last := len(messages) - 1
	for i, m := range messages {
		msg := nats.NewMsg(m.Subject)
		msg.Data = m.Data
		inject(ctx, msg.Header)
		if i == 0 {
			msg.Header.Set(jetstream.ExpectedStreamHeader, StreamTurn)
			msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(lastSeq, 10))
		}
		if last > 0 { // one message is atomic by itself
			msg.Header.Set(headerBatchID, id)
			msg.Header.Set(headerBatchSequence, strconv.Itoa(i+1))
			if i == last {
				msg.Header.Set(headerBatchCommit, "1")
			}
		}
		// The first answer says that the server opened the batch, the last
		// one that it is stored; those between are not waited for.
		if i > 0 && i < last {
			if err := b.nc.PublishMsg(msg); err != nil {
				return 0, err
			}
			continue
		}
		answer, err := b.nc.RequestMsgWithContext(ctx, msg)
		if err != nil {
			return 0, err
		}
		if i < last && len(answer.Data) == 0 {
			continue
		}
		var ack pubAck
		if err := json.Unmarshal(answer.Data, &ack); err != nil {
			return 0, fmt.Errorf("read the server's answer: %w", err)
		}
		if ack.Error != nil {
			return 0, typed(ack.Error)
		}
		if i == last {
			if ack.Stream != StreamTurn || ack.Seq == 0 {
				return 0, fmt.Errorf("stream %q answered, not %s: run recado streams", ack.Stream, StreamTurn)
			}
			// A batch has consecutive sequences and the answer names the last.
			return ack.Seq - uint64(last), nil
		}
	}
	return 0, errors.New("server did not answer the first message of a batch as one")
}
