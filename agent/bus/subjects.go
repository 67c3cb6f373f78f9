package bus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"recado/agent"
)

// Roots of the subjects. What follows is said at each function.
const (
	rootIn    = "recado.in."
	rootTurn  = "recado.turn."
	rootOut   = "recado.out."
	rootEsc   = "recado.esc."
	rootDead  = "recado.dead."
	rootMark  = "recado.mark."
	rootAudit = "recado.audit."
	rootBook  = "recado.book."

	rootRemind = "recado.remind."
	rootSet    = rootRemind + "set."
	rootDue    = rootRemind + "due."
)

// ErrSubject marks a subject that names no conversation.
var ErrSubject = errors.New("subject names no conversation")

// InSubject is recado.in.<clinic>.<channel>.<conversation>: what arrived.
func InSubject(c agent.Conversation) string { return rootIn + c.String() }

// TurnSubject is recado.turn.<clinic>.<channel>.<conversation>: turn records.
func TurnSubject(c agent.Conversation) string { return rootTurn + c.String() }

// OutSubject is recado.out.<clinic>.<channel>.<conversation>: replies that
// belong to no turn. Those of turns are in their records.
func OutSubject(c agent.Conversation) string { return rootOut + c.String() }

// RepliesSubject chooses what may hold a reply of the conversation: its turn
// records and its other replies. What is for staff has a priority in the place
// of the channel, so it is never among them.
func RepliesSubject(c agent.Conversation) string { return "recado.*." + c.String() }

// ChannelRepliesSubject chooses what may hold a reply of a channel, of all
// clinics.
func ChannelRepliesSubject(channel agent.Channel) string {
	return "recado.*.*." + string(channel) + ".*"
}

// AllReplies chooses what may hold a reply, of every conversation.
func AllReplies() []string { return []string{rootTurn + ">", rootOut + ">"} }

// EscSubject is recado.esc.<clinic>.<priority>.<conversation>: escalations.
func EscSubject(c agent.Conversation, p agent.Priority) string {
	return rootEsc + c.Clinic + "." + string(p) + "." + c.ID
}

// DeadSubject is recado.dead.<clinic>.<conversation>: what could not be
// processed.
func DeadSubject(c agent.Conversation) string {
	return rootDead + c.Clinic + "." + c.ID
}

// MarkSubject is recado.mark.<clinic>.<conversation>.<key>: that something
// was done once and for ever. See EventKey.
func MarkSubject(c agent.Conversation, key string) string {
	return rootMark + c.Clinic + "." + c.ID + "." + key
}

// AuditSubject is recado.audit.<clinic>: the clinic's audit chain.
func AuditSubject(clinic string) string { return rootAudit + clinic }

// BookDaySubject is recado.book.<clinic>.day.<date>.<resource>: the visits of
// one provider on one day. "*" chooses all.
func BookDaySubject(clinic, date, resource string) string {
	return rootBook + clinic + ".day." + date + "." + resource
}

// BookOwnerSubject is recado.book.<clinic>.of.<channel>.<conversation>: the
// visits of one patient.
func BookOwnerSubject(c agent.Conversation) string {
	return rootBook + c.Clinic + ".of." + string(c.Channel) + "." + c.ID
}

// RemindSubject is recado.remind.set.<clinic>.<channel>.<conversation>.<ref>:
// the reminder of a visit, until it is due.
func RemindSubject(c agent.Conversation, ref string) string { return rootSet + c.String() + "." + ref }

// DueSubject is recado.remind.due.<clinic>.<channel>.<conversation>.<ref>: the
// same, once it is due.
func DueSubject(c agent.Conversation, ref string) string { return rootDue + c.String() + "." + ref }

// ParseDue returns what a reminder that is due is about, else ErrSubject.
func ParseDue(subject string) (c agent.Conversation, ref string, err error) {
	i := strings.LastIndexByte(subject, '.')
	if i < 0 {
		return agent.Conversation{}, "", fmt.Errorf("%w: it has no dots", ErrSubject)
	}
	c, err = parse(rootDue, subject[:i])
	return c, subject[i+1:], err
}

// OwnerKey is <clinic>.<conversation>, the key in BucketOwner. A conversation
// has one id on all of Recado, so its channel takes no part.
func OwnerKey(c agent.Conversation) string { return c.Clinic + "." + c.ID }

// ConsentKey is <clinic>.<conversation>, the key in BucketConsent.
func ConsentKey(c agent.Conversation) string { return c.Clinic + "." + c.ID }

// ParseIn returns the conversation of an input subject, else ErrSubject.
func ParseIn(subject string) (agent.Conversation, error) { return parse(rootIn, subject) }

// ParseTurn returns the conversation of a turn record's subject, else ErrSubject.
func ParseTurn(subject string) (agent.Conversation, error) { return parse(rootTurn, subject) }

// ParseOut returns the conversation of the subject of a reply that belongs to
// no turn, else ErrSubject.
func ParseOut(subject string) (agent.Conversation, error) { return parse(rootOut, subject) }

// ParseReplies returns the conversation of a subject that RepliesSubject
// chooses, else ErrSubject.
func ParseReplies(subject string) (agent.Conversation, error) {
	if c, err := ParseTurn(subject); err == nil {
		return c, nil
	}
	return ParseOut(subject)
}

func parse(root, subject string) (agent.Conversation, error) {
	rest, ok := strings.CutPrefix(subject, root)
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 3 {
		return agent.Conversation{}, fmt.Errorf("%w: want %s<clinic>.<channel>.<conversation>", ErrSubject, root)
	}
	c := agent.Conversation{Clinic: parts[0], Channel: agent.Channel(parts[1]), ID: parts[2]}
	if err := c.Validate(); err != nil {
		return agent.Conversation{}, fmt.Errorf("%w: %w", ErrSubject, err)
	}
	return c, nil
}

// EventKey names an event among all conversations: 32 hex characters of
// SHA-256 over conversation and id. The conversation takes part because a web
// page may number its messages from one. A channel's own id is not used as it
// is, because some (WhatsApp's) hold the sender's number in base64.
func EventKey(c agent.Conversation, eventID string) string {
	sum := sha256.Sum256([]byte(c.String() + "\x00" + eventID))
	return hex.EncodeToString(sum[:16])
}

// StaffPlace is where something for staff was published.
type StaffPlace struct {
	Clinic string
	ID     string // the conversation's
	Dead   bool   // a dead letter, else an escalation
}

// ParseStaff returns the place of an escalation's or a dead letter's subject,
// else ErrSubject. The clinic may be one that nobody knows.
func ParseStaff(subject string) (StaffPlace, error) {
	var p StaffPlace
	if rest, ok := strings.CutPrefix(subject, rootEsc); ok {
		if parts := strings.Split(rest, "."); len(parts) == 3 {
			p = StaffPlace{Clinic: parts[0], ID: parts[2]}
		}
	} else if rest, ok := strings.CutPrefix(subject, rootDead); ok {
		if parts := strings.Split(rest, "."); len(parts) == 2 {
			p = StaffPlace{Clinic: parts[0], ID: parts[1], Dead: true}
		}
	}
	c := agent.Conversation{Clinic: p.Clinic, Channel: agent.Terminal, ID: p.ID}
	if err := c.Validate(); err != nil {
		return StaffPlace{}, fmt.Errorf("%w: want %s<clinic>.<priority>.<conversation> or %s<clinic>.<conversation>", ErrSubject, rootEsc, rootDead)
	}
	return p, nil
}
