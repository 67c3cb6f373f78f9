package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// Bucket keeps states for all consoles.
type Bucket struct{ kv jetstream.KeyValue }

var _ States = (*Bucket)(nil)

// Open looks up the bucket, which `recado streams` has made.
func Open(ctx context.Context, js jetstream.JetStream) (*Bucket, error) {
	kv, err := js.KeyValue(ctx, bus.BucketPaging)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketPaging, err)
	}
	return &Bucket{kv}, nil
}

// Get implements States.
func (b *Bucket) Get(ctx context.Context, key string) (State, uint64, error) {
	entry, err := b.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return State{}, 0, nil
	}
	if err != nil {
		return State{}, 0, fmt.Errorf("read a paging state: %w", err)
	}
	s, err := decode(entry.Value())
	return s, entry.Revision(), err
}

// decode reads a state. One that is broken is none: its alarm begins anew,
// since paging twice is better than not at all.
func decode(data []byte) (State, error) {
	var s State
	if json.Unmarshal(data, &s) != nil || s.V == 0 {
		return State{}, nil
	}
	if s.V != Version {
		return State{}, fmt.Errorf("read a paging state: version is %d, this build speaks %d: update this console", s.V, Version)
	}
	return s, nil
}

// Put implements States.
func (b *Bucket) Put(ctx context.Context, key string, s State, revision uint64) (uint64, error) {
	s.V = Version
	data, err := json.Marshal(s)
	if err != nil {
		return 0, fmt.Errorf("write a paging state: %w", err)
	}
	var next uint64
	if revision == 0 {
		next, err = b.kv.Create(ctx, key, data)
	} else {
		next, err = b.kv.Update(ctx, key, data, revision)
	}
	if overtaken(err) {
		return 0, ErrOvertaken
	}
	if err != nil {
		return 0, fmt.Errorf("write a paging state: %w", err)
	}
	return next, nil
}

func overtaken(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// All implements States. What this build cannot read is left out.
func (b *Bucket) All(ctx context.Context) (map[string]State, error) {
	watch, err := b.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read all paging states: %w", err)
	}
	defer watch.Stop() //nolint:errcheck // the server ends it by itself
	all := map[string]State{}
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("read all paging states: %w", context.Cause(ctx))
		case v, ok := <-watch.Updates():
			if !ok {
				return nil, errors.New("read all paging states: the connection to NATS was closed")
			}
			if v == nil {
				return all, nil
			}
			if s, err := decode(v.Value()); err == nil && s.V != 0 {
				all[v.Key()] = s
			}
		}
	}
}

// Remove implements States.
func (b *Bucket) Remove(ctx context.Context, key string, revision uint64) error {
	err := b.kv.Purge(ctx, key, jetstream.PurgeTTL(bus.MarkerTTL), jetstream.LastRevision(revision))
	if err != nil && !overtaken(err) {
		return fmt.Errorf("remove a paging state: %w", err)
	}
	return nil
}
