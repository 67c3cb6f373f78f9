package whatsapp

import (
	"context"
	"encoding/json"
	"fmt"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/channel"
)

// take stores every event and status of a notification, in its order. It
// stops at the first that cannot be stored; those before it are recognised
// when they come again.
func (h *webhook) take(ctx context.Context, n *notification) error {
	index := 0
	for _, e := range n.Entry {
		for _, c := range e.Changes {
			if c.Field != "messages" {
				h.log.Debug("notification about something else", zap.Int("bytes", len(c.Value)))
				continue
			}
			var v value
			if whole, err := read(c.Value, &v); err != nil || !whole {
				h.log.Error("a change has fields of an unknown form; read what has a known one")
				if v.hidesMessages(c.Value) {
					clinic, _ := h.cfg.Accounts.Clinic(string(v.Metadata.PhoneNumberID))
					if err := h.stray(ctx, clinic, RuleForm, c.Value); err != nil {
						return err
					}
				}
			}
			if err := h.takeChange(ctx, &v, &index); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *webhook) takeChange(ctx context.Context, v *value, index *int) error {
	account := string(v.Metadata.PhoneNumberID)
	clinic, ok := h.cfg.Accounts.Clinic(account)
	if !ok {
		h.log.Warn("notification for an account that no clinic has: not answered; enter it in the configuration",
			zap.String("account", safeAccount(account)))
		for _, raw := range v.Messages {
			if err := h.stray(ctx, "", RuleNoAccount, raw); err != nil {
				return err
			}
		}
		return nil
	}
	for _, problem := range v.Errors {
		h.log.Error("WhatsApp reports a problem of the account", zap.String("account", safeAccount(account)), zap.Int("code", problem.Code))
	}
	for _, raw := range v.Messages {
		if err := h.takeMessage(ctx, clinic, v, raw, *index); err != nil {
			return err
		}
		*index++
	}
	for _, raw := range v.Statuses {
		if err := h.takeStatus(ctx, clinic, raw); err != nil {
			return err
		}
	}
	return nil
}

func (h *webhook) takeMessage(ctx context.Context, clinic string, v *value, raw json.RawMessage, index int) error {
	e, m, ok := parseMessage(raw, index, h.cfg.Now())
	if !ok {
		h.log.Error("a message has no id: it cannot be taken in", zap.String("clinic", clinic), zap.Int("bytes", len(raw)))
		return h.stray(ctx, clinic, RuleNoID, raw)
	}
	p := v.sender(&m)
	if !p.known() {
		h.log.Error("a message has no sender: it cannot be taken in", zap.String("clinic", clinic), zap.String("kind", string(e.Kind)))
		return h.stray(ctx, clinic, RuleNoSender, raw)
	}
	conversation, err := h.people.of(ctx, clinic, p)
	if err != nil {
		return fmt.Errorf("find a message's conversation: %w", err)
	}
	e.Clinic, e.Conversation = clinic, conversation
	address := channel.Address{Account: string(v.Metadata.PhoneNumberID), Phone: p.phone, User: p.user}
	if next := m.successor(); next.known() {
		if err := h.people.follow(ctx, clinic, conversation, next); err != nil {
			return fmt.Errorf("note a sender's new address: %w", err)
		}
		// Whatever is sent from here on goes to the new one.
		address.Phone, address.User = first(next.phone, p.phone), first(next.user, p.user)
		if next.phone == "" && next.user != "" {
			address.Phone = ""
		}
	}
	if e.ReplyTo, err = address.Seal(h.cfg.Box, e.Of()); err != nil {
		return err
	}
	if e.Kind == agent.KindUnsupported {
		h.log.Warn("a message of an unsupported type: taken in as such", zap.String("clinic", clinic), zap.String("type", safeType(m.Type)))
	}
	if err := h.cfg.Intake.Take(ctx, e); err != nil {
		return fmt.Errorf("take a message in: %w", err)
	}
	return nil
}

func (h *webhook) takeStatus(ctx context.Context, clinic string, raw json.RawMessage) error {
	s, ok := parseStatus(raw, h.cfg.Now())
	if !ok || h.cfg.Statuses == nil {
		return nil
	}
	s.Clinic = clinic
	if err := h.cfg.Statuses.Apply(ctx, s); err != nil {
		return fmt.Errorf("note a delivery status: %w", err)
	}
	return nil
}

// safeAccount is a phone_number_id fit for a log line.
func safeAccount(id string) string {
	if len(id) > 32 || !digits.MatchString(id) {
		return "(not a number)"
	}
	return id
}

// safeType is a message type fit for a log line.
func safeType(t word) string {
	if len(t) > 40 {
		return "(long)"
	}
	for _, r := range t {
		if (r < 'a' || r > 'z') && r != '_' {
			return "(odd)"
		}
	}
	return string(t)
}
