package channel

import (
	"context"
	"fmt"
	"slices"

	"recado/agent"
	"recado/agent/bus"
)

// Consent tells who wants no messages. *bus.Bus implements it.
type Consent interface {
	Stopped(ctx context.Context, c agent.Conversation) (bool, error)
}

// OwnerChecker tells who holds a conversation now; staff may have taken it
// over after the reply was decided.
type OwnerChecker interface {
	// Owner returns the staff member who holds the conversation, else "".
	Owner(ctx context.Context, c agent.Conversation) (string, error)
}

// Withholding is why a reply must not go out any more; "" if it may.
type Withholding string

// The reasons, as delivery records and logs show them.
const (
	PatientStopped Withholding = "the patient asked for no more messages"
	StaffHold      Withholding = "staff hold the conversation"
	// ChannelConfirmed: the channel has said the same already; see
	// Address.Confirmed.
	ChannelConfirmed Withholding = "the channel has answered the keyword itself"
)

// keyStopped is the reply that confirms a stop. It goes out although the
// patient is stopped: the law allows that one.
const keyStopped = "consent.stopped"

// LastCheck is what every way out asks at the last moment, after the reply
// was decided and before the patient has it. A nil field checks nothing.
type LastCheck struct {
	Consent Consent
	Owners  OwnerChecker
}

// Withhold returns why a reply of the conversation must not go out now.
// Emergency texts always may, without a look-up that could hold them up.
// While staff hold the conversation only the holder's own texts go out, and
// what the patient asked the private page for.
// After an error it is not known: the reply has to wait and be checked again.
func (l LastCheck) Withhold(ctx context.Context, c agent.Conversation, out bus.Outbound) (Withholding, error) {
	if IsEmergency(out) || ConfirmsStop(out) {
		return "", nil
	}
	if l.Consent != nil {
		stopped, err := l.Consent.Stopped(ctx, c)
		if err != nil {
			return "", fmt.Errorf("look up the patient's consent: %w", err)
		}
		if stopped {
			return PatientStopped, nil
		}
	}
	if l.Owners != nil {
		owner, err := l.Owners.Owner(ctx, c)
		if err != nil {
			return "", fmt.Errorf("look up who holds the conversation: %w", err)
		}
		if owner != "" && out.By != owner && out.By != bus.ByPrivate {
			return StaffHold, nil
		}
	}
	return "", nil
}

// Concerns reports whether staff have to be told that out was withheld: what
// was not said for them while they hold the conversation, what they, or the
// patient at the private page, take for sent, and what is in the appointment
// book since the patient chose it a moment before they stopped.
func (w Withholding) Concerns(out bus.Outbound) bool {
	return w == StaffHold || w != "" && (out.By != "" || slices.ContainsFunc(out.Keys, changedVisit))
}

// changedVisit reports whether a reply with this key tells what became of a
// visit.
func changedVisit(key string) bool {
	switch key {
	case "booking.done", "booking.moved", "booking.requested", "booking.cancelled":
		return true
	}
	return false
}

// IsEmergency reports whether a reply is an emergency text.
func IsEmergency(out bus.Outbound) bool {
	return out.Emergency || out.Disposition == agent.Emergency
}

// ConfirmsStop reports whether a reply is the one that confirms a stop.
func ConfirmsStop(out bus.Outbound) bool { return slices.Contains(out.Keys, keyStopped) }

// ConfirmsKeyword reports whether a reply does nothing but answer a keyword
// that a channel may have answered itself: a stop, a start or a call for help.
func ConfirmsKeyword(out bus.Outbound) bool {
	return out.By == "" && len(out.Keys) > 0 && !slices.ContainsFunc(out.Keys, func(key string) bool {
		return key != keyStopped && key != "consent.started" && key != "consent.help"
	})
}
