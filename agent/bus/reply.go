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

// ReplyIn returns the reply in a message on a subject that RepliesSubject
// chooses: a turn's, or one that belongs to no turn. ok is false for a turn
// that says nothing. An error means that the message is none of its form.
func ReplyIn(subject string, data []byte) (out Outbound, ok bool, err error) {
	if _, err := ParseTurn(subject); err != nil {
		if err := json.Unmarshal(data, &out); err != nil {
			return Outbound{}, false, fmt.Errorf("read a reply: %w", err)
		}
		return out, true, nil
	}
	var record struct {
		Reply *Outbound `json:"reply"`
	}
	if err := json.Unmarshal(data, &record); err != nil {
		return Outbound{}, false, fmt.Errorf("read a turn's reply: %w", err)
	}
	if record.Reply == nil {
		return Outbound{}, false, nil
	}
	return *record.Reply, true, nil
}

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
