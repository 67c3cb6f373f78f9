// Package store keeps accounts of staff in a JetStream bucket.
//
// A key "person.<id>" holds an account, and "name.<name>" the id of the person
// behind an e-mail address; the name is a keyed hash of it. All changes are
// compare-and-set by revision, so that what may happen once happens once: a
// set-up link, a code of an authenticator app, the first admin.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/staff"
)

const (
	people = "person."
	names  = "name."
)

// Store is a staff.Accounts. It is safe for concurrent use, by many consoles.
type Store struct{ bucket jetstream.KeyValue }

var _ staff.Accounts = (*Store)(nil)

// Open looks up the bucket, which `recado streams` has made.
func Open(ctx context.Context, js jetstream.JetStream) (*Store, error) {
	bucket, err := js.KeyValue(ctx, bus.BucketStaff)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketStaff, err)
	}
	return &Store{bucket}, nil
}

// Get implements staff.Accounts.
func (s *Store) Get(ctx context.Context, id string) (staff.Account, error) {
	a, _, err := s.get(ctx, id)
	return a, err
}

func (s *Store) get(ctx context.Context, id string) (staff.Account, uint64, error) {
	if strings.ContainsAny(id, ".*>") {
		return staff.Account{}, 0, staff.ErrNotFound
	}
	entry, err := s.bucket.Get(ctx, people+id)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey) {
		return staff.Account{}, 0, staff.ErrNotFound
	}
	if err != nil {
		return staff.Account{}, 0, unavailable("read an account", err)
	}
	a, err := decode(entry)
	return a, entry.Revision(), err
}

// Create implements staff.Accounts.
func (s *Store) Create(ctx context.Context, a staff.Account) error {
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("create an account: %w", err)
	}
	_, err = s.bucket.Create(ctx, people+a.Person.ID, data)
	if overtaken(err) {
		return staff.ErrExists
	}
	return unavailable("create an account", err)
}

// Update implements staff.Accounts.
func (s *Store) Update(ctx context.Context, id string, change func(*staff.Account) error) (staff.Account, error) {
	for attempt := 0; ; attempt++ {
		a, revision, err := s.get(ctx, id)
		if err != nil {
			return a, err
		}
		if err := change(&a); err != nil {
			return a, err
		}
		data, err := json.Marshal(a)
		if err != nil {
			return a, fmt.Errorf("change an account: %w", err)
		}
		_, err = s.bucket.Update(ctx, people+id, data, revision)
		if err == nil {
			return a, nil
		}
		if !overtaken(err) {
			return a, unavailable("change an account", err)
		}
		if err := pause(ctx, attempt); err != nil {
			return a, unavailable("change an account", err)
		}
	}
}

// All implements staff.Accounts.
func (s *Store) All(ctx context.Context) ([]staff.Account, error) {
	watcher, err := s.bucket.Watch(ctx, people+"*", jetstream.IgnoreDeletes())
	if err != nil {
		return nil, unavailable("list accounts", err)
	}
	defer watcher.Stop()
	var all []staff.Account
	for {
		select {
		case entry, ok := <-watcher.Updates():
			if !ok {
				return nil, unavailable("list accounts", errors.New("the list was cut off"))
			}
			if entry == nil { // all that was there
				slices.SortFunc(all, func(a, b staff.Account) int { return strings.Compare(a.Person.ID, b.Person.ID) })
				return all, nil
			}
			a, err := decode(entry)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		case <-ctx.Done():
			return nil, unavailable("list accounts", context.Cause(ctx))
		}
	}
}

// ID implements staff.Accounts.
func (s *Store) ID(ctx context.Context, name string) (string, error) {
	entry, err := s.bucket.Get(ctx, names+name)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return "", staff.ErrNotFound
	}
	if err != nil {
		return "", unavailable("look up a person", err)
	}
	return string(entry.Value()), nil
}

// Name implements staff.Accounts.
func (s *Store) Name(ctx context.Context, name, id string, free func(string, time.Time) (bool, error)) error {
	for attempt := 0; ; attempt++ {
		_, err := s.bucket.Create(ctx, names+name, []byte(id))
		if err == nil || !overtaken(err) {
			return unavailable("name a person", err)
		}
		entry, err := s.bucket.Get(ctx, names+name)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			// removed meanwhile
		case err != nil:
			return unavailable("name a person", err)
		case string(entry.Value()) == id:
			return nil
		default:
			ok, err := free(string(entry.Value()), entry.Created())
			if err != nil {
				return err
			}
			if !ok {
				return staff.ErrExists
			}
			_, err = s.bucket.Update(ctx, names+name, []byte(id), entry.Revision())
			if err == nil || !overtaken(err) {
				return unavailable("name a person", err)
			}
		}
		if err := pause(ctx, attempt); err != nil {
			return unavailable("name a person", err)
		}
	}
}

func decode(entry jetstream.KeyValueEntry) (staff.Account, error) {
	var a staff.Account
	if err := json.Unmarshal(entry.Value(), &a); err != nil {
		return a, unavailable(fmt.Sprintf("read an account, revision %d", entry.Revision()), err)
	}
	if a.V != staff.Version {
		return a, unavailable("read an account", fmt.Errorf("version is %d, this build speaks %d: update this console", a.V, staff.Version))
	}
	return a, nil
}

// overtaken reports whether somebody else was first.
func overtaken(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// pause keeps those apart that were overtaken together.
func pause(ctx context.Context, attempt int) error {
	if attempt < 2 {
		return ctx.Err()
	}
	select {
	case <-time.After(rand.N(time.Millisecond << min(attempt, 6))):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %w", doing, staff.ErrUnavailable, err)
}
