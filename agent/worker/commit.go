package worker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/vault"
)

// messages returns what commits t, the turn record first.
func (w *Worker) messages(c agent.Conversation, t turn) ([]bus.Message, error) {
	record := bus.TurnRecord{
		V: agent.Version, Cursor: t.cursor, Events: []string{},
		Decision: t.decision, Session: t.decision.Session, At: t.now,
	}
	var open []agent.Event // not answered when they arrived
	for _, e := range t.events {
		record.Events = append(record.Events, e.ID)
		if t.onReceipt[e.ID] {
			record.OnReceipt = append(record.OnReceipt, e.ID)
		} else {
			open = append(open, e)
		}
	}
	for _, d := range t.dead {
		record.Dead = append(record.Dead, d.stored.Seq)
	}
	id := turnID(c, t.cursor)

	// What was answered on receipt is not answered twice. Events beside it in
	// an emergency are told to staff, who may need them (an address); the
	// patient has the emergency text already.
	repeat := t.decision.Disposition == agent.Emergency && len(t.onReceipt) > 0
	if t.decision.Text() != "" && len(open) > 0 && !repeat {
		out := outbound(c, id, t.decision, open, t.now)
		record.Reply = &out
	}
	all, err := appendJSON(nil, bus.TurnSubject(c), record)
	if err != nil {
		return nil, err
	}
	undecided := t.decision.Disposition == agent.Escalate && len(t.events) > 0
	if (t.decision.Escalation != nil || undecided) && len(open) > 0 {
		if all, err = w.appendEscalation(all, c, escalationOf(c, t.decision, open, id)); err != nil {
			return nil, err
		}
	}
	return w.appendDead(all, c, t)
}

// turnID names what a turn sends and what it leaves for staff. It is known
// before the turn is decided.
func turnID(c agent.Conversation, cursor uint64) string {
	return "t" + bus.EventKey(c, strconv.FormatUint(cursor, 10))
}

// appendDead adds t's dead letters, and an escalation about those that no
// other one tells staff of.
func (w *Worker) appendDead(all []bus.Message, c agent.Conversation, t turn) ([]bus.Message, error) {
	var err error
	var untold []deadLetter
	for _, d := range t.dead {
		if d.reason != bus.ReasonUndecided {
			untold = append(untold, d)
		}
		if all, err = w.appendDeadLetter(all, c, d); err != nil {
			return nil, err
		}
	}
	if len(untold) == 0 {
		return all, nil
	}
	return w.appendEscalation(all, c, deadEscalation(c, untold, t.decision))
}

func (w *Worker) appendDeadLetter(all []bus.Message, c agent.Conversation, d deadLetter) ([]bus.Message, error) {
	id := deadID(c, d.stored.Seq)
	sealed, err := w.sealer(c).Seal(c.Clinic, id, d.stored.Data)
	if err != nil {
		return nil, fmt.Errorf("write a dead letter: %w", err)
	}
	return appendJSON(all, bus.DeadSubject(c), bus.Dead{
		Envelope: sealed, ID: id, Clinic: c.Clinic, Conversation: c.ID,
		Reason: d.reason, Seq: d.stored.Seq, At: d.stored.At,
	})
}

// maxQuote is how much of each dead letter its escalation shows; the dead
// letter itself holds all of it.
const maxQuote = 4 << 10

// deadEscalation tells staff of what arrived and could not be read.
func deadEscalation(c agent.Conversation, letters []deadLetter, d agent.Decision) agent.Escalation {
	e := agent.Escalation{
		V: agent.Version, ID: deadID(c, letters[0].stored.Seq), Clinic: c.Clinic, Channel: c.Channel,
		Conversation: c.ID, Priority: agent.PriorityUrgent, Language: d.ReplyLanguage,
		Disposition: agent.Escalate, At: letters[0].stored.At,
	}
	for _, l := range letters {
		e.Rules = append(e.Rules, RuleDead+"."+string(l.reason))
		raw := l.stored.Data[:min(len(l.stored.Data), maxQuote)]
		e.Messages = append(e.Messages, agent.Message{From: agent.Patient, At: l.stored.At, Text: string(bytes.ToValidUTF8(raw, []byte(string(utf8.RuneError))))})
	}
	return e
}

