package store

import (
	"context"
	"errors"
	"fmt"

	"recado/agent/inbox"
)

// step is a point at which tests may kill the filing of a record.
type step string

const (
	stepHead   step = "head"   // before the conversation's first case is named
	stepRecord step = "record" // before the record is stored
	stepNext   step = "next"   // before a resolved case names the one that goes on
	stepCase   step = "case"   // before the case is written
	stepAck    step = "ack"    // before the message is acknowledged
)

// head names a conversation's latest case, or one before it: each names the
// one after it, so that following them from any case leads to the latest.
type head struct {
	V    int    `json:"v"`
	Case string `json:"case"`
}

// headOf returns the case to begin at. The first one to ask names it.
func (s *Store) headOf(ctx context.Context, clinic, conversation string) (string, error) {
	k := key(clinic, conversation)
	for attempt := 0; ; attempt++ {
		h, revision, err := get[head](ctx, s.heads, k)
		if err != nil || revision > 0 {
			return h.Case, err
		}
		if err := s.cfg.steps(stepHead); err != nil {
			return "", err
		}
		h = head{V: inbox.Version, Case: NewEntryID()}
		if _, err = put(ctx, s.heads, k, h, 0); !errors.Is(err, errOvertaken) {
			return h.Case, err
		}
		if err := pause(ctx, attempt); err != nil {
			return "", err
		}
	}
}

// Latest returns the case that a conversation is in, or was in last. The
// error is inbox.ErrNotFound where staff never had one.
func (s *Store) Latest(ctx context.Context, clinic, conversation string) (inbox.Case, error) {
	h, revision, err := get[head](ctx, s.heads, key(clinic, conversation))
	if err == nil && revision == 0 {
		err = inbox.ErrNotFound
	}
	if err != nil {
		return inbox.Case{}, fmt.Errorf("find a conversation's case: %w", err)
	}
	return s.Current(ctx, clinic, h.Case)
}

// Current returns the case that goes on with the conversation of case id:
// itself, or one after it.
func (s *Store) Current(ctx context.Context, clinic, id string) (inbox.Case, error) {
	c, _, err := s.Case(ctx, clinic, id)
	for err == nil && c.Next != "" {
		next, _, err := s.Case(ctx, clinic, c.Next)
		if errors.Is(err, inbox.ErrNotFound) {
			return c, nil // it is about to be opened
		}
		if err != nil {
			return c, err
		}
		c = next
	}
	return c, err
}

// fileRecord stores a record and puts it into its conversation's case, once,
// whatever was done of it before. The record names its case before the case
// has it, so that a repeat goes the same way.
func (s *Store) fileRecord(ctx context.Context, r Record, n inbox.News) (inbox.Case, error) {
	k := key(r.Clinic, r.ID)
	for attempt := 0; ; attempt++ {
		have, revision, err := get[Record](ctx, s.records, k)
		if err != nil {
			return inbox.Case{}, err
		}
		if revision > 0 {
			return s.file(ctx, have.Case, n)
		}
		if r.Case, err = s.headOf(ctx, r.Clinic, r.Conversation); err != nil {
			return inbox.Case{}, err
		}
		if err := s.cfg.steps(stepRecord); err != nil {
			return inbox.Case{}, err
		}
		if _, err = put(ctx, s.records, k, r, 0); err == nil {
			return s.file(ctx, r.Case, n)
		}
		if !errors.Is(err, errOvertaken) {
			return inbox.Case{}, err
		}
		if err := pause(ctx, attempt); err != nil {
			return inbox.Case{}, err
		}
	}
}

// file puts an arrival into case id, which is opened if it is not there, or
// into the one that goes on with its conversation. It returns that case.
func (s *Store) file(ctx context.Context, id string, n inbox.News) (inbox.Case, error) {
	policy := s.cfg.Policy(n.Clinic)
	for attempt := 0; ; attempt++ {
		now := s.cfg.Now().UTC()
		c, revision, err := s.Case(ctx, n.Clinic, id)
		switch {
		case errors.Is(err, inbox.ErrNotFound):
			c = inbox.New(id, n, policy, now)
		case err != nil, c.Has(n.ID):
			return c, err
		case c.Next != "":
			id = c.Next
			continue
		case c.Takes(policy, now):
			if c, err = c.Receive(n, policy, now); err != nil {
				return c, err
			}
		default:
			if id, err = s.supersede(ctx, c, revision); err != nil {
				return c, err
			}
			continue
		}
		if err := s.cfg.steps(stepCase); err != nil {
			return c, err
		}
		if _, err = put(ctx, s.cases, key(n.Clinic, id), c, revision); !errors.Is(err, errOvertaken) {
			return c, err
		}
		if err := pause(ctx, attempt); err != nil {
			return c, err
		}
	}
}

// supersede names the case after c and returns the one to go on with, which
// is c again where somebody else changed it meanwhile.
func (s *Store) supersede(ctx context.Context, c inbox.Case, revision uint64) (string, error) {
	if err := s.cfg.steps(stepNext); err != nil {
		return "", err
	}
	done, err := c.Supersede(NewEntryID(), s.cfg.Now().UTC())
	if err != nil {
		return "", err
	}
	if _, err := put(ctx, s.cases, key(c.Clinic, c.ID), done, revision); err != nil {
		if errors.Is(err, errOvertaken) {
			return c.ID, ctx.Err()
		}
		return "", err
	}
	// A head that stays behind only makes the way longer.
	k := key(c.Clinic, c.Conversation)
	if h, at, err := get[head](ctx, s.heads, k); err == nil && h.Case == c.ID {
		_, err = put(ctx, s.heads, k, head{V: inbox.Version, Case: done.Next}, at)
		if err != nil && !errors.Is(err, errOvertaken) {
			return done.Next, nil //nolint:nilerr // see above
		}
	}
	return done.Next, nil
}
