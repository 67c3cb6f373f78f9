package console

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// callers limits what people who are not signed in post, by address: beginning a
// sign-in costs storage, and trying passwords costs time.
type callers struct {
	cfg Config

	mu    sync.Mutex
	known map[string]*caller
	swept time.Time
}

type caller struct {
	*rate.Limiter
	last time.Time
}

// callerIdle is how long after the last request an address is forgotten; its
// limit is full again long before.
const callerIdle = 10 * time.Minute

func (c *callers) allow(address string) bool {
	now := c.cfg.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]*caller{}
	}
	if now.Sub(c.swept) > callerIdle {
		for a, one := range c.known {
			if now.Sub(one.last) > callerIdle {
				delete(c.known, a)
			}
		}
		c.swept = now
	}
	one := c.known[address]
	if one == nil {
		one = &caller{Limiter: rate.NewLimiter(c.cfg.Rate, c.cfg.Burst)}
		c.known[address] = one
	}
	one.last = now
	return one.AllowN(now, 1)
}

// crowded is the failure for who posts too fast without being signed in.
func (s *Server) crowded(r *Request) error {
	if r.SignedIn() || r.Route.Method != http.MethodPost || s.callers.allow(s.address(r.Request)) {
		return nil
	}
	const wait = 5 * time.Second
	return &Failure{Status: http.StatusTooManyRequests, Text: "error.slow_down", Args: []any{"wait", wait}, Wait: wait}
}
