package store

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
)

// plainID is what may be a part of a key.
var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// deadSuffix tells a dead letter's id from that of the escalation about it,
// which has the same one.
const deadSuffix = "-raw"

// read makes a record of a message. It opens an escalation for its ids, which
// is all that stays of it in clear. What cannot be read is a record as well:
// staff learn that something came.
func (s *Store) read(subject string, data []byte, meta *jetstream.MsgMetadata) (Record, inbox.News, error) {
	now := s.cfg.Now().UTC()
	r := Record{V: inbox.Version, Seq: meta.Sequence.Stream, At: meta.Timestamp.UTC(), Filed: now}
	n := inbox.News{}
	place, err := bus.ParseStaff(subject)
	if err != nil {
		r.Clinic, r.Conversation = inbox.NoClinic, bus.EventKey(agent.Conversation{}, subject)
		return s.formless(r, n, data)
	}
	r.Clinic, r.Conversation = place.Clinic, place.ID
	if place.Dead {
		return s.readDead(r, n, data)
	}
	return s.readEscalation(r, n, data)
}

func (s *Store) readEscalation(r Record, n inbox.News, data []byte) (Record, inbox.News, error) {
	var e bus.Escalation
	if json.Unmarshal(data, &e) != nil || e.ID == "" || !plainID.MatchString(e.ID) || e.Clinic != r.Clinic || e.Conversation != r.Conversation {
		return s.formless(r, n, data)
	}
	r.ID, r.Sealed, r.Kind, r.Envelope = e.ID, e.ID, inbox.Escalation, e.Envelope
	r.Channel, r.Priority, r.Language = e.Channel, e.Priority, e.Language
	r.At = plausible(e.At, r.At)
	plain, err := s.open(r.Clinic, r.Sealed, r.Envelope)
	r.Fault = faultOf(err)
	var inner agent.Escalation
	switch {
	case err != nil:
		n.Rules = []string{"fault." + r.Fault}
	case json.Unmarshal(plain, &inner) != nil, inner.Clinic != r.Clinic, inner.Conversation != r.Conversation, inner.ID != r.ID:
		r.Fault = FaultForm
		n.Rules = []string{"fault." + r.Fault}
	default: // what is signed counts more than what stands beside it
		r.Channel, r.Priority, r.Language = inner.Channel, inner.Priority, inner.Language
		n.Rules, n.Intents, n.ReplyTo = inner.Rules, inner.Intents, inner.ReplyTo
	}
	return r, newsOf(r, n), nil
}

func (s *Store) readDead(r Record, n inbox.News, data []byte) (Record, inbox.News, error) {
	var d bus.Dead
	if json.Unmarshal(data, &d) != nil || !plainID.MatchString(d.ID) || d.Clinic != r.Clinic || d.Conversation != r.Conversation {
		return s.formless(r, n, data)
	}
	r.ID, r.Sealed, r.Kind, r.Envelope, r.Reason = d.ID+deadSuffix, d.ID, inbox.DeadLetter, d.Envelope, d.Reason
	r.At = plausible(d.At, r.At)
	// An escalation tells of it and is as pressing as it has to be.
	r.Priority = agent.PriorityRequest
	_, err := s.open(r.Clinic, r.Sealed, r.Envelope)
	r.Fault = faultOf(err)
	n.Rules = []string{"dead_letter." + string(d.Reason)}
	return r, newsOf(r, n), nil
}

// formless makes a record of something that no worker or gateway publishes.
// It may hold anything, so it is sealed here.
func (s *Store) formless(r Record, n inbox.News, data []byte) (Record, inbox.News, error) {
	sealer := s.cfg.Keys.Sealer(r.Clinic)
	if sealer == nil {
		return r, n, fmt.Errorf("seal what has no form: there is no key for clinic %s", r.Clinic)
	}
	r.ID = "x" + bus.EventKey(agent.Conversation{Clinic: r.Clinic, ID: r.Conversation}, strconv.FormatUint(r.Seq, 10))
	r.Sealed, r.Kind, r.Fault, r.Priority = r.ID, inbox.DeadLetter, FaultForm, agent.PriorityUrgent
	var err error
	if r.Envelope, err = sealer.Seal(r.Clinic, r.ID, data); err != nil {
		return r, n, fmt.Errorf("seal what has no form: %w", err)
	}
	n.Rules = []string{"fault." + FaultForm}
	return r, newsOf(r, n), nil
}

func newsOf(r Record, n inbox.News) inbox.News {
	n.Arrival = inbox.Arrival{ID: r.ID, Kind: r.Kind, Priority: r.Priority, At: r.At, Fault: r.Fault}
	n.Clinic, n.Conversation, n.Channel, n.Language = r.Clinic, r.Conversation, r.Channel, r.Language
	return n
}

// plausible is when the patient wrote, where that can be: not after it was
// published, and not longer before that than an event may wait. Clocks run
// from it.
func plausible(at, published time.Time) time.Time {
	if at.After(published) || at.Before(published.Add(-bus.MaxEventAge)) {
		return published
	}
	return at.UTC()
}
