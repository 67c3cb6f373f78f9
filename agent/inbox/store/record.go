package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/language"
	"recado/agent/vault"
)

// Record is a sealed escalation or dead letter, as it came.
type Record struct {
	V            int               `json:"v"`
	ID           string            `json:"id"` // the arrival's
	Kind         inbox.ArrivalKind `json:"kind"`
	Clinic       string            `json:"clinic"`
	Conversation string            `json:"conversation"`
	Channel      agent.Channel     `json:"channel,omitempty"`
	Priority     agent.Priority    `json:"priority,omitempty"`
	Language     language.Language `json:"language,omitempty"`
	Reason       bus.Reason        `json:"reason,omitempty"` // of a dead letter
	Case         string            `json:"case"`             // that it was filed in, or a case before that one
	Seq          uint64            `json:"seq"`              // in the turn stream
	At           time.Time         `json:"at"`               // when the patient wrote
	Filed        time.Time         `json:"filed"`
	// Sealed is the id that Envelope is bound to, with Clinic.
	Sealed   string         `json:"sealed"`
	Envelope vault.Envelope `json:"envelope"`
	Fault    string         `json:"fault,omitempty"` // see inbox.Arrival
}

// Faults of records.
const (
	FaultKey       = "key"       // no private key for it is at hand
	FaultSignature = "signature" // not signed by a trusted worker, or filed under another clinic or id
	FaultSealed    = "sealed"    // the key is right and it still does not open
	FaultForm      = "form"      // it is none of the messages that workers and gateways publish
)

// Record returns a sealed record. The error is inbox.ErrNotFound where there
// is none.
func (s *Store) Record(ctx context.Context, clinic, id string) (Record, error) {
	r, revision, err := get[Record](ctx, s.records, key(clinic, id))
	if err == nil && revision == 0 {
		err = inbox.ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("read a record: %w", err)
	}
	return r, nil
}

// Opened is a record in clear. It is for one person's eyes, after the audit
// has it.
type Opened struct {
	Record Record
	// Escalation is what the record holds; nil for what was never one.
	Escalation *agent.Escalation
	// Raw is a dead letter: the bytes that arrived.
	Raw []byte
}

// Unseal opens a record. The error is inbox.ErrNotFound, vault.ErrUnknownKey,
// vault.ErrSignature or vault.ErrSealed.
func (s *Store) Unseal(ctx context.Context, clinic, id string) (Opened, error) {
	r, err := s.Record(ctx, clinic, id)
	if err != nil {
		return Opened{}, err
	}
	plain, err := s.open(r.Clinic, r.Sealed, r.Envelope)
	if err != nil {
		return Opened{Record: r}, fmt.Errorf("open a record: %w", err)
	}
	o := Opened{Record: r}
	if r.Kind == inbox.Escalation && r.Fault != FaultForm {
		if err := json.Unmarshal(plain, &o.Escalation); err != nil {
			return o, fmt.Errorf("open a record: it is no escalation: %w", err)
		}
		return o, nil
	}
	o.Raw = plain
	return o, nil
}

func (s *Store) open(clinic, id string, e vault.Envelope) ([]byte, error) {
	opener := s.cfg.Keys.Opener(clinic)
	if opener == nil {
		return nil, vault.ErrUnknownKey
	}
	return opener.Open(clinic, id, e)
}

func faultOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, vault.ErrUnknownKey):
		return FaultKey
	case errors.Is(err, vault.ErrSignature):
		return FaultSignature
	}
	return FaultSealed
}
