package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/inbox"
)

// lanes is how many conversations are filed at once.
const lanes = 8

// Bounds of how long a message waits after it could not be filed.
const (
	retryMin = 250 * time.Millisecond
	retryMax = 15 * time.Second
)

// fileTimeout bounds filing one message, handBackTimeout handing back what
// was pulled and not begun.
const (
	fileTimeout     = 20 * time.Second
	handBackTimeout = time.Second
)

// Ingest files what workers and gateways publish for staff until ctx ends. It
// returns nil then, and an error only if it could not start. A message is
// acknowledged after its record is stored and its case has it, so that a
// crash at any point loses and doubles nothing; any number of consoles may do
// this at once. filed, if not nil, is called with each case that got an
// arrival, or that had it before.
func (s *Store) Ingest(ctx context.Context, filed func(inbox.Case)) error {
	stream, err := s.cfg.JetStream.Stream(ctx, bus.StreamTurn)
	if err != nil {
		return fmt.Errorf("open stream %s (run recado streams first): %w", bus.StreamTurn, err)
	}
	consumer, err := stream.Consumer(ctx, bus.ConsumerConsole)
	if err != nil {
		return fmt.Errorf("open consumer %s of %s (run recado streams first): %w", bus.ConsumerConsole, bus.StreamTurn, err)
	}
	var queues [lanes]chan jetstream.Msg
	var working sync.WaitGroup
	for i := range queues {
		queues[i] = make(chan jetstream.Msg, 1)
		working.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case msg := <-queues[i]:
					s.take(ctx, msg, filed)
				}
			}
		})
	}
	pull, err := consumer.Consume(func(msg jetstream.Msg) {
		// What belongs to one conversation is filed one after the other.
		select {
		case queues[lane(msg.Subject())] <- msg:
		case <-ctx.Done():
			_ = msg.Nak() // for another console, at once
		}
	}, jetstream.PullMaxMessages(64), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		s.log.Warn("taking records is disturbed", zap.Error(err))
	}))
	if err != nil {
		return fmt.Errorf("take records: %w", err)
	}
	s.log.Info("filing records")
	<-ctx.Done()
	pull.Drain() // what was pulled is handed back
	working.Wait()
	select {
	case <-pull.Closed():
	case <-time.After(handBackTimeout): // NATS is away: all comes again by itself
	}
	for _, q := range queues {
		select {
		case msg := <-q:
			_ = msg.Nak()
		default:
		}
	}
	return nil
}

// lane is the same for all subjects of a conversation, whose id is their last
// part.
func lane(subject string) int {
	h := fnv.New32a()
	for i := len(subject) - 1; i >= 0 && subject[i] != '.'; i-- {
		h.Write([]byte{subject[i]})
	}
	return int(h.Sum32() % lanes)
}

// take files one message and acknowledges it.
func (s *Store) take(ctx context.Context, msg jetstream.Msg, filed func(inbox.Case)) {
	meta, err := msg.Metadata()
	if err != nil {
		s.log.Error("a record without JetStream metadata", zap.Error(err))
		return
	}
	working, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	c, err := s.safely(working, msg, meta)
	if err == nil {
		err = s.cfg.steps(stepAck)
	}
	switch {
	case err == nil:
		if filed != nil {
			filed(c)
		}
		// Unacknowledged, it comes again and is found to be filed.
		if err := msg.Ack(); err != nil {
			s.log.Warn("record could not be acknowledged and will come again", zap.Uint64("seq", meta.Sequence.Stream), zap.Error(err))
		}
	case errors.As(err, new(killed)):
	case ctx.Err() != nil:
		_ = msg.Nak() // for another console, at once
	default:
		wait := min(retryMin<<min(meta.NumDelivered-1, 10), retryMax)
		s.log.Error("record could not be filed; trying again", zap.Uint64("seq", meta.Sequence.Stream), zap.Duration("wait", wait), zap.Error(err))
		_ = msg.NakWithDelay(wait)
	}
}

// killed is an error from Config.steps.
type killed struct{ error }

// safely turns a panic into an error, told without what it was about.
func (s *Store) safely(ctx context.Context, msg jetstream.Msg, meta *jetstream.MsgMetadata) (c inbox.Case, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("filing panicked", zap.String("type", fmt.Sprintf("%T", p)), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("panic of type %T", p)
		}
	}()
	r, n, err := s.read(msg.Subject(), msg.Data(), meta)
	if err != nil {
		return c, err
	}
	return s.fileRecord(ctx, r, n)
}
