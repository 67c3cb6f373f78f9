package store

import (
	"context"
	"fmt"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/language"
)

// Reply is a text of the catalogue that the holder of a case sends in the
// channel.
type Reply struct {
	ID       string // from NewEntryID: sending a form twice sends one message
	Key      string // in locales/
	Language language.Language
	Text     string // rendered
}

// Say sends r to the patient of a case that a holds, and notes it. The error
// is inbox.ErrNotHeld, a *inbox.HeldError or a *inbox.StateError where a may
// not; after any other error saying it again, with the same id, sends it
// once.
func (s *Store) Say(ctx context.Context, clinic, id string, a inbox.Actor, r Reply) (inbox.Case, error) {
	f := func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Reply(a, r.Key, r.ID, now) }
	c, _, err := s.Case(ctx, clinic, id)
	if err != nil {
		return c, err
	}
	now := s.cfg.Now().UTC()
	if _, err := f(c, now); err != nil {
		return c, err
	}
	if c.Channel == "" {
		return c, &inbox.InputError{Problem: "no channel leads to this patient"}
	}
	out := bus.Outbound{
		V: agent.Version, ID: "s" + r.ID, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.Conversation,
		Disposition: agent.Human, Keys: []string{r.Key}, Language: r.Language, Text: r.Text,
		ReplyTo: c.ReplyTo, At: now, Answers: []string{}, By: a.Person,
	}
	if err := bus.PublishReply(ctx, s.cfg.JetStream, out); err != nil {
		return c, fmt.Errorf("send a reply: %w", err)
	}
	c, _, err = s.change(ctx, clinic, id, f)
	return c, err
}
