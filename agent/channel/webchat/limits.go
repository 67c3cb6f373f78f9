package webchat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits is how fast visitors may write. It is safe for concurrent use.
type limits struct {
	cfg       Config
	newcomers *rate.Limiter

	mu    sync.Mutex
	known map[string]*visitorLimit
	swept time.Time
}

type visitorLimit struct {
	*rate.Limiter
	last time.Time
}

// idle is how long after their last message a visitor's limit is forgotten;
// it is full again long before.
const idle = 10 * time.Minute

func newLimits(cfg Config) *limits {
	return &limits{cfg: cfg, newcomers: rate.NewLimiter(cfg.NewRate, cfg.NewBurst), known: map[string]*visitorLimit{}}
}

// newcomer reports whether one more visitor may come now.
func (l *limits) newcomer() bool { return l.newcomers.AllowN(l.cfg.Now(), 1) }

// allow reports whether the visitor may write now.
func (l *limits) allow(conversation string) bool {
	now := l.cfg.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		for id, v := range l.known {
			if now.Sub(v.last) > idle {
				delete(l.known, id)
			}
		}
		l.swept = now
	}
	v, ok := l.known[conversation]
	if !ok {
		v = &visitorLimit{Limiter: rate.NewLimiter(l.cfg.Rate, l.cfg.Burst)}
		l.known[conversation] = v
	}
	v.last = now
	return v.AllowN(now, 1)
}

// maxVisitorStreams is how many tabs of one visitor may wait for replies.
const maxVisitorStreams = 6

// streams counts the pages that wait for replies.
type streams struct {
	mu        sync.Mutex
	most      int
	open      int
	byVisitor map[string]int
}

// enter counts one more, and reports false where there are too many.
func (s *streams) enter(conversation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.most || s.byVisitor[conversation] >= maxVisitorStreams {
		return false
	}
	s.open++
	s.byVisitor[conversation]++
	return true
}

func (s *streams) leave(conversation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.byVisitor[conversation]--; s.byVisitor[conversation] == 0 {
		delete(s.byVisitor, conversation)
	}
}
