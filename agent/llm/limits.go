package llm

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// slots bounds the calls in flight.
type slots chan struct{}

// take waits for a slot until ctx ends, and reports whether it got one.
func (s slots) take(ctx context.Context) bool {
	select {
	case s <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s slots) free() { <-s }

// quota is an endpoint's tokens a minute. A nil quota is unlimited.
type quota struct{ limiter *rate.Limiter }

func newQuota(perMinute int) *quota {
	if perMinute == 0 {
		return nil
	}
	return &quota{rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute)}
}

// wait waits until the quota has room for n tokens. It gives up at once when
// that is later than ctx allows.
func (q *quota) wait(ctx context.Context, n int) bool {
	if q == nil {
		return true
	}
	return q.limiter.WaitN(ctx, min(n, q.limiter.Burst())) == nil
}

// budget is the tokens that a day may use. A nil budget is unlimited.
type budget struct {
	daily int

	mu   sync.Mutex
	day  time.Time
	used int
}

func newBudget(daily int) *budget {
	if daily == 0 {
		return nil
	}
	return &budget{daily: daily}
}

// reserve books n tokens of the day of now, and reports whether they were
// left.
func (b *budget) reserve(now time.Time, n int) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(b.day) {
		b.day, b.used = day, 0
	}
	if b.used+n > b.daily {
		return false
	}
	b.used += n
	return true
}

// settle replaces a booking by what was used.
func (b *budget) settle(booked, used int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = max(0, b.used+used-booked)
}
