package whatsapp

import (
	"time"

	"recado/agent/channel"
)

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
