package webchat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits is how fast visitors and addresses may write, and new visitors may
// come to each clinic. It is safe for concurrent use.
type limits struct {
	newcomers, visitors, addresses *limiter
	streams                        *limiter // of each visitor, how often a page begins to wait
	now                            func() time.Time
}

func newLimits(cfg Config) *limits {
	return &limits{
		newcomers: newLimiter(cfg.NewRate, cfg.NewBurst), now: cfg.Now,
		visitors:  newLimiter(cfg.Rate, cfg.Burst),
		addresses: newLimiter(cfg.AddressRate, cfg.AddressBurst),
		streams:   newLimiter(cfg.Rate, cfg.Burst+maxVisitorStreams),
	}
}

// newcomer reports whether a clinic may have one more visitor now: a flood at
// one keeps nobody from another.
func (l *limits) newcomer(c Clinic) bool { return l.newcomers.allow(c.ID, l.now()) }

// limiter limits each of many.
type limiter struct {
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	known map[string]*one
	swept time.Time
}

func newLimiter(r rate.Limit, burst int) *limiter {
	return &limiter{rate: r, burst: burst, known: map[string]*one{}}
}

type one struct {
	*rate.Limiter
	last time.Time
}

// idle is how long after it was asked about last one is forgotten; its limit
// is full again long before.
const idle = 10 * time.Minute

// allow reports whether id may go on now.
func (l *limiter) allow(id string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		for id, o := range l.known {
			if now.Sub(o.last) > idle {
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

// maxVisitorStreams is how many tabs of one visitor may wait for replies.
const maxVisitorStreams = 6

// streams counts the pages that wait for replies.
type streams struct {
	mu              sync.Mutex
	most, ofAddress int
	open            int
	byVisitor       map[string]int
	byAddress       map[string]int
}

func newStreams(cfg Config) *streams {
	return &streams{most: cfg.MaxStreams, ofAddress: cfg.MaxAddressStreams, byVisitor: map[string]int{}, byAddress: map[string]int{}}
}

// enter counts one more, and reports false where there are too many. An empty
// address is not known and not counted.
func (s *streams) enter(conversation, address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.most || s.byVisitor[conversation] >= maxVisitorStreams || address != "" && s.byAddress[address] >= s.ofAddress {
		return false
	}
	s.open++
	s.byVisitor[conversation]++
	if address != "" {
		s.byAddress[address]++
	}
	return true
}

func (s *streams) leave(conversation, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.byVisitor[conversation]--; s.byVisitor[conversation] == 0 {
		delete(s.byVisitor, conversation)
	}
	if address == "" {
		return
	}
	if s.byAddress[address]--; s.byAddress[address] == 0 {
		delete(s.byAddress, address)
	}
}
