package channel

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/vault"
)

// Stray is what came signed and cannot become an event.
type Stray struct {
	Channel agent.Channel
	Clinic  string // empty where no clinic has the account
	Rule    string // why, one of the rules below
	Data    []byte // JSON as it came
	At      time.Time
}

// Rules of the escalations about strays.
const (
	RuleNoAccount = "stray.no_account" // no clinic has the account that it was sent to
	RuleNoID      = "stray.no_id"      // nothing tells its deliveries apart
	RuleNoSender  = "stray.no_sender"  // no conversation to put it in
	RuleForm      = "stray.form"       // not of the form that messages have
)

// Strays keeps what cannot become an event where a person finds it. It is
// called by many goroutines at once.
type Strays interface {
	// Keep returns nil once s is kept, or was kept before: the same bytes for
	// the same clinic and rule are kept once.
	Keep(ctx context.Context, s Stray) error
}

// nowhere is the clinic of what no clinic has the account for; workers use it
// as well.
const nowhere = "unknown"

// Limits of a dead letter and of what its escalation quotes, in bytes. Sealed
// and in base64 both stay under NATS's 1 MiB for a message.
const (
	maxStray = 512 << 10
	maxQuote = 4 << 10
)

// NewStrays returns the Strays that publish a sealed dead letter, cut to 512
// KiB, and an escalation that shows its beginning in the inbox. sealer returns
// the key of a clinic's staff; for the clinic "unknown", the operator's.
func NewStrays(b *bus.Bus, sealer func(clinic string) *vault.Sealer) Strays {
	return &strays{bus: b, sealer: sealer}
}

type strays struct {
	bus    *bus.Bus
	sealer func(clinic string) *vault.Sealer
}

func (k *strays) Keep(ctx context.Context, s Stray) error {
	messages, err := k.messages(s)
	if err != nil {
		return fmt.Errorf("keep a stray message: %w", err)
	}
	_, err = k.bus.PublishBatch(ctx, 0, messages...)
	if err != nil && !errors.Is(err, bus.ErrConflict) { // the mark is there: kept before
		return fmt.Errorf("keep a stray message: %w", err)
	}
	return nil
}

// messages begins with a mark, on a subject that must be empty.
func (k *strays) messages(s Stray) ([]bus.Message, error) {
	clinic, reason := cmp.Or(s.Clinic, nowhere), bus.ReasonUnreadable
	if s.Rule == RuleNoAccount {
		reason = bus.ReasonUnknownClinic
	}
	// Its conversation is its own: who wrote it is not known, or is no use.
	c := agent.Conversation{Clinic: clinic, Channel: s.Channel}
	c.ID = bus.EventKey(c, s.Rule+"\x00"+string(s.Data))
	id := "w" + c.ID
	escalation := agent.Escalation{
		V: agent.Version, ID: id, Clinic: clinic, Channel: s.Channel, Conversation: c.ID,
		Priority: agent.PriorityUrgent, Disposition: agent.Escalate, Rules: []string{s.Rule}, At: s.At,
		Messages: []agent.Message{{From: agent.Patient, At: s.At, Text: string(bytes.ToValidUTF8(begin(s.Data, maxQuote), []byte(string(utf8.RuneError))))}},
	}
	plain, err := json.Marshal(escalation)
	if err != nil {
		return nil, err
	}
	sealer := k.sealer(clinic)
	if sealer == nil {
		return nil, fmt.Errorf("no key to seal with for clinic %s: configure the operator's", clinic)
	}
	about, err := sealer.Seal(clinic, id, plain)
	if err != nil {
		return nil, err
	}
	letter, err := sealer.Seal(clinic, id, begin(s.Data, maxStray))
	if err != nil {
		return nil, err
	}
	var all []bus.Message
	for _, m := range []struct {
		subject string
		content any
	}{
		{bus.MarkSubject(c, id), bus.Mark{V: agent.Version, Event: c.ID, At: s.At}},
		{bus.DeadSubject(c), bus.Dead{Envelope: letter, ID: id, Clinic: clinic, Conversation: c.ID, Reason: reason, At: s.At}},
		{bus.EscSubject(c, agent.PriorityUrgent), bus.Escalation{
			Envelope: about, ID: id, Clinic: clinic, Conversation: c.ID, Channel: s.Channel, Priority: agent.PriorityUrgent, At: s.At,
		}},
	} {
		data, err := json.Marshal(m.content)
		if err != nil {
			return nil, err
		}
		all = append(all, bus.Message{Subject: m.subject, Data: data})
	}
	return all, nil
}

func begin(data []byte, limit int) []byte { return data[:min(len(data), limit)] }