func deadID(c agent.Conversation, seq uint64) string {
	return "d" + bus.EventKey(c, strconv.FormatUint(seq, 10))
}

// escalationOf is d's escalation for events, or one made of them where d has
// none, with every field that the console relies on. Its id is id: it comes
// from the input's sequences, so a repeat is the same record.
func escalationOf(c agent.Conversation, d agent.Decision, events []agent.Event, id string) agent.Escalation {
	var e agent.Escalation
	if d.Escalation != nil {
		e = *d.Escalation
	} else {
		e.Rules = []string{d.Rule}
		for _, event := range events {
			e.Messages = append(e.Messages, agent.Message{From: agent.Patient, Text: event.Text, At: event.At})
			if event.Attachment != "" {
				e.Attachments = append(e.Attachments, event.Attachment)
			}
		}
	}
	e.V, e.ID = agent.Version, id
	e.Clinic, e.Channel, e.Conversation = c.Clinic, c.Channel, c.ID
	switch e.Priority {
	case agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest:
	default: // it names a subject, so it is never taken as it comes
		e.Priority = agent.PriorityUrgent
	}
	if e.Language == "" {
		e.Language = d.ReplyLanguage
	}
	if e.Disposition == "" {
		e.Disposition = d.Disposition
	}
	if e.ReplyTo == "" {
		e.ReplyTo = replyTo(events)
	}
	if e.At.IsZero() {
		e.At = events[0].At
	}
	return e
}

func (w *Worker) appendEscalation(all []bus.Message, c agent.Conversation, e agent.Escalation) ([]bus.Message, error) {
	plain, err := compact(e)
	if err != nil {
		return nil, fmt.Errorf("write an escalation: %w", err)
	}
	sealed, err := w.sealer(c).Seal(c.Clinic, e.ID, plain)
	if err != nil {
		return nil, fmt.Errorf("write an escalation: %w", err)
	}
	return appendJSON(all, bus.EscSubject(c, e.Priority), bus.Escalation{
		Envelope: sealed, ID: e.ID, Clinic: c.Clinic, Conversation: c.ID, Channel: c.Channel,
		Priority: e.Priority, Language: e.Language, At: e.At,
	})
}

func outbound(c agent.Conversation, id string, d agent.Decision, events []agent.Event, now time.Time) bus.Outbound {
	out := bus.Outbound{
		V: agent.Version, ID: id, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		Disposition: d.Disposition, Keys: []string{}, Language: d.ReplyLanguage, Text: d.Text(),
		ReplyTo: replyTo(events), At: now, Emergency: d.Disposition == agent.Emergency,
	}
	for _, r := range d.Replies {
		out.Keys = append(out.Keys, r.Key)
		if len(r.Choices) > 0 {
			out.Choices = r.Choices
		}
		if out.Language == "" {
			out.Language = r.Language
		}
	}
	for _, e := range events {
		out.Answers = append(out.Answers, e.ID)
	}
	return out
}

// replyTo is the latest sealed address.
func replyTo(events []agent.Event) string {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].ReplyTo != "" {
			return events[i].ReplyTo
		}
	}
	return ""
}

func (w *Worker) sealer(c agent.Conversation) *vault.Sealer {
	if s, ok := w.cfg.Sealers.Sealer(c.Clinic); ok && s != nil {
		return s
	}
	return w.cfg.Operator
}

func appendJSON(all []bus.Message, subject string, v any) ([]bus.Message, error) {
	data, err := compact(v)
	if err != nil {
		return nil, fmt.Errorf("write a message: %w", err)
	}
	return append(all, bus.Message{Subject: subject, Data: data}), nil
}

// compact is JSON without the escapes for HTML, which would make a message
// up to six times as long.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
