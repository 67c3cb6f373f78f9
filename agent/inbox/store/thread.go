package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/vault"
)

// line is a sealed entry of a thread.
type line struct {
	V            int             `json:"v"`
	ID           string          `json:"id"`
	Clinic       string          `json:"clinic"`
	Conversation string          `json:"conversation"`
	Case         string          `json:"case"`
	Kind         inbox.EntryKind `json:"kind"`
	At           time.Time       `json:"at"`
	Envelope     vault.Envelope  `json:"envelope"` // bound to the clinic and to conversation, kind and id
}

// bound is the id that the envelope is bound to: an entry opens in no other
// conversation, and a note never as a message to the patient. None of the
// parts holds a "/".
func (l line) bound() string { return l.Conversation + "/" + string(l.Kind) + "/" + l.ID }

// NewEntryID returns an id for an entry or a reply. A form carries one, so
// that sending it twice writes once.
func NewEntryID() string { return uuid.Must(uuid.NewV7()).String() }

// Note writes a note for staff. entry comes from NewEntryID.
func (s *Store) Note(ctx context.Context, clinic, id string, a inbox.Actor, entry, text string) (inbox.Case, error) {
	return s.write(ctx, clinic, id, inbox.Entry{ID: entry, Kind: inbox.EntryNote, By: a.Person, Text: text},
		func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Note(a, entry, now) })
}

// Write writes a message of the holder to the patient, for the private page.
// entry comes from NewEntryID.
func (s *Store) Write(ctx context.Context, clinic, id string, a inbox.Actor, entry, text string) (inbox.Case, error) {
	return s.write(ctx, clinic, id, inbox.Entry{ID: entry, Kind: inbox.EntryStaff, By: a.Person, Text: text},
		func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Write(a, entry, now) })
}

// Said writes a message of the patient on the private page, and tells staff:
// case id has it, or the one that goes on with its conversation, and a
// resolved one returns to the queue. It returns the case that has it now.
// entry comes from NewEntryID; priority is routine, or higher where the rules
// find the text more pressing.
func (s *Store) Said(ctx context.Context, clinic, id, entry, text string, priority agent.Priority) (inbox.Case, error) {
	e := inbox.Entry{ID: entry, Kind: inbox.EntryPatient, Text: text}
	if err := s.check(&e); err != nil {
		return inbox.Case{}, err
	}
	c, _, err := s.Case(ctx, clinic, id)
	if err != nil {
		return c, err
	}
	// The words are stored before the case tells of them: what is told of is
	// there.
	if err := s.keep(ctx, c, e); err != nil {
		return c, err
	}
	return s.file(ctx, id, inbox.News{
		Arrival: inbox.Arrival{ID: e.ID, Kind: inbox.Private, Priority: priority, At: e.At},
		Clinic:  clinic, Conversation: c.Conversation,
	})
}

// Thread returns all entries of a conversation, notes among them, oldest
// first. It is for staff, after the audit has it.
func (s *Store) Thread(ctx context.Context, clinic, conversation string) ([]inbox.Entry, error) {
	return s.thread(ctx, clinic, conversation, inbox.EntryNote, inbox.EntryStaff, inbox.EntryPatient)
}

// PrivateThread returns what a patient and staff wrote to each other, without
// notes, oldest first. It is what the private page may show.
func (s *Store) PrivateThread(ctx context.Context, clinic, conversation string) ([]inbox.Entry, error) {
	return s.thread(ctx, clinic, conversation, inbox.EntryStaff, inbox.EntryPatient)
}

func (s *Store) thread(ctx context.Context, clinic, conversation string, kinds ...inbox.EntryKind) ([]inbox.Entry, error) {
	lines, err := s.lines(ctx, clinic, conversation)
	if err != nil {
		return nil, fmt.Errorf("read a thread: %w", err)
	}
	var entries []inbox.Entry
	for _, l := range lines {
		if !slices.Contains(kinds, l.Kind) {
			continue
		}
		plain, err := s.open(clinic, l.bound(), l.Envelope)
		if err != nil {
			return nil, fmt.Errorf("open an entry of a thread: %w", err)
		}
		var e inbox.Entry
		if err := json.Unmarshal(plain, &e); err != nil {
			return nil, fmt.Errorf("open an entry of a thread: %w", err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b inbox.Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return entries, nil
}

// lines are the sealed entries of a conversation. What they say of their
// place is what they are stored under.
func (s *Store) lines(ctx context.Context, clinic, conversation string) ([]line, error) {
	// A wildcard would be another's thread.
	if (agent.Conversation{Clinic: clinic, Channel: agent.Web, ID: conversation}).Validate() != nil {
		return nil, nil
	}
	prefix := key(clinic, conversation) + "."
	watch, err := s.threads.Watch(ctx, prefix+"*", jetstream.IgnoreDeletes())
	if err != nil {
		return nil, err
	}
	defer watch.Stop() //nolint:errcheck // the server ends it by itself
	var lines []line
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case v, ok := <-watch.Updates():
			if !ok {
				return nil, errors.New("the connection to NATS was closed")
			}
			if v == nil { // that was all
				return lines, nil
			}
			var l line
			if err := json.Unmarshal(v.Value(), &l); err != nil {
				return nil, fmt.Errorf("revision %d: %w", v.Revision(), err)
			}
			l.Clinic, l.Conversation, l.ID = clinic, conversation, strings.TrimPrefix(v.Key(), prefix)
			lines = append(lines, l)
		}
	}
}

// write stores an entry, then changes the case by it. The transition is tried
// first, so that what is refused leaves nothing behind.
func (s *Store) write(ctx context.Context, clinic, id string, e inbox.Entry, f transition) (inbox.Case, error) {
	if err := s.check(&e); err != nil {
		return inbox.Case{}, err
	}
	c, _, err := s.Case(ctx, clinic, id)
	if err != nil {
		return c, err
	}
	if _, err := f(c, e.At); err != nil {
		return c, err
	}
	if err := s.keep(ctx, c, e); err != nil {
		return c, err
	}
	c, _, err = s.change(ctx, clinic, id, f)
	return c, err
}

// check completes an entry.
func (s *Store) check(e *inbox.Entry) error {
	e.Text, e.At = strings.TrimSpace(e.Text), s.cfg.Now().UTC()
	switch {
	case e.Text == "":
		return &inbox.InputError{Problem: "the text is empty"}
	case len(e.Text) > inbox.MaxEntryText:
		return &inbox.InputError{Problem: fmt.Sprintf("the text has %d bytes, at most %d", len(e.Text), inbox.MaxEntryText)}
	case uuid.Validate(e.ID) != nil:
		return &inbox.InputError{Problem: "the entry's id is not a UUID"}
	}
	return nil
}

// keep seals and stores an entry; one that is there already stays as it is.
func (s *Store) keep(ctx context.Context, c inbox.Case, e inbox.Entry) error {
	sealer := s.cfg.Keys.Sealer(c.Clinic)
	if sealer == nil {
		return errors.New("seal an entry: there is no key for the clinic")
	}
	e.Case = c.ID
	plain, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("seal an entry: %w", err)
	}
	l := line{V: inbox.Version, ID: e.ID, Clinic: c.Clinic, Conversation: c.Conversation, Case: c.ID, Kind: e.Kind, At: e.At}
	if l.Envelope, err = sealer.Seal(c.Clinic, l.bound(), plain); err != nil {
		return fmt.Errorf("seal an entry: %w", err)
	}
	if _, err = put(ctx, s.threads, key(c.Clinic, c.Conversation)+"."+e.ID, l, 0); errors.Is(err, errOvertaken) {
		return nil
	}
	return err
}
