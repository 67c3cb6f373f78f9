package whatsapp

import (
	"context"
	"time"

	"recado/agent/channel"
)

// Statuses takes what WhatsApp tells about messages that were sent.
// dispatch.Deliveries implements it. It is called by many goroutines at once.
type Statuses interface {
	// Apply notes a status. Statuses come in any order and more than once.
	// An error means: deliver it again.
	Apply(ctx context.Context, s channel.Status) error
}

// parseStatus returns a status without its clinic; ok is false for one that
// says nothing about a message's way.
func parseStatus(raw []byte, now time.Time) (s channel.Status, ok bool) {
	var in status
	if _, err := read(raw, &in); err != nil || in.ID == "" {
		return channel.Status{}, false
	}
	states := map[word]channel.State{
		"sent": channel.Sent, "delivered": channel.Delivered, "read": channel.Read,
		"played": channel.Read, "failed": channel.Failed,
	}
	state, ok := states[in.Status]
	if !ok {
		return channel.Status{}, false
	}
	s = channel.Status{ID: string(in.ID), Reply: string(in.Reply), State: state, At: at(string(in.Timestamp), 0, now)}
	if len(in.Errors) > 0 {
		s.Code = in.Errors[0].Code
	}
	return s, true
}
