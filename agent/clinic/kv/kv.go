// Package kv keeps clinics' profiles in a JetStream bucket, one key a clinic
// id, for deployments where no folder reaches all hosts.
package kv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/clinic/library"
)

// MaxProfile is the largest profile that a bucket takes, in bytes. NATS takes
// messages of 1 MiB.
const MaxProfile = 900 << 10

// ErrNoProfile is what Remove returns for a clinic that has none.
var ErrNoProfile = errors.New("no such profile")

// Profiles is the bucket. It is safe for use by many goroutines.
type Profiles struct{ bucket jetstream.KeyValue }

// Open opens the bucket, which recado streams makes.
func Open(ctx context.Context, js jetstream.JetStream) (*Profiles, error) {
	bucket, err := js.KeyValue(ctx, bus.BucketProfile)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketProfile, err)
	}
	return &Profiles{bucket}, nil
}

// Push stores a profile under its id. raw is what p was read from; check it
// before, together with the other clinics' (library.Library.Update).
func (s *Profiles) Push(ctx context.Context, p *clinic.Profile, raw []byte) error {
	if len(raw) > MaxProfile {
		return fmt.Errorf("push profile %s: it has %d bytes, and %d is the most", p.ID, len(raw), MaxProfile)
	}
	if _, err := s.bucket.Put(ctx, p.ID, raw); err != nil {
		return fmt.Errorf("push profile %s: %w", p.ID, err)
	}
	return nil
}

// Remove removes a clinic's profile, or returns ErrNoProfile.
func (s *Profiles) Remove(ctx context.Context, id string) error {
	_, err := s.bucket.Get(ctx, id)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey) {
		return fmt.Errorf("remove profile %s: %w", id, ErrNoProfile)
	}
	if err == nil {
		err = s.bucket.Delete(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("remove profile %s: %w", id, err)
	}
	return nil
}

// All returns every profile as it is stored, by the clinics' ids.
func (s *Profiles) All(ctx context.Context) ([]library.Document, error) {
	w, err := s.watch(ctx)
	if err != nil {
		return nil, err
	}
	defer w.stop()
	return w.documents(), nil
}

var errUnseen = errors.New("changes are not seen any more")

// settle is how long changes are waited for that come together, as those of a
// push of many profiles do.
const settle = 300 * time.Millisecond

// Follow takes all profiles into l, then returns what was refused of them, by
// the clinics' ids, and how to take in every change until ctx ends.
func (s *Profiles) Follow(ctx context.Context, l *library.Library, log *zap.Logger) (refused map[string]error, run func(), err error) {
	w, err := s.watch(ctx)
	if err != nil {
		return nil, nil, err
	}
	return l.Update(w.documents()), func() {
		defer w.stop()
		var due <-chan time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case entry, ok := <-w.Updates():
				if !ok {
					if ctx.Err() == nil {
						log.Error("changes of clinics' profiles are not seen any more: those in use stay until a restart")
						l.Reading(errUnseen)
					}
					return
				}
				if entry != nil {
					w.take(entry)
					if due == nil {
						due = time.After(settle)
					}
				}
			case <-due:
				due = nil
				l.Update(w.documents())
			}
		}
	}, nil
}

// watching is a watcher with what it saw.
type watching struct {
	jetstream.KeyWatcher
	seen map[string]library.Document
}

// watch returns once all profiles of now are seen.
func (s *Profiles) watch(ctx context.Context) (*watching, error) {
	watcher, err := s.bucket.WatchAll(ctx)
	if err != nil {
		return nil, fmt.Errorf("read clinic profiles: %w", err)
	}
	w := &watching{watcher, map[string]library.Document{}}
	for {
		select {
		case <-ctx.Done():
			w.stop()
			return nil, fmt.Errorf("read clinic profiles: %w", context.Cause(ctx))
		case entry, ok := <-watcher.Updates():
			if !ok {
				return nil, errors.New("read clinic profiles: the connection to NATS was closed")
			}
			if entry == nil {
				return w, nil
			}
			w.take(entry)
		}
	}
}

func (w *watching) stop() { _ = w.Stop() } // the server ends it by itself

func (w *watching) take(entry jetstream.KeyValueEntry) {
	if entry.Operation() != jetstream.KeyValuePut {
		delete(w.seen, entry.Key())
		return
	}
	w.seen[entry.Key()] = library.Document{Name: entry.Key(), Raw: entry.Value()}
}

func (w *watching) documents() []library.Document {
	all := make([]library.Document, 0, len(w.seen))
	for _, d := range w.seen {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b library.Document) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}
