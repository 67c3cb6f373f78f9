package library

import (
	"maps"
	"sync"
	"time"
)

// Trouble is what keeps a library from serving what its source says now.
type Trouble struct {
	// Refused are the names of the profiles that are refused, each with when
	// that began. Of a clinic that had a good one that is served on.
	Refused map[string]time.Time
	// Unread is since when the source cannot be read; zero while it can.
	Unread time.Time
}

// Since is when the first of it began, zero where there is none.
func (t Trouble) Since() time.Time {
	first := t.Unread
	for _, at := range t.Refused {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// Trouble is what there is of it now.
func (l *Library) Trouble() Trouble {
	l.trouble.mu.Lock()
	defer l.trouble.mu.Unlock()
	return Trouble{maps.Clone(l.trouble.now.Refused), l.trouble.now.Unread}
}

// Reading tells the library whether its source could be read at its last look:
// nil for yes. What is served stays in either case.
func (l *Library) Reading(err error) {
	l.trouble.mu.Lock()
	defer l.trouble.mu.Unlock()
	switch unread := &l.trouble.now.Unread; {
	case err == nil:
		*unread = time.Time{}
	case unread.IsZero():
		*unread = l.cfg.Now()
	}
}

// troubles is Trouble as it changes. It has a lock of its own: who asks does
// not wait for profiles that are being read.
type troubles struct {
	mu  sync.Mutex
	now Trouble
}

// refuse notes what is refused from now on.
func (t *troubles) refuse(refused map[string]refusal, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	since := map[string]time.Time{}
	for name := range refused {
		since[name] = now
		if before, again := t.now.Refused[name]; again {
			since[name] = before
		}
	}
	t.now.Refused = since
}
