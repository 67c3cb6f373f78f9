package quota

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/llm"
)

// Config says what is shared. Client and Limits are required.
type Config struct {
	// Client is the Redis that all processes use.
	Client redis.Scripter
	// Limits hold for each endpoint.
	Limits llm.Limits
	// Window is the time that Limits' figures a minute are about. Defaults to
	// a minute, as with every vendor.
	Window time.Duration
	// Life is after how long a request in flight is taken for one of a dead
	// process. It has to be longer than any request. Defaults to 30 s.
	Life time.Duration
	// Peers is by how many processes the limits are divided while Redis is
	// away and never told. Defaults to 4.
	Peers int
	// Patience is how long Redis may take for an answer. Defaults to 200 ms.
	Patience time.Duration
}

// Redis is an llm.Quota in Redis 6.2 or later.
type Redis struct {
	cfg      Config
	peer     string
	requests pace
	tokens   pace

	mu    sync.Mutex
	peers int
	away  time.Time            // until then Redis is not asked
	gates map[string]chan bool // one holds it who asks Redis, by endpoint
	local map[string]*share    // by endpoint
}

var _ llm.Quota = (*Redis)(nil)

// errNoRoom: the wait would be longer than the caller has.
var errNoRoom = errors.New("the vendor's quota, shared by all workers, has no room in time")

const (
	// poll is how often a process asks again while too many are in flight.
	poll = 10 * time.Millisecond
	// leaveAlone is for how long a Redis that gave no answer is not asked.
	leaveAlone = time.Second
)

// New returns a quota.
func New(c Config) (*Redis, error) {
	if c.Client == nil {
		return nil, errors.New("quota of language models: Client is missing")
	}
	if c.Limits.None() {
		return nil, errors.New("quota of language models: Limits are missing")
	}
	for _, d := range []struct {
		to    *time.Duration
		value time.Duration
	}{{&c.Window, time.Minute}, {&c.Life, 30 * time.Second}, {&c.Patience, 200 * time.Millisecond}} {
		if *d.to <= 0 {
			*d.to = d.value
		}
	}
	if c.Peers <= 0 {
		c.Peers = 4
	}
	return &Redis{
		cfg: c, peer: rand.Text(), peers: c.Peers,
		requests: paceOf(c.Limits.RequestsPerMinute, c.Window), tokens: paceOf(c.Limits.TokensPerMinute, c.Window),
		gates: map[string]chan bool{}, local: map[string]*share{},
	}, nil
}

// Take implements llm.Quota.
func (r *Redis) Take(ctx context.Context, endpoint string, tokens int) (func(used int), error) {
	id := rand.Text()
	wait, err := r.book(ctx, endpoint, id, tokens)
	switch {
	case errors.Is(err, errAway):
		return r.shareOf(endpoint).take(ctx, tokens)
	case err != nil:
		return nil, err
	}
	if err := sleep(ctx, wait); err != nil {
		r.settle(ctx, endpoint, id, tokens, true)
		return nil, err
	}
	var once sync.Once
	return func(used int) {
		once.Do(func() { r.settle(ctx, endpoint, id, tokens-used, false) })
	}, nil
}

// errAway: Redis gives no answer.
var errAway = errors.New("redis is away")

// book asks Redis until there is room. Of one process only one asks at a time,
// in the order in which they came.
func (r *Redis) book(ctx context.Context, endpoint, id string, tokens int) (time.Duration, error) {
	gate := r.gate(endpoint)
	select {
	case gate <- true:
		defer func() { <-gate }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	for {
		longest := r.cfg.Window
		if deadline, ok := ctx.Deadline(); ok {
			longest = min(longest, time.Until(deadline))
		}
		status, wait, err := r.ask(ctx, endpoint, id, tokens, longest)
		switch {
		case err != nil:
			return 0, err
		case status == booked:
			return wait, nil
		case status == inFlight:
			wait = poll
		case wait >= longest:
			return 0, errNoRoom
		case status == noRoom:
			return 0, errNoRoom
		}
		if err := sleep(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// What take answers.
const (
	booked = 1 + iota
	inFlight
	noRoom
	resting
)

func (r *Redis) ask(ctx context.Context, endpoint, id string, tokens int, longest time.Duration) (status int64, wait time.Duration, err error) {
	r.mu.Lock()
	away := time.Now().Before(r.away)
	r.mu.Unlock()
	if away {
		return 0, 0, errAway
	}
	asking, cancel := context.WithTimeout(ctx, r.cfg.Patience)
	defer cancel()
	answer, err := take.Run(asking, r.cfg.Client, keys(endpoint), id, r.peer, longest.Microseconds(),
		r.requests.interval, r.requests.burst, r.tokens.interval, tokens, r.tokens.burst,
		r.cfg.Limits.Concurrent, r.cfg.Life.Milliseconds()).Int64Slice()
	if err == nil && len(answer) != 3 {
		err = fmt.Errorf("answer has %d parts, not 3", len(answer))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if ctx.Err() != nil {
			return 0, 0, context.Cause(ctx)
		}
		r.away = time.Now().Add(leaveAlone)
		return 0, 0, errAway
	}
	r.peers = int(max(answer[2], 1))
	return answer[0], time.Duration(answer[1]) * time.Microsecond, nil
}

// settle gives back what was booked and not used. What cannot be given back
// is forgotten by time.
func (r *Redis) settle(ctx context.Context, endpoint, id string, tokens int, unsent bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Patience)
	defer cancel()
	request := 0.0
	if unsent {
		request = r.requests.interval
	}
	_ = done.Run(ctx, r.cfg.Client, keys(endpoint), id, float64(tokens)*r.tokens.interval, request).Err()
}

// Rest implements llm.Quota.
func (r *Redis) Rest(ctx context.Context, endpoint string, during time.Duration) {
	if during <= 0 {
		return
	}
	r.shareOf(endpoint).rest(during)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Patience)
	defer cancel()
	_ = rest.Run(ctx, r.cfg.Client, keys(endpoint), during.Milliseconds()).Err() // this process rests by itself
}

func (r *Redis) gate(endpoint string) chan bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.gates[endpoint]
	if g == nil {
		g = make(chan bool, 1)
		r.gates[endpoint] = g
	}
	return g
}

func keys(endpoint string) []string {
	prefix := "recado:llm:{" + endpoint + "}:"
	return []string{prefix + "requests", prefix + "tokens", prefix + "flight", prefix + "rest", prefix + "peers"}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
