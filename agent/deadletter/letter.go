package deadletter

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/vault"
)

// Letter is what is written outside on a dead letter.
type Letter struct {
	ID           string     `json:"id"`
	Seq          uint64     `json:"seq"` // in the turn stream; a short name for it
	Clinic       string     `json:"clinic"`
	Conversation string     `json:"conversation"`
	Reason       bus.Reason `json:"reason"`
	EventSeq     uint64     `json:"event_seq,omitempty"` // in the input stream; 0 where it never got there
	At           time.Time  `json:"at"`                  // when it arrived
	Filed        time.Time  `json:"filed"`               // when it became a dead letter
	Retried      time.Time  `json:"retried,omitzero"`    // when it was put back

	envelope vault.Envelope
}

// Open returns the bytes that arrived. The error is vault.ErrUnknownKey,
// vault.ErrSignature or vault.ErrSealed.
func (l Letter) Open(o *vault.Opener) ([]byte, error) {
	plain, err := o.Open(l.Clinic, l.ID, l.envelope)
	if err != nil {
		return nil, fmt.Errorf("open dead letter %s: %w", l.ID, err)
	}
	return plain, nil
}

// read is the letter in a stored message. Its place comes from the subject,
// which nobody but a worker or gateway may publish on.
func read(msg *jetstream.RawStreamMsg) (Letter, error) {
	place, err := bus.ParseStaff(msg.Subject)
	if err != nil {
		return Letter{}, err
	}
	var d bus.Dead
	if err := json.Unmarshal(msg.Data, &d); err != nil {
		return Letter{}, fmt.Errorf("read dead letter %d: %w", msg.Sequence, err)
	}
	return Letter{
		ID: d.ID, Seq: msg.Sequence, Clinic: place.Clinic, Conversation: place.ID, Reason: d.Reason,
		EventSeq: d.Seq, At: d.At, Filed: msg.Time, envelope: d.Envelope,
	}, nil
}
