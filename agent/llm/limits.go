package llm

import (
	"context"

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
