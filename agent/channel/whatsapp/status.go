package whatsapp

import (
	"time"

	"recado/agent/channel"
)

// parseStatus returns a status without its clinic, and whom its message was
// for; ok is false for one that says nothing about a message's way.
func parseStatus(raw []byte, now time.Time) (s channel.Status, to person, ok bool) {
	var in status
	if _, err := read(raw, &in); err != nil || in.ID == "" {
		return channel.Status{}, person{}, false
	}
	states := map[word]channel.State{
		"sent": channel.Sent, "delivered": channel.Delivered, "read": channel.Read,
		"played": channel.Read, "failed": channel.Failed,
	}
	state, ok := states[in.Status]
	if !ok {
		return channel.Status{}, person{}, false
	}
	s = channel.Status{ID: string(in.ID), Reply: string(in.Reply), State: state, At: at(string(in.Timestamp), 0, now)}
	if len(in.Errors) > 0 {
		s.Code = in.Errors[0].Code
		if _, known := meanings[s.Code]; known && state == channel.Failed {
			s.Refusal = &channel.SendError{}
			judge(s.Refusal, s.Code, in.Errors[0].Data.Details)
			s.Again = again[s.Code]
		}
	}
	return s, personOf(in.Recipient, in.User), true
}
