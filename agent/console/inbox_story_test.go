package console

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/staff/stafftest"
	"recado/locales"
)

// story is an escalation as a test tells it.
type story struct {
	Conversation int
	N            int
	Priority     agent.Priority
	Language     string
	Channel      agent.Channel
	Rules        []string
	Intents      []string
	Text         []agent.Message
	Ago          time.Duration
	Clinic       string
	Disposition  agent.Disposition
	BadSeal      bool
	Attachments  []string
}

func deskConversation(n int) string { return fmt.Sprintf("%032d", n) }

// tell publishes an escalation as a worker does.
func (d *desk) tell(t testing.TB, stories ...story) {
	t.Helper()
	for _, s := range stories {
		if s.Clinic == "" {
			s.Clinic = deskClinic
		}
		if s.Channel == "" {
			s.Channel = agent.SMS
		}
		if s.Priority == "" {
			s.Priority = agent.PriorityRoutine
		}
		if s.Language == "" {
			s.Language = "es"
		}
		if s.Disposition == "" {
			s.Disposition = agent.Escalate
		}
		if s.Rules == nil {
			s.Rules, s.Intents = []string{"es.symptom.duele"}, []string{"symptom"}
		}
		at := time.Now().Add(-s.Ago).UTC()
		id := fmt.Sprintf("t%015d%015d", s.Conversation, s.N)
		if s.Text == nil {
			s.Text = []agent.Message{{From: agent.Patient, Text: deskCanary + " me duele", At: at}}
		}
		e := agent.Escalation{
			V: agent.Version, ID: id, Clinic: s.Clinic, Channel: s.Channel, Conversation: deskConversation(s.Conversation),
			Priority: s.Priority, Disposition: s.Disposition, Rules: s.Rules, Intents: s.Intents, Messages: s.Text,
			Attachments: s.Attachments, ReplyTo: "sealed-address", At: at,
		}
		e.Language = locales.Languages[0]
		if s.Language != "en" {
			e.Language = locales.Languages[1]
		}
		plain, err := json.Marshal(e)
		stafftest.Must(t, err)
		bound := id
		if s.BadSeal {
			bound = "another"
		}
		sealed, err := d.sealer.Seal(s.Clinic, bound, plain)
		stafftest.Must(t, err)
		data, err := json.Marshal(bus.Escalation{
			Envelope: sealed, ID: id, Clinic: s.Clinic, Conversation: e.Conversation, Channel: e.Channel,
			Priority: e.Priority, Language: e.Language, At: e.At,
		})
		stafftest.Must(t, err)
		_, err = d.JS.PublishMsg(t.Context(), &nats.Msg{Subject: bus.EscSubject(agent.Conversation{Clinic: s.Clinic, ID: e.Conversation}, s.Priority), Data: data})
		stafftest.Must(t, err)
	}
}
