package llm

import (
	"sync"
	"time"
)

// breaker keeps a failing endpoint from being asked, so that patients do not
// wait for it. After a while one call is let through; its outcome closes the
// breaker or opens it again.
type breaker struct {
	after int
	rest  time.Duration

	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // open before then
	probing  bool      // one call is on its way after the rest
}

// allow reports whether a call may be made now. Each allowed call must be
// followed by one of succeeded, failed and released.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case now.Before(b.until):
		return false
	case b.failures < b.after:
		return true
	case b.probing:
		return false
	}
	b.probing = true
	return true
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.probing, b.until = 0, false, time.Time{}
}

// failed counts a failure. wait is what the endpoint asked for, and opens
// the breaker for as long at once.
func (b *breaker) failed(now time.Time, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	b.probing = false
	if b.failures >= b.after {
		wait = max(wait, b.rest)
	}
	if until := now.Add(wait); wait > 0 && until.After(b.until) {
		b.until = until
	}
}

// released takes an allowed call back that told nothing of the endpoint.
func (b *breaker) released() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}
