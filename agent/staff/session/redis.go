package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/staff"
)

// Prefix begins all keys.
const Prefix = "recado-staff:{s}:"

const (
	// timeout is how long one call may take.
	timeout = 2 * time.Second
	// spare is how long Redis keeps what is over, for clocks that differ.
	spare = time.Hour
	// batch is how many sessions one step of a sweep ends.
	batch = 100
)

// Redis is a staff.Sessions in Redis 6.2 or later, or in a cluster of it.
type Redis struct{ client redis.Cmdable }

var _ staff.Sessions = (*Redis)(nil)

// New returns sessions in the Redis behind client, which needs no more than
// @read, @write and @scripting on "recado-staff:*".
func New(client redis.Cmdable) *Redis { return &Redis{client} }

// Start implements staff.Sessions.
func (r *Redis) Start(ctx context.Context, s staff.SessionRecord) error {
	return r.run(ctx, "start a session", start, s.Key, s.Person, ms(s.Started), ms(s.Active), s.Sealed,
		staff.Idle.Milliseconds(), staff.Absolute.Milliseconds(), (staff.Absolute + spare).Milliseconds()).Err()
}

// Touch implements staff.Sessions.
func (r *Redis) Touch(ctx context.Context, key string, now time.Time, act bool) (staff.SessionRecord, error) {
	doing := 0
	if act {
		doing = 1
	}
	fields, err := r.run(ctx, "read a session", touch, key, ms(now), doing,
		staff.Idle.Milliseconds(), staff.Absolute.Milliseconds(), rand.Text()).Slice()
	if err != nil {
		return staff.SessionRecord{}, err
	}
	if len(fields) == 0 {
		return staff.SessionRecord{}, staff.ErrExpired
	}
	if len(fields) != 4 {
		return staff.SessionRecord{}, malformed("read a session")
	}
	s, err := record(key, fields[1:])
	s.Person, _ = fields[0].(string)
	return s, err
}

// Replace implements staff.Sessions.
func (r *Redis) Replace(ctx context.Context, key string, old, sealed []byte) (bool, error) {
	n, err := r.run(ctx, "change a session", replace, key, old, sealed).Int()
	return n == 1, err
}

// OfPerson implements staff.Sessions.
func (r *Redis) OfPerson(ctx context.Context, person string, now time.Time) ([]staff.SessionRecord, error) {
	list, err := r.run(ctx, "list sessions", ofPerson, person, ms(now), staff.Idle.Milliseconds(), staff.Absolute.Milliseconds()).Slice()
	if err != nil {
		return nil, err
	}
	var all []staff.SessionRecord
	for _, item := range list {
		fields, _ := item.([]any)
		if len(fields) != 4 {
			return nil, malformed("list sessions")
		}
		key, _ := fields[0].(string)
		s, err := record(key, fields[1:])
		if err != nil {
			return nil, err
		}
		s.Person = person
		all = append(all, s)
	}
	return all, nil
}

// End implements staff.Sessions.
func (r *Redis) End(ctx context.Context, person string, keys ...string) error {
	args := []any{person, rand.Text()}
	for _, key := range keys {
		args = append(args, key)
	}
	return r.run(ctx, "end sessions", end, args...).Err()
}

// SignedOut implements staff.Sessions.
func (r *Redis) SignedOut(ctx context.Context, now time.Time) (map[string]string, error) {
	for {
		answer, err := r.run(ctx, "look for sessions that are over", signedOut, ms(now), rand.Text(), batch).Slice()
		if err != nil {
			return nil, err
		}
		if len(answer) != 2 {
			return nil, malformed("look for sessions that are over")
		}
		if ended, _ := answer[0].(int64); ended == batch {
			continue // there may be more
		}
		flat, _ := answer[1].([]any)
		people := make(map[string]string, len(flat)/2)
		for i := 0; i+1 < len(flat); i += 2 {
			person, _ := flat[i].(string)
			people[person], _ = flat[i+1].(string)
		}
		return people, nil
	}
}

// Told implements staff.Sessions.
func (r *Redis) Told(ctx context.Context, person, mark string) error {
	return r.run(ctx, "note who was signed out", told, person, mark).Err()
}

// Wait implements staff.Sessions.
func (r *Redis) Wait(ctx context.Context, person string) error {
	return r.run(ctx, "note who is to be signed out", wait, person, rand.Text()).Err()
}

// Lost implements staff.Sessions.
func (r *Redis) Lost(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	n, err := r.client.Exists(ctx, Prefix+"known").Result()
	return n == 0, failed("ask whether sessions were lost", err)
}

// Found implements staff.Sessions.
func (r *Redis) Found(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return failed("note that sessions are known", r.client.Set(ctx, Prefix+"known", "1", 0).Err())
}

// Attempt implements staff.Sessions.
func (r *Redis) Attempt(ctx context.Context, now time.Time, limits map[string]staff.Attempts) (time.Duration, error) {
	args := []any{ms(now)}
	for name, l := range limits {
		args = append(args, name, l.Free, l.First.Milliseconds(), l.Most.Milliseconds(), l.Forget.Milliseconds())
	}
	wait, err := r.run(ctx, "count an attempt", attempt, args...).Int64()
	return time.Duration(wait) * time.Millisecond, err
}

// Succeeded implements staff.Sessions.
func (r *Redis) Succeeded(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return failed("forget attempts", r.client.Del(ctx, Prefix+"try:"+name).Err())
}

// Forgive implements staff.Sessions.
func (r *Redis) Forgive(ctx context.Context, name string) error {
	return r.run(ctx, "take an attempt back", forgive, name).Err()
}

// Remember implements staff.Sessions.
func (r *Redis) Remember(ctx context.Context, name string, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return failed("remember", r.client.Set(ctx, Prefix+"seen:"+name, "1", ttl).Err())
}

// Remembered implements staff.Sessions.
func (r *Redis) Remembered(ctx context.Context, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	n, err := r.client.Exists(ctx, Prefix+"seen:"+name).Result()
	return n == 1, failed("look up what is remembered", err)
}

// Once implements staff.Sessions.
func (r *Redis) Once(ctx context.Context, name string, ttl time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := r.client.SetArgs(ctx, Prefix+"once:"+name, "1", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, failed("finish a ceremony", err)
}

// run runs a script, with the error of its answer wrapped.
func (r *Redis) run(ctx context.Context, doing string, script *redis.Script, args ...any) *redis.Cmd {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := script.Run(ctx, r.client, []string{Prefix}, args...)
	if err := cmd.Err(); err != nil {
		cmd.SetErr(failed(doing, err))
	}
	return cmd
}

func record(key string, fields []any) (staff.SessionRecord, error) {
	started, _ := fields[0].(string)
	active, _ := fields[1].(string)
	sealed, _ := fields[2].(string)
	s := staff.SessionRecord{Key: key, Sealed: []byte(sealed)}
	var err error
	if s.Started, err = fromMS(started); err != nil {
		return s, malformed("read a session")
	}
	if s.Active, err = fromMS(active); err != nil {
		return s, malformed("read a session")
	}
	return s, nil
}

func ms(t time.Time) int64 { return t.UnixMilli() }

func fromMS(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(n).UTC(), err
}

// failed says that storage is unavailable.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %w", doing, staff.ErrUnavailable, err)
}

func malformed(doing string) error {
	return fmt.Errorf("%s: %w: Redis answered in another form; is it Redis 6.2 or later?", doing, staff.ErrUnavailable)
}
