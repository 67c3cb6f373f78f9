package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/vault"
)

// Conversation is the conversation of a phone number, in digits, with a
// clinic.
func Conversation(key []byte, clinic, phone string) agent.Conversation {
	return agent.Conversation{
		Clinic: clinic, Channel: agent.SMS, ID: vault.ConversationID(key, clinic, string(agent.SMS), phone),
	}
}

// persist does store until it succeeds or the time is over: Twilio may not
// come again.
func (h *handler) persist(ctx context.Context, store func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	for {
		err := store(ctx)
		if err == nil || errors.Is(err, errHopeless) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(h.cfg.RetryPause):
		}
	}
}

// errHopeless: trying again changes nothing.
var errHopeless = errors.New("cannot be stored")

// message returns what stores a message.
func (h *handler) message(form url.Values) func(context.Context) error {
	account, phone := number(form.Get("To")), number(form.Get("From"))
	clinic, known := h.cfg.Accounts.Clinic(account)
	e, identified := parseMessage(form, h.cfg.Now())
	switch {
	case account == "" || !known:
		h.log.Warn("message for a number that no clinic has: not answered; enter it in the configuration")
		return h.stray("", channel.RuleNoAccount, form)
	case !identified:
		h.log.Error("a message has no id: it cannot be taken in", zap.String("clinic", clinic))
		return h.stray(clinic, channel.RuleNoID, form)
	case phone == "":
		h.log.Error("a message has no sender who could be answered: it cannot be taken in", zap.String("clinic", clinic))
		return h.stray(clinic, channel.RuleNoSender, form)
	}
	c := Conversation(h.cfg.ConversationKey, clinic, phone)
	e.Clinic, e.Conversation = c.Clinic, c.ID
	from := channel.Address{Account: account, Phone: phone}
	if kind := form.Get("OptOutType"); kind == "STOP" || kind == "START" || kind == "HELP" {
		h.log.Info("Twilio answered an opt-out keyword itself; it is recorded", zap.String("clinic", clinic), zap.String("type", kind))
		from.Confirmed = true
	}
	if e.Kind == agent.KindUnsupported {
		h.log.Warn("a message without text or media: taken in as such", zap.String("clinic", clinic))
	}
	return func(ctx context.Context) error { return h.takeIn(ctx, form, e, from) }
}

// takeIn stores a message. One that ends a block at Twilio is a start,
// whatever word of Twilio's it is, and Twilio has confirmed it.
func (h *handler) takeIn(ctx context.Context, form url.Values, e agent.Event, from channel.Address) error {
	ended := false
	if h.cfg.Blocks != nil && e.Kind == agent.KindText && (unblocks(form) || form.Get("OptOutType") == "START") {
		var err error
		if ended, err = h.cfg.Blocks.Blocked(ctx, from.Account, from.Phone); err != nil {
			return err
		}
	}
	if ended {
		e.Text, from.Confirmed = "START", true
	}
	var err error
	if e.ReplyTo, err = from.Seal(h.cfg.Box, e.Of()); err != nil {
		return fmt.Errorf("%w: %w", errHopeless, err)
	}
	if follower, ok := h.cfg.Consents.(channel.ConsentFollower); ok {
		if err := follower.Follow(ctx, e.Of(), from, e.At); err != nil {
			return err
		}
	}
	if err := h.cfg.Intake.Take(ctx, e); err != nil {
		return fmt.Errorf("take a message in: %w", err)
	}
	if ended {
		return h.cfg.Blocks.Set(ctx, from.Account, from.Phone, false)
	}
	return nil
}

// status returns what stores a delivery status.
func (h *handler) status(form url.Values, reply string) func(context.Context) error {
	nothing := func(context.Context) error { return nil }
	s, ok := parseStatus(form, reply, h.cfg.Now())
	clinic, known := h.cfg.Accounts.Clinic(number(form.Get("From")))
	if !ok || !known || h.cfg.Statuses == nil {
		return nothing
	}
	s.Clinic, s.Account = clinic, number(form.Get("From"))
	phone := number(form.Get("To"))
	return func(ctx context.Context) error {
		if s.Code == codeStopped && s.State == channel.Failed && phone != "" && h.cfg.Consents != nil {
			c := Conversation(h.cfg.ConversationKey, clinic, phone)
			to := channel.Address{Account: number(form.Get("From")), Phone: phone}
			if h.cfg.Blocks != nil {
				if err := h.cfg.Blocks.Set(ctx, to.Account, phone, true); err != nil {
					return err
				}
			}
			if err := h.cfg.Consents.Stop(ctx, c, to, first(s.Reply, s.ID), s.At); err != nil {
				return fmt.Errorf("record a stop: %w", err)
			}
		}
		if err := h.cfg.Statuses.Apply(ctx, s); err != nil {
			return fmt.Errorf("note a delivery status: %w", err)
		}
		return nil
	}
}

// stray returns what keeps a form that cannot be taken in, if there is
// somebody to keep it.
func (h *handler) stray(clinic, rule string, form url.Values) func(context.Context) error {
	at := h.cfg.Now().UTC()
	return func(ctx context.Context) error {
		if h.cfg.Strays == nil {
			return nil
		}
		data, err := json.Marshal(form)
		if err != nil {
			return fmt.Errorf("%w: %w", errHopeless, err)
		}
		return h.cfg.Strays.Keep(ctx, channel.Stray{Channel: agent.SMS, Clinic: clinic, Rule: rule, Data: data, At: at})
	}
}
