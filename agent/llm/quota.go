package llm

import (
	"context"
	"time"
)

// Limits are what a vendor allows an account, whichever processes ask. A zero
// field is no limit.
type Limits struct {
	RequestsPerMinute int
	TokensPerMinute   int // prompt and completion together
	Concurrent        int // requests in flight
}

// None reports whether there is no limit at all.
func (l Limits) None() bool { return l == Limits{} }

// Quota shares the limits of endpoints between processes. It is used by many
// goroutines at once.
type Quota interface {
	// Take waits until a request of about so many tokens may be sent to the
	// endpoint, and books it; done is called once when the request is over,
	// with the tokens that it took. The error is ctx's, or says that there is
	// no room before ctx's deadline; then nothing is booked.
	Take(ctx context.Context, endpoint string, tokens int) (done func(used int), err error)
	// Rest keeps everybody from sending to the endpoint for a while: it
	// refused a request for coming too early.
	Rest(ctx context.Context, endpoint string, during time.Duration)
}

// unshared is the quota of a process that is alone.
type unshared struct{}

func (unshared) Take(context.Context, string, int) (func(int), error) { return func(int) {}, nil }
func (unshared) Rest(context.Context, string, time.Duration)          {}
