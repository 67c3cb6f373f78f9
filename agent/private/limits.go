package private

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits is how fast patients and addresses may post. It is safe for
// concurrent use. What must hold on all consoles together, such as how many
// codes may be tried, is in the bucket.
type limits struct {
	patients, addresses *limiter
}

// limiter limits each of many.
type limiter struct {
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	known map[string]*one
	swept time.Time
}

type one struct {
	*rate.Limiter
	last time.Time
}

func newLimits(cfg Config) *limits {
	return &limits{
		patients:  &limiter{rate: cfg.Rate, burst: cfg.Burst, known: map[string]*one{}},
		addresses: &limiter{rate: cfg.AddressRate, burst: cfg.AddressBurst, known: map[string]*one{}},
	}
}

// forgetAfter is how long after it was asked about last one is forgotten; its
// limit is full again long before.
const forgetAfter = 10 * time.Minute

// allow reports whether id may post now.
func (l *limiter) allow(id string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		for id, o := range l.known {
			if now.Sub(o.last) > forgetAfter {
				delete(l.known, id)
			}
		}
		l.swept = now
	}
	o, ok := l.known[id]
	if !ok {
		o = &one{Limiter: rate.NewLimiter(l.rate, l.burst)}
		l.known[id] = o
	}
	o.last = now
	return o.AllowN(now, 1)
}

// maxPatientStreams is how many tabs of one patient may wait for messages.
const maxPatientStreams = 6

// streams counts the pages that wait for messages.
type streams struct {
	mu        sync.Mutex
	most      int
	open      int
	byPatient map[string]int
}

// enter counts one more, and reports false where there are too many.
func (s *streams) enter(conversation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.most || s.byPatient[conversation] >= maxPatientStreams {
		return false
	}
	s.open++
	s.byPatient[conversation]++
	return true
}

func (s *streams) leave(conversation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.byPatient[conversation]--; s.byPatient[conversation] == 0 {
		delete(s.byPatient, conversation)
	}
}
