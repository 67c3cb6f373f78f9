package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// PublishEvent stores an event in the input stream and returns once the
// server has it on disk: only then may a webhook be answered with 200. An
// event that is stored already is not stored again, and ErrDuplicate says
// so; a gateway treats that as success.
//
// Each event is stored under the condition that a certain event of its
// conversation is the last one, and keeps that with it. So whoever gets it
// delivered knows which event comes before it and need not search for it. The
// first attempt names none; the server's refusal tells which one it is.
func PublishEvent(ctx context.Context, js jetstream.JetStream, e agent.Event) (seq uint64, err error) {
	if err := e.Validate(); err != nil {
		return 0, fmt.Errorf("publish an event: %w", err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("publish an event: %w", err)
	}
	if len(data) > MaxEventBytes-1024 { // the subject and headers count as well
		return 0, fmt.Errorf("publish an event: %d bytes, at most %d: shorten its text or send it as unsupported", len(data), MaxEventBytes-1024)
	}
	msg := nats.NewMsg(InSubject(e.Of()))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, EventKey(e.Of(), e.ID))
	inject(ctx, msg.Header)
	ack, err := publishChained(ctx, js, msg)
	if err != nil {
		return 0, fmt.Errorf("publish an event: %w", err)
	}
	if ack.Duplicate {
		return ack.Sequence, fmt.Errorf("publish an event: %w", ErrDuplicate)
	}
	return ack.Sequence, nil
}

// chainAttempts is how often an event is stored under a condition. In a flood
// of one conversation others are first again and again; then it is stored
// without, and its reader has to search.
const chainAttempts = 3

func publishChained(ctx context.Context, js jetstream.JetStream, msg *nats.Msg) (*jetstream.PubAck, error) {
	last, told := uint64(0), true
	for range chainAttempts {
		ack, err := js.PublishMsg(ctx, msg, jetstream.WithExpectStream(StreamIn), jetstream.WithExpectLastSequencePerSubject(last))
		var refused *jetstream.APIError
		if !errors.As(err, &refused) || !errors.Is(typed(refused), ErrConflict) {
			return ack, err
		}
		if last, told = lastTold(refused); !told {
			break
		}
	}
	msg.Header.Del(jetstream.ExpectedLastSubjSeqHeader)
	return js.PublishMsg(ctx, msg, jetstream.WithExpectStream(StreamIn))
}

// lastTold is the sequence that a refusal names in place of the expected one.
func lastTold(refused *jetstream.APIError) (uint64, bool) {
	_, text, ok := strings.Cut(refused.Description, "wrong last sequence: ")
	last, err := strconv.ParseUint(text, 10, 64)
	return last, ok && err == nil
}
