package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/inbox"
)

// Reconcile makes workers and gateways see the holders that the cases name,
// where a console was killed between the two. Every console calls it at start
// and now and then; it takes nothing from anybody.
func (s *Store) Reconcile(ctx context.Context, x *Index) error {
	var errs []error
	for _, c := range x.all(func(c *inbox.Case) bool { return c.Holder() != "" }) {
		errs = append(errs, s.refollow(ctx, c.Clinic, c.ID))
	}
	held, err := s.held(ctx)
	if err != nil {
		return err
	}
	for clinic, cases := range held {
		for _, id := range cases {
			if c, ok := x.Case(clinic, id); !ok || c.Holder() == "" {
				errs = append(errs, s.refollow(ctx, clinic, id))
			}
		}
	}
	return errors.Join(errs...)
}

// refollow tells what the case itself says now: the index may be behind.
func (s *Store) refollow(ctx context.Context, clinic, id string) error {
	c, revision, err := s.Case(ctx, clinic, id)
	if errors.Is(err, inbox.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.owners.follow(ctx, c, s.version(revision), s.cfg.Now().UTC())
}

// held are the cases that workers and gateways take for held, by clinic.
func (s *Store) held(ctx context.Context) (map[string][]string, error) {
	watch, err := s.owners.bucket.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read who holds conversations: %w", err)
	}
	defer watch.Stop() //nolint:errcheck // the server ends it by itself
	held := map[string][]string{}
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case v, ok := <-watch.Updates():
			if !ok {
				return nil, errors.New("read who holds conversations: the connection to NATS was closed")
			}
			if v == nil { // that was all
				return held, nil
			}
			var h holding
			if err := json.Unmarshal(v.Value(), &h); err != nil {
				return nil, fmt.Errorf("read who holds conversations, revision %d: %w", v.Revision(), err)
			}
			if h.Owner != "" {
				clinic := clinicOf(v.Key())
				held[clinic] = append(held[clinic], h.Case)
			}
		}
	}
}

// Keep calls Reconcile at once and then every so often, until ctx ends.
func (s *Store) Keep(ctx context.Context, x *Index, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.Reconcile(ctx, x); err != nil && ctx.Err() == nil {
			s.log.Warn("holders could not be compared; trying again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ErrStale: the list may lack what matters.
var ErrStale = errors.New("the list of cases is not up to date")

// ReleaseAll puts every case that a person holds in a clinic back into the
// queue, as when they sign off; "" for the clinic means all. It returns those
// cases. The error is ErrStale where the index may lack some: ask again later.
func (s *Store) ReleaseAll(ctx context.Context, x *Index, clinic, person string) ([]inbox.Case, error) {
	if _, fresh := x.Fresh(); !fresh {
		return nil, fmt.Errorf("release what a person holds: %w", ErrStale)
	}
	var released []inbox.Case
	var errs []error
	for _, c := range x.all(func(c *inbox.Case) bool {
		return c.State == inbox.Claimed && c.Owner == person && (clinic == "" || c.Clinic == clinic)
	}) {
		after, err := s.Release(ctx, c.Clinic, c.ID, inbox.Actor{Person: person})
		if held := (*inbox.HeldError)(nil); errors.As(err, &held) || errors.As(err, new(*inbox.StateError)) {
			continue // somebody else has it already
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		released = append(released, after)
	}
	return released, errors.Join(errs...)
}
