package webchat

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
)

// reply publishes what a turn says; an id with an e is an emergency text.
func (r *room) reply(t *testing.T, c agent.Conversation, id, text string) uint64 {
	t.Helper()
	out := bus.Outbound{V: 1, ID: id, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID, Disposition: agent.Answer, Language: "es", Text: text, At: time.Now()}
	if strings.HasPrefix(id, "e") {
		out.Emergency, out.Disposition = true, agent.Emergency
	}
	return r.publish(t, c, out)
}

func (r *room) publish(t *testing.T, c agent.Conversation, out bus.Outbound) uint64 {
	t.Helper()
	var message any = bus.TurnRecord{V: 1, Cursor: 1, Reply: &out}
	subject := bus.TurnSubject(c)
	if out.Emergency {
		message, subject = out, bus.OutSubject(c)
	}
	data, _ := json.Marshal(message)
	ack, err := r.JS.Publish(t.Context(), subject, data)
	if err != nil {
		t.Fatal(err)
	}
	return ack.Sequence
}

func (r *room) offer(t *testing.T, c agent.Conversation, id, text string, choices ...agent.Choice) {
	t.Helper()
	r.publish(t, c, bus.Outbound{
		V: 1, ID: id, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID, Disposition: agent.Answer, Language: "es", Text: text, Choices: choices, At: time.Now(),
	})
}
