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

// PublishReply stores a reply that belongs to no turn: what staff or the
// private page send a patient. Storing one again with the same ID stores it
// once for a while, and gateways send an ID once at any time. The turns of
// the conversation are not touched by it.
func PublishReply(ctx context.Context, js jetstream.JetStream, out Outbound) error {
	c := agent.Conversation{Clinic: out.Clinic, Channel: out.Channel, ID: out.Conversation}
	if err := c.Validate(); err != nil {
		return fmt.Errorf("publish a reply: %w", err)
	}
	switch {
	case out.V != agent.Version:
		return fmt.Errorf("publish a reply: v is %d, this build speaks %d", out.V, agent.Version)
	case out.ID == "" || out.Text == "" || len(out.Keys) == 0:
		return errors.New("publish a reply: its id, text or keys are missing")
	case out.By == "":
		return errors.New("publish a reply: By is missing: it says who sends what no turn decided")
	}
	data, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("publish a reply: %w", err)
	}
	msg := nats.NewMsg(OutSubject(c))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, EventKey(c, out.ID))
	inject(ctx, msg.Header)
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if _, err := js.PublishMsg(ctx, msg, jetstream.WithExpectStream(StreamTurn)); err != nil {
		return fmt.Errorf("publish a reply: %w", err)
	}
	return nil
}
