package quota

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// share is a process's part of an endpoint's limits while Redis is away.
type share struct {
	requests, tokens *rate.Limiter // nil is no limit

	mu      sync.Mutex
	most    int // in flight; 0 is no limit
	flight  int
	resting time.Time
}

// shareOf returns the endpoint's, divided by as many processes as were seen
// last.
func (r *Redis) shareOf(endpoint string) *share {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.local[endpoint]
	if s == nil {
		s = &share{}
		if r.requests.interval > 0 {
			s.requests = rate.NewLimiter(0, 1)
		}
		if r.tokens.interval > 0 {
			s.tokens = rate.NewLimiter(0, max(r.tokens.burst, 1))
		}
		r.local[endpoint] = s
	}
	n := float64(r.peers)
	if s.requests != nil {
		s.requests.SetLimit(rate.Limit(1e6 / r.requests.interval / n))
	}
	if s.tokens != nil {
		s.tokens.SetLimit(rate.Limit(1e6 / r.tokens.interval / n))
	}
	if all := r.cfg.Limits.Concurrent; all > 0 {
		s.mu.Lock()
		s.most = max(all/r.peers, 1)
		s.mu.Unlock()
	}
	return s
}

func (s *share) rest(during time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := time.Now().Add(during); until.After(s.resting) {
		s.resting = until
	}
}

func (s *share) take(ctx context.Context, tokens int) (func(int), error) {
	s.mu.Lock()
	wait := time.Until(s.resting)
	s.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && wait > time.Until(deadline) {
		return nil, errNoRoom
	}
	if err := sleep(ctx, wait); err != nil {
		return nil, err
	}
	for !s.enter() {
		if err := sleep(ctx, poll); err != nil {
			return nil, err
		}
	}
	for _, l := range []struct {
		limiter *rate.Limiter
		n       int
	}{{s.requests, 1}, {s.tokens, tokens}} {
		if l.limiter == nil {
			continue
		}
		if l.limiter.WaitN(ctx, min(l.n, l.limiter.Burst())) != nil {
			s.leave()
			return nil, errNoRoom
		}
	}
	var once sync.Once
	return func(int) { once.Do(s.leave) }, nil
}

func (s *share) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most > 0 && s.flight >= s.most {
		return false
	}
	s.flight++
	return true
}

func (s *share) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flight--
}
