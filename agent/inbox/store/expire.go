package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/inbox"
)

// MinRetention is the least time that a resolved case is kept: as long as
// the stream may deliver one of its records again.
const MinRetention = bus.MaxTurnAge + 24*time.Hour

// Expire removes the cases of a clinic that were resolved before a time, with
// their records and what was written in them. What is not resolved never
// expires. It returns how many it removed.
func (s *Store) Expire(ctx context.Context, x *Index, clinic string, before time.Time) (int, error) {
	if latest := s.cfg.Now().Add(-MinRetention); before.After(latest) {
		return 0, fmt.Errorf("expire cases: they are kept for %s at least", MinRetention)
	}
	removed := 0
	for _, c := range x.all(func(c *inbox.Case) bool { return c.Clinic == clinic && expired(*c, before) }) {
		gone, err := s.remove(ctx, c.Clinic, c.ID, before)
		if err != nil {
			return removed, fmt.Errorf("expire cases: %w", err)
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

func expired(c inbox.Case, before time.Time) bool {
	return c.State == inbox.Resolved && c.Round.Resolved.Before(before)
}

// remove takes a case away, last of all: after a crash it is found again.
func (s *Store) remove(ctx context.Context, clinic, id string, before time.Time) (bool, error) {
	c, revision, err := s.Case(ctx, clinic, id)
	if errors.Is(err, inbox.ErrNotFound) {
		return false, nil
	}
	if err != nil || !expired(c, before) {
		return false, err
	}
	if c.Next == "" {
		// What arrives from now on belongs to another case. The conversation's
		// head stays, and names that one: two consoles never begin anew beside
		// each other.
		next, err := s.supersede(ctx, c, revision)
		if err != nil || next == id {
			return false, err // it came back to life
		}
	}
	for _, a := range c.ArrivalIDs() {
		if err := purge(ctx, s.records, key(clinic, a), 0); err != nil {
			return false, err
		}
	}
	lines, err := s.lines(ctx, clinic, c.Conversation)
	if err != nil {
		return false, err
	}
	for _, l := range lines {
		if l.Case != id {
			continue
		}
		if err := purge(ctx, s.threads, key(clinic, l.Conversation)+"."+l.ID, 0); err != nil {
			return false, err
		}
	}
	if err := s.forget(ctx, c); err != nil {
		return false, err
	}
	return true, purge(ctx, s.cases, key(clinic, id), 0)
}

// forget removes who held the conversation of c, unless a later case has it.
func (s *Store) forget(ctx context.Context, c inbox.Case) error {
	k := bus.OwnerKey(c.Of())
	h, at, err := get[holding](ctx, s.owners.bucket, k)
	if err != nil || at == 0 || h.Owner != "" || h.Case != c.ID {
		return err
	}
	return purge(ctx, s.owners.bucket, k, at)
}

// purge removes a value and all before it; the marker that it leaves goes by
// itself. With a revision, a value that was changed since stays.
func purge(ctx context.Context, bucket jetstream.KeyValue, key string, revision uint64) error {
	err := bucket.Purge(ctx, key, jetstream.PurgeTTL(bus.MarkerTTL), jetstream.LastRevision(revision))
	var api *jetstream.APIError
	if revision > 0 && errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove from bucket %s: %w", bucket.Bucket(), err)
	}
	return nil
}

func clinicOf(key string) string {
	clinic, _, _ := strings.Cut(key, ".")
	return clinic
}
