package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/vault"
)

// Keys are the keys of clinics' staff. It is called by many goroutines at
// once.
type Keys interface {
	// Opener opens the clinic's records, also those that came before a change
	// of keys; nil where there is no key for the clinic.
	Opener(clinic string) *vault.Opener
	// Sealer seals what staff write, for the clinic's newest key; nil where
	// there is none.
	Sealer(clinic string) *vault.Sealer
}

// OneKey is the keys of a console that serves one clinic, and of what came
// for none.
type OneKey struct {
	Open *vault.Opener
	Seal *vault.Sealer
}

// Opener implements Keys.
func (k OneKey) Opener(string) *vault.Opener { return k.Open }

// Sealer implements Keys.
func (k OneKey) Sealer(string) *vault.Sealer { return k.Seal }

// Config is what a Store needs. Fields without a default are required.
type Config struct {
	// JetStream is a connection as the console's user.
	JetStream jetstream.JetStream
	// Keys are those of the clinics.
	Keys Keys
	// Policy returns a clinic's rules. It is called by many goroutines at
	// once. Defaults to inbox.NewPolicy without opening hours.
	Policy func(clinic string) inbox.Policy
	// Log gets ids and states; never a text. Defaults to none.
	Log *zap.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time

	// steps, in tests, is called before each step of filing a record; an
	// error abandons it there, as if the process had been killed.
	steps func(step) error
	// freshEvery is how often an Index asks whether it lacks something, and
	// staleAfter how long it may not know before it is stale. Default to 2 s
	// and 8 s.
	freshEvery, staleAfter time.Duration
}

func (c *Config) complete() error {
	switch {
	case c.JetStream == nil:
		return errors.New("inbox store config: JetStream is missing")
	case c.Keys == nil:
		return errors.New("inbox store config: Keys is missing: nothing could be read or written")
	}
	if c.Policy == nil {
		policy := inbox.NewPolicy(nil)
		c.Policy = func(string) inbox.Policy { return policy }
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.freshEvery <= 0 {
		c.freshEvery, c.staleAfter = 2*time.Second, 8*time.Second
	}
	if c.steps == nil {
		c.steps = func(step) error { return nil }
	}
	return nil
}

// Store changes cases. It is safe for concurrent use, by many consoles.
type Store struct {
	cfg     Config
	log     *zap.Logger
	cases   jetstream.KeyValue
	heads   jetstream.KeyValue
	records jetstream.KeyValue
	threads jetstream.KeyValue
	owners  *Owners
	epoch   int64 // see version
}

// Open looks up the buckets, which `recado streams` has made.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, log: cfg.Log}
	for name, bucket := range map[string]*jetstream.KeyValue{
		bus.BucketCase: &s.cases, bus.BucketHead: &s.heads, bus.BucketRecord: &s.records, bus.BucketThread: &s.threads,
	} {
		var err error
		if *bucket, err = openBucket(ctx, cfg.JetStream, name); err != nil {
			return nil, err
		}
	}
	stream, err := cfg.JetStream.Stream(ctx, "KV_"+bus.BucketCase)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", bus.BucketCase, err)
	}
	s.epoch = stream.CachedInfo().Created.UnixNano()
	s.owners, err = OpenOwners(ctx, cfg.JetStream)
	return s, err
}

func (s *Store) version(revision uint64) version { return version{s.epoch, revision} }

func openBucket(ctx context.Context, js jetstream.JetStream, name string) (jetstream.KeyValue, error) {
	bucket, err := js.KeyValue(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s (run recado streams first): %w", name, err)
	}
	return bucket, nil
}

func key(clinic, id string) string { return clinic + "." + id }

// get reads a value; its revision is 0 where there is none.
func get[T any](ctx context.Context, bucket jetstream.KeyValue, key string) (v T, revision uint64, err error) {
	entry, err := bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return v, 0, nil
	}
	if errors.Is(err, jetstream.ErrInvalidKey) {
		return v, 0, nil // nothing was ever stored under it
	}
	if err != nil {
		return v, 0, fmt.Errorf("read from bucket %s: %w", bucket.Bucket(), err)
	}
	if err := json.Unmarshal(entry.Value(), &v); err != nil {
		return v, 0, fmt.Errorf("read from bucket %s, revision %d: %w", bucket.Bucket(), entry.Revision(), err)
	}
	return v, entry.Revision(), nil
}

// errOvertaken: somebody else changed the value since it was read.
var errOvertaken = errors.New("value was changed meanwhile")

// put stores a value if the one there still has this revision (0: there is
// none), else errOvertaken. After any other error it may have been stored.
func put(ctx context.Context, bucket jetstream.KeyValue, key string, v any, revision uint64) (uint64, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return 0, fmt.Errorf("write to bucket %s: %w", bucket.Bucket(), err)
	}
	var next uint64
	if revision == 0 {
		next, err = bucket.Create(ctx, key, data)
	} else {
		next, err = bucket.Update(ctx, key, data, revision)
	}
	var api *jetstream.APIError
	if errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return 0, errOvertaken
	}
	if err != nil {
		return 0, fmt.Errorf("write to bucket %s: %w", bucket.Bucket(), err)
	}
	return next, nil
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
