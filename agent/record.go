package agent

import (
	"crypto/sha256"
	"encoding/hex"

	"recado/agent/guard"
)

// record makes the record for staff, or nil where none is needed. Its id is
// derived from the turn's first event, so that deciding twice makes one
// record.
func (a *Agent) record(t Turn, v verdict, d Decision, staff bool) *Escalation {
	priority, needed := priorityOf(v, d, staff)
	if !needed {
		return nil
	}
	first := t.Events[0]
	sum := sha256.Sum256([]byte(first.Clinic + "\x00" + first.Conversation + "\x00" + first.ID))
	esc := &Escalation{
		V: Version, ID: hex.EncodeToString(sum[:16]), Clinic: first.Clinic, Channel: first.Channel,
		Conversation: first.Conversation, Priority: priority, Language: d.ReplyLanguage,
		Disposition: v.disposition, ReplyTo: first.ReplyTo, At: first.At,
	}
	esc.Rules = append(esc.Rules, v.rule)
	for _, s := range d.Signals {
		if s.Rule != v.rule {
			esc.Rules = append(esc.Rules, s.Rule)
		}
	}
	for _, in := range d.Intents {
		esc.Intents = append(esc.Intents, in.Name)
	}
	esc.Messages = append(esc.Messages, t.Session.Tail...)
	for _, ev := range t.Events {
		if ev.Text != "" {
			esc.Messages = append(esc.Messages, Message{From: Patient, Text: ev.Text, At: ev.At})
		}
		if ev.Attachment != "" {
			esc.Attachments = append(esc.Attachments, ev.Attachment)
		}
		if !ev.At.IsZero() && ev.At.Before(esc.At) {
			esc.At = ev.At
		}
	}
	return esc
}

// priorityOf orders what staff see. A message that arrives while a person
// owns the conversation, or after stop, still reaches them.
func priorityOf(v verdict, d Decision, staff bool) (Priority, bool) {
	switch v.disposition {
	case Emergency:
		return PriorityEmergency, true
	case Escalate:
		if v.unsure {
			return PriorityUrgent, true
		}
		return PriorityRoutine, true
	case Human:
		return PriorityRequest, true
	case Silent:
		if d.Risk >= guard.Escalate {
			return PriorityRoutine, true
		}
		return PriorityRequest, true
	}
	return PriorityRequest, staff
}
