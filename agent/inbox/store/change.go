package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"recado/agent/inbox"
)

// Case reads a case from its bucket, with its revision. The error is
// inbox.ErrNotFound where there is none.
func (s *Store) Case(ctx context.Context, clinic, id string) (inbox.Case, uint64, error) {
	c, revision, err := get[inbox.Case](ctx, s.cases, key(clinic, id))
	if err != nil {
		return c, 0, fmt.Errorf("read a case: %w", err)
	}
	if revision == 0 {
		return c, 0, fmt.Errorf("read a case: %w", inbox.ErrNotFound)
	}
	if c.V != inbox.Version {
		return c, 0, fmt.Errorf("read case %s: version is %d, this build speaks %d: update this console", id, c.V, inbox.Version)
	}
	return c, revision, nil
}

// Claim makes a the holder of a case. It returns only once workers and
// gateways can see it, so that the assistant sends nothing after that. Of any
// number who claim at once one gets the case and the others a
// *inbox.HeldError that names the holder.
func (s *Store) Claim(ctx context.Context, clinic, id string, a inbox.Actor) (inbox.Case, error) {
	return s.own(ctx, clinic, id, a, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Claim(a, now) })
}

// Assign makes another person the holder.
func (s *Store) Assign(ctx context.Context, clinic, id string, a inbox.Actor, to string) (inbox.Case, error) {
	return s.own(ctx, clinic, id, a, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Assign(a, to, now) })
}

// Release puts a case back into the queue.
func (s *Store) Release(ctx context.Context, clinic, id string, a inbox.Actor) (inbox.Case, error) {
	return s.own(ctx, clinic, id, a, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Release(a, now) })
}

// HandBack lets the assistant answer again while a keeps the case.
func (s *Store) HandBack(ctx context.Context, clinic, id string, a inbox.Actor) (inbox.Case, error) {
	return s.own(ctx, clinic, id, a, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.HandBack(a, now) })
}

// Resolve ends a case; the assistant may answer the conversation again.
func (s *Store) Resolve(ctx context.Context, clinic, id string, a inbox.Actor, o inbox.Outcome) (inbox.Case, error) {
	return s.own(ctx, clinic, id, a, func(c inbox.Case, now time.Time) (inbox.Case, error) { return c.Resolve(a, o, now) })
}

// Reopen returns a resolved case to the queue. The error is
// inbox.ErrSuperseded where a later case goes on.
func (s *Store) Reopen(ctx context.Context, clinic, id string, a inbox.Actor) (inbox.Case, error) {
	return s.own(ctx, clinic, id, a, func(c inbox.Case, now time.Time) (inbox.Case, error) {
		return c.Reopen(a, s.cfg.Policy(clinic), now)
	})
}

// Seen notes that the case's arrivals were looked at.
func (s *Store) Seen(ctx context.Context, clinic, id string) (inbox.Case, error) {
	c, _, err := s.change(ctx, clinic, id, func(c inbox.Case, _ time.Time) (inbox.Case, error) { return c.Seen(), nil })
	return c, err
}

type transition func(c inbox.Case, now time.Time) (inbox.Case, error)

// change applies a transition under compare-and-set. A case that it leaves as
// it was is not written.
func (s *Store) change(ctx context.Context, clinic, id string, f transition) (inbox.Case, uint64, error) {
	for attempt := 0; ; attempt++ {
		c, revision, err := s.Case(ctx, clinic, id)
		if err != nil {
			return c, 0, err
		}
		next, err := f(c, s.cfg.Now().UTC())
		if err != nil {
			return c, revision, err
		}
		if next.Changed.Equal(c.Changed) && next.Unseen == c.Unseen {
			return c, revision, nil
		}
		revision, err = put(ctx, s.cases, key(clinic, id), next, revision)
		if err == nil {
			return next, revision, nil
		}
		if !errors.Is(err, errOvertaken) {
			return c, 0, fmt.Errorf("change a case: %w", err)
		}
		if err := pause(ctx, attempt); err != nil {
			return c, 0, fmt.Errorf("change a case: %w", err)
		}
	}
}

// undoTimeout bounds taking a change of the holder back.
const undoTimeout = 2 * time.Second

// own is change for what may change the holder: workers and gateways are told
// before it returns. Where that fails a claim is undone, as far as it can be;
// Reconcile does the rest.
func (s *Store) own(ctx context.Context, clinic, id string, a inbox.Actor, f transition) (inbox.Case, error) {
	var before inbox.Case
	c, revision, err := s.change(ctx, clinic, id, func(c inbox.Case, now time.Time) (inbox.Case, error) {
		before = c
		return f(c, now)
	})
	if err != nil {
		return c, err
	}
	if err = s.owners.follow(ctx, c, s.version(revision), c.Changed); err == nil {
		return c, nil
	}
	err = fmt.Errorf("tell workers and gateways who holds the conversation: %w", err)
	if c.Holder() != "" && before.Holder() != c.Holder() {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
		defer cancel()
		if undone, at, undoErr := s.change(undo, clinic, id, func(now inbox.Case, at time.Time) (inbox.Case, error) {
			if now.Holder() != c.Holder() {
				return now, nil
			}
			return now.Release(inbox.Actor{Person: a.Person, Force: true}, at)
		}); undoErr == nil {
			c = undone
			err = errors.Join(err, s.owners.follow(undo, undone, s.version(at), undone.Changed))
		}
	}
	return c, err
}
