package bus

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// PublishEvent stores an event in the input stream and returns once the
// server has it on disk: only then may a webhook be answered with 200. An
// event that is stored already is not stored again, and ErrDuplicate says
// so; a gateway treats that as success.
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
	ack, err := js.PublishMsg(ctx, msg, jetstream.WithExpectStream(StreamIn))
	if err != nil {
		return 0, fmt.Errorf("publish an event: %w", err)
	}
	if ack.Duplicate {
		return ack.Sequence, fmt.Errorf("publish an event: %w", ErrDuplicate)
	}
	return ack.Sequence, nil
}
