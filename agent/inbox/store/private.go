package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/inbox"
)

// FollowPrivate calls f with the place of every message that a patient or
// staff write on the private page from now on, until ctx ends. It returns nil
// then, and an error only if it could not start. Notes are not told of: when
// staff write one is no patient's concern. f must not wait.
func (s *Store) FollowPrivate(ctx context.Context, f func(clinic, conversation, entry string)) error {
	watch, err := s.threads.WatchAll(ctx, jetstream.UpdatesOnly(), jetstream.IgnoreDeletes())
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("follow the private pages' messages: %w", err)
	}
	defer watch.Stop() //nolint:errcheck // the server ends it by itself
	for {
		select {
		case <-ctx.Done():
			return nil
		case v, ok := <-watch.Updates():
			if !ok {
				return nil // the connection was closed
			}
			if v == nil {
				continue
			}
			var l struct {
				Kind inbox.EntryKind `json:"kind"`
			}
			parts := strings.Split(v.Key(), ".")
			if len(parts) != 3 || json.Unmarshal(v.Value(), &l) != nil || l.Kind == inbox.EntryNote {
				continue
			}
			f(parts[0], parts[1], parts[2])
		}
	}
}
