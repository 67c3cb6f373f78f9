package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/vault"
)

// Timeout is how long Redis may take for one call. A worker that waits for
// Redis answers nobody, so it gives up early and tries again later.
const Timeout = 300 * time.Millisecond

// maxTail is the largest tail that is kept, in bytes of JSON. A longer one is
// dropped: the next turn then has no history, and is no less safe for it.
const maxTail = 256 << 10

// Options returns go-redis options for a store at addr. go-redis's own wait
// for 5 s and retry three times.
func Options(addr string) *redis.Options {
	return &redis.Options{
		Addr:                  addr,
		DialTimeout:           Timeout,
		ReadTimeout:           Timeout,
		WriteTimeout:          Timeout,
		PoolTimeout:           Timeout,
		MaxRetries:            1, // scripts may be repeated with the same token
		MinRetryBackoff:       5 * time.Millisecond,
		MaxRetryBackoff:       20 * time.Millisecond,
		DialerRetries:         1,
		ContextTimeoutEnabled: true,
	}
}

// Redis is a Store in Redis 6.2 or later, or in a cluster of it.
type Redis struct {
	client redis.Scripter
	box    *vault.Box
	ttl    time.Duration
}

var _ Store = (*Redis)(nil)

// NewRedis returns a store that seals tails with box and forgets a
// conversation ttl after its last turn; 0 means 24 h. What is forgotten is
// read from JetStream again, but for the tail.
func NewRedis(client redis.Scripter, box *vault.Box, ttl time.Duration) *Redis {
	if ttl == 0 {
		ttl = 24 * time.Hour
	}
	return &Redis{client: client, box: box, ttl: ttl}
}

// Acquire implements Store.
func (r *Redis) Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (Lease, error) {
	answer, err := r.run(ctx, acquire, c, token, ttl.Milliseconds(), r.ttl.Milliseconds(), seq).Slice()
	if err != nil {
		return Lease{}, unavailable("take a lease", err)
	}
	if len(answer) == 0 {
		return Lease{}, unavailable("take a lease", errors.New("empty answer"))
	}
	status, _ := answer[0].(int64)
	lease := Lease{Status: Status(status)}
	if lease.Status != Taken {
		return lease, nil
	}
	if len(answer) != 8 {
		return Lease{}, unavailable("take a lease", fmt.Errorf("answer has %d parts, not 8", len(answer)))
	}
	lease.Cached = answer[1] == int64(1)
	lease.Open = answer[2] == int64(1)
	attempts, _ := answer[3].(int64)
	lease.Attempts = int(attempts)
	if !lease.Cached {
		return lease, nil
	}
	if lease.State, err = r.decode(c, answer[4:]); err != nil {
		// What cannot be read is as good as lost.
		return Lease{Status: Taken, Open: lease.Open, Attempts: lease.Attempts}, nil
	}
	return lease, nil
}

// Save implements Store.
func (r *Redis) Save(ctx context.Context, c agent.Conversation, token string, s State, ttl time.Duration) (Saved, error) {
	session, err := json.Marshal(s.Session)
	if err != nil {
		return 0, fmt.Errorf("save a session: %w", err)
	}
	tail, err := r.sealTail(c, s.Session.Tail)
	if err != nil {
		return 0, fmt.Errorf("save a session: %w", err)
	}
	saved, err := r.run(ctx, save, c, token, ttl.Milliseconds(), r.ttl.Milliseconds(), s.Cursor, s.Turn, session, tail).Int()
	if err != nil {
		return 0, unavailable("save a session", err)
	}
	return Saved(saved), nil
}

// Renew implements Store.
func (r *Redis) Renew(ctx context.Context, c agent.Conversation, token string, ttl time.Duration) (bool, error) {
	mine, err := r.run(ctx, renew, c, token, ttl.Milliseconds()).Int()
	if err != nil {
		return false, unavailable("renew a lease", err)
	}
	return mine == 1, nil
}

// Release implements Store.
func (r *Redis) Release(ctx context.Context, c agent.Conversation, token string, failed bool) error {
	count := 0
	if failed {
		count = 1
	}
	if err := r.run(ctx, release, c, token, r.ttl.Milliseconds(), count).Err(); err != nil {
		return unavailable("release a lease", err)
	}
	return nil
}

func (r *Redis) run(ctx context.Context, script *redis.Script, c agent.Conversation, args ...any) *redis.Cmd {
	ctx, cancel := context.WithTimeout(ctx, 2*Timeout)
	defer cancel()
	// The braces are a hash tag: one conversation, one node.
	prefix := "recado:{" + c.String() + "}:"
	return script.Run(ctx, r.client, []string{prefix + "lease", prefix + "state"}, args...)
}

func (r *Redis) decode(c agent.Conversation, fields []any) (State, error) {
	text := make([]string, len(fields))
	for i, f := range fields {
		text[i], _ = f.(string)
	}
	var s State
	var err error
	if s.Cursor, err = strconv.ParseUint(text[0], 10, 64); err != nil {
		return State{}, fmt.Errorf("read a cursor: %w", err)
	}
	if s.Turn, err = strconv.ParseUint(text[1], 10, 64); err != nil {
		return State{}, fmt.Errorf("read a turn's sequence: %w", err)
	}
	if err = json.Unmarshal([]byte(text[2]), &s.Session); err != nil {
		return State{}, fmt.Errorf("read a session: %w", err)
	}
	s.Session.Tail = r.openTail(c, []byte(text[3]))
	return s, nil
}

func (r *Redis) sealTail(c agent.Conversation, tail []agent.Message) ([]byte, error) {
	if len(tail) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(tail)
	if err != nil || len(plain) > maxTail {
		return nil, err
	}
	return r.box.Seal(plain, tailData(c)), nil
}

// openTail returns no tail where it does not open: after a change of keys the
// conversation goes on without its history.
func (r *Redis) openTail(c agent.Conversation, sealed []byte) []agent.Message {
	plain, err := r.box.Open(sealed, tailData(c))
	if err != nil {
		return nil
	}
	var tail []agent.Message
	if json.Unmarshal(plain, &tail) != nil {
		return nil
	}
	return tail
}

func tailData(c agent.Conversation) []byte {
	return []byte("tail|" + c.Clinic + "|" + string(c.Channel) + "|" + c.ID)
}

func unavailable(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}
