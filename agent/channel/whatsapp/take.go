package whatsapp

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/channel"
)

// take stores every event and status of a notification, in its order. It
// stops at the first that cannot be stored; those before it are recognised
// when they come again.
func (h *handler) take(ctx context.Context, n *notification, clinicOf route) error {
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
					clinic, _, err := clinicOf(string(v.Metadata.PhoneNumberID))
					if err != nil {
						return err
					}
					if err := h.stray(ctx, clinic, RuleForm, c.Value); err != nil {
						return err
					}
				}
			}
			if err := h.takeChange(ctx, &v, clinicOf, &index); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *handler) takeChange(ctx context.Context, v *value, clinicOf route, index *int) error {
	account := string(v.Metadata.PhoneNumberID)
	clinic, ok, err := clinicOf(account)
	if err != nil {
		return err
	}
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
		if err := h.takeStatus(ctx, clinic, account, raw); err != nil {
			return err
		}
	}
	return nil
}

func (h *handler) takeMessage(ctx context.Context, clinic string, v *value, raw json.RawMessage, index int) error {
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
	address := channel.Address{Account: string(v.Metadata.PhoneNumberID), Phone: p.phone, User: p.user, Wrote: h.wrote(e)}
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
	if follower, ok := h.cfg.Consents.(channel.ConsentFollower); ok {
		if err := follower.Follow(ctx, e.Of(), address, e.At); err != nil {
			return err
		}
	}
	if err := h.store(ctx, e, address); err != nil {
		return err
	}
	if h.cfg.Receipts != nil {
		h.cfg.Receipts.Taken(e.Of(), address, string(m.ID), e.Kind, e.At)
	}
	return nil
}

// store takes an event in, and notes side by side that its patient wrote.
func (h *handler) store(ctx context.Context, e agent.Event, from channel.Address) error {
	noted := make(chan error, 1)
	go func() {
		var err error
		if h.cfg.Windows != nil && !from.Wrote.IsZero() {
			err = h.cfg.Windows.Wrote(ctx, e.Of(), from.Wrote)
		}
		noted <- err
	}()
	err := h.cfg.Intake.Take(ctx, e)
	unnoted := <-noted
	if err != nil {
		return fmt.Errorf("take a message in: %w", err)
	}
	return unnoted
}

// wrote is when a patient began the channel's time of free replies anew, by
// the whole second as Meta tells it; zero for what a patient does not write.
func (h *handler) wrote(e agent.Event) time.Time {
	if e.Kind == agent.KindSystem {
		return time.Time{}
	}
	at := e.At.Truncate(time.Second)
	if now := h.cfg.Now().UTC().Truncate(time.Second); at.After(now) {
		return now
	}
	return at
}

func (h *handler) takeStatus(ctx context.Context, clinic, account string, raw json.RawMessage) error {
	s, to, ok := parseStatus(raw, h.cfg.Now())
	if !ok {
		return nil
	}
	s.Clinic, s.Account = clinic, account
	if s.Refusal != nil && s.Refusal.Advice == channel.Stopped && to.known() && h.cfg.Consents != nil {
		conversation, err := h.people.of(ctx, clinic, to)
		if err != nil {
			return fmt.Errorf("find a status's conversation: %w", err)
		}
		c := agent.Conversation{Clinic: clinic, Channel: agent.WhatsApp, ID: conversation}
		address := channel.Address{Account: account, Phone: to.phone, User: to.user}
		if err := h.cfg.Consents.Stop(ctx, c, address, first(s.Reply, s.ID), s.At); err != nil {
			return fmt.Errorf("record a stop: %w", err)
		}
	}
	if h.cfg.Statuses == nil {
		return nil
	}
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
