package dispatch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/vault"
)

// ReasonUndelivered marks the dead letter of a reply that a channel did not
// deliver.
const ReasonUndelivered bus.Reason = "undelivered"

// TellStaff returns the channel.Undelivered that publishes a sealed dead letter with
// the reply and an escalation that shows it in the inbox, once for each
// reply. sealer returns the key of a clinic's staff.
func TellStaff(b *bus.Bus, sealer func(clinic string) *vault.Sealer) channel.Undelivered {
	return func(ctx context.Context, n channel.Notice) error {
		messages, err := notice(n, sealer(n.Conversation.Clinic))
		if err != nil {
			return err
		}
		_, err = b.PublishBatch(ctx, 0, messages...)
		if errors.Is(err, bus.ErrConflict) {
			return nil // the mark is there: it was told before
		}
		return err
	}
}

func notice(n channel.Notice, sealer *vault.Sealer) ([]bus.Message, error) {
	c, id := n.Conversation, "u"+bus.EventKey(n.Conversation, n.Reply)
	var out bus.Outbound
	if err := json.Unmarshal(n.Data, &out); err != nil {
		out = bus.Outbound{Text: "", At: n.At}
	}
	escalation := agent.Escalation{
		V: agent.Version, ID: id, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		Priority: priority(out), Language: out.Language, Disposition: out.Disposition,
		Rules:    []string{"undelivered", fmt.Sprintf("undelivered.code.%d", n.Code)},
		Messages: []agent.Message{{From: agent.Assistant, Text: out.Text, At: out.At}},
		ReplyTo:  out.ReplyTo, At: n.At,
	}
	plain, err := compact(escalation)
	if err != nil {
		return nil, err
	}
	about, err := sealer.Seal(c.Clinic, id, plain)
	if err != nil {
		return nil, fmt.Errorf("write an escalation: %w", err)
	}
	letter, err := sealer.Seal(c.Clinic, id, n.Data)
	if err != nil {
		return nil, fmt.Errorf("write a dead letter: %w", err)
	}
	var messages []bus.Message
	for _, m := range []struct {
		subject string
		content any
	}{
		{bus.MarkSubject(c, id), bus.Mark{V: agent.Version, Event: n.Reply, At: n.At}},
		{bus.DeadSubject(c), bus.Dead{
			Envelope: letter, ID: id, Clinic: c.Clinic, Conversation: c.ID,
			Reason: ReasonUndelivered, Seq: n.Seq, At: n.At,
		}},
		{bus.EscSubject(c, escalation.Priority), bus.Escalation{
			Envelope: about, ID: id, Clinic: c.Clinic, Conversation: c.ID, Channel: c.Channel,
			Priority: escalation.Priority, Language: escalation.Language, At: n.At,
		}},
	} {
		data, err := compact(m.content)
		if err != nil {
			return nil, err
		}
		messages = append(messages, bus.Message{Subject: m.subject, Data: data})
	}
	return messages, nil
}

// priority of a reply that the patient does not have.
func priority(out bus.Outbound) agent.Priority {
	switch {
	case out.Emergency:
		return agent.PriorityEmergency
	case out.Disposition == agent.Escalate, out.Disposition == "":
		return agent.PriorityUrgent
	}
	return agent.PriorityRequest
}

// compact is JSON without the escapes for HTML.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write a notice: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
