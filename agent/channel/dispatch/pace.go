package dispatch

import (
	"slices"
	"sync"
	"time"
)

// forgetAfter is how long past its turn a place in a number's queue is kept
// for a lane that does not come for it, for example because the patient
// stopped messages meanwhile.
const forgetAfter = 5 * time.Second

// pace keeps the calls for each number as far apart as its channel wants.
// Who has to wait gets a place in the number's queue and comes again; an
// emergency does not wait, and those after it wait for it.
type pace struct {
	now func() time.Time

	mu      sync.Mutex
	numbers map[string]*number
}

type number struct {
	free  time.Time // when it is done with what went out
	queue []place
}

type place struct {
	id    string // of the reply
	takes time.Duration
	due   time.Time // when its turn is expected
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, numbers: map[string]*number{}}
}

// enter returns 0 when the reply may go out now, which is counted as done;
// else how long to wait before asking again.
func (p *pace) enter(name, reply string, takes time.Duration, urgent bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	n := p.numbers[name]
	if n == nil {
		n = &number{}
		p.numbers[name] = n
	}
	n.queue = slices.DeleteFunc(n.queue, func(q place) bool { return q.id != reply && now.Sub(q.due) > forgetAfter })
	at := slices.IndexFunc(n.queue, func(q place) bool { return q.id == reply })
	next := at == 0 || at < 0 && len(n.queue) == 0
	if urgent || next && !n.free.After(now) {
		if at >= 0 {
			n.queue = slices.Delete(n.queue, at, at+1)
		}
		n.free = later(n.free, now).Add(takes)
		return 0
	}
	if at < 0 {
		n.queue = append(n.queue, place{id: reply})
		at = len(n.queue) - 1
	}
	n.queue[at].takes = takes
	due := later(n.free, now)
	for _, before := range n.queue[:at] {
		due = due.Add(before.takes)
	}
	n.queue[at].due = due
	return max(due.Sub(now), time.Millisecond)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
