package worker

import (
	"slices"
	"sync"
	"time"

	"recado/agent"
)

// queue decides what this worker does next. Clinics take turns for the slots,
// whatever each of them has waiting, and within a clinic the conversation that
// has waited longest is first; one that was just answered and has more goes
// behind everything that has arrived meanwhile. So neither a conversation nor
// a clinic that floods delays another by more than a few turns.
//
// What is beyond the limit is handed back to the server: the youngest lines of
// the clinic that has most, away or here. It is safe for concurrent use.
type queue struct {
	slots   int
	backlog int // see Config.Backlog
	pace    *pace

	mu      sync.Mutex
	lines   map[agent.Conversation]*line
	shares  map[string]*share // clinics with lines that are ready
	ring    []*share          // the same, the next one first
	waiting int               // lines that are ready or rest
	busy    int               // slots taken
	newest  uint64            // highest sequence that was delivered
	closed  bool
}

func newQueue(slots, backlog int, p *pace) *queue {
	return &queue{
		slots: slots, backlog: backlog, pace: p,
		lines: map[agent.Conversation]*line{}, shares: map[string]*share{},
	}
}

// change is what to do about deliveries after a change of the queue.
type change struct {
	covered []*delivery // acknowledge: a newer delivery waits
	stale   []*delivery // forget: the same event was delivered again
	back    []*delivery // hand back: there is no room, or the worker stops
	rests   *line       // ask for it again after a while
	hastens *line       // the same, but soon: more has arrived
}

func (c *change) join(l *line, d *delivery) {
	covered, stale := l.join(d)
	if covered != nil {
		c.covered = append(c.covered, covered)
	}
	if stale != nil {
		c.stale = append(c.stale, stale)
	}
}

// add takes a delivery of a conversation that was looked at.
func (q *queue) add(d *delivery, of agent.Conversation) (c change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		c.back = append(c.back, d)
		return c
	}
	q.newest = max(q.newest, d.seq)
	l := q.lines[of]
	if l != nil {
		c.join(l, d)
		if l.state == resting && !l.hastened {
			l.hastened, c.hastens = true, l
		}
		return c
	}
	if len(q.lines) == 0 {
		q.pace.begin()
	}
	l = &line{conversation: of, place: d.seq}
	c.join(l, d)
	q.open(l)
	c.back = q.excess()
	return c
}

// excess takes out what is beyond the limit, which falls when it turns out
// that the worker is slow.
func (q *queue) excess() (back []*delivery) {
	if q.waiting <= q.slots+q.backlog {
		return nil
	}
	for over := q.waiting - q.limit(); over > 0 && len(q.ring) > 0; over-- {
		back = append(back, q.evict())
	}
	return back
}

func (q *queue) open(l *line) {
	q.lines[l.conversation] = l
	q.waiting++
	q.ready(l)
}

// limit is how many lines may wait: Backlog, but a fast worker holds some
// seconds of its work, since what is handed back is away for seconds.
func (q *queue) limit() int {
	return q.slots + min(max(q.backlog, q.pace.ahead()), 16*q.backlog)
}

func (q *queue) ready(l *line) {
	l.state = ready
	s := q.shares[l.conversation.Clinic]
	if s == nil {
		s = &share{clinic: l.conversation.Clinic}
		q.shares[l.conversation.Clinic] = s
		q.ring = append(q.ring, s)
	}
	s.put(l)
}

// evict takes the youngest line of the clinic out that has most, what is away
// included; but not of one that holds little here, or a clinic that floods
// would be kept from its own turns.
func (q *queue) evict() *delivery {
	little := q.limit() / (2 * len(q.ring))
	var most *share
	has := -1
	for _, s := range q.ring {
		if len(s.lines) <= little && len(q.ring) > 1 {
			continue
		}
		if n := len(s.lines) + q.pace.gone(s.clinic); n > has {
			most, has = s, n
		}
	}
	if most == nil { // much rests, which cannot go
		most = slices.MaxFunc(q.ring, func(a, b *share) int { return len(a.lines) - len(b.lines) })
	}
	l := most.last()
	if len(most.lines) == 0 {
		delete(q.shares, most.clinic)
		q.ring = slices.DeleteFunc(q.ring, func(s *share) bool { return s == most })
	}
	q.forget(l)
	return l.next
}

func (q *queue) forget(l *line) {
	q.waiting--
	delete(q.lines, l.conversation)
}

// next takes a slot for the line whose turn it is; nil where nothing waits or
// no slot is free.
func (q *queue) next() (l *line, d *delivery, looked []receipt) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.busy >= q.slots || len(q.ring) == 0 {
		return nil, nil, nil
	}
	s := q.ring[0]
	q.ring = q.ring[1:]
	l = s.first()
	if len(s.lines) > 0 {
		q.ring = append(q.ring, s)
	} else {
		delete(q.shares, s.clinic)
	}
	q.waiting--
	q.busy++
	d, looked = l.next, l.looked
	l.next, l.looked, l.state, l.began = nil, nil, working, time.Now()
	return l, d, looked
}

// done gives the slot of a line back after work on d. It returns the
// deliveries that end like d, and what else is to be done.
func (q *queue) done(l *line, d *delivery, o outcome) (settle []*delivery, c change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy--
	if o.cursor > 0 {
		q.pace.note()
	}
	switch {
	case q.lines[l.conversation] != l: // overdue, and somebody else's now
		return []*delivery{d}, c
	case q.closed:
		delete(q.lines, l.conversation)
		if l.next != nil {
			settle = append(settle, l.next)
		}
		return append(settle, d), c
	case o.then == askAgain:
		c.join(l, d)
		q.waiting++
		l.state, l.asked, l.hastened, c.rests = resting, time.Now(), false, l
		return nil, c
	case o.then == goOn:
		c.join(l, d)
	case l.next == nil:
		delete(q.lines, l.conversation)
		return []*delivery{d}, c
	case o.covers(l.next) || !o.covers(d) && !o.killed():
		delete(q.lines, l.conversation)
		return []*delivery{d, l.next}, c
	default:
		settle = []*delivery{d}
	}
	l.place = q.newest
	q.waiting++
	q.ready(l)
	return settle, c
}

// shed takes out what is beyond the limit.
func (q *queue) shed() (c change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		c.back = q.excess()
	}
	return c
}

// wake makes a line that rests ready.
func (q *queue) wake(l *line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed && l.state == resting {
		l.place = l.next.seq
		q.ready(l)
	}
}

// overdue gives lines that were begun before then a second chance, if more
// waits in them: a turn that does not end may have lost its conversation to
// another worker, and nobody should wait for it. They are asked for again as
// another worker would.
func (q *queue) overdue(then time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	for _, l := range q.lines {
		if l.state == working && l.next != nil && l.began.Before(then) {
			fresh := &line{conversation: l.conversation, place: l.next.seq, next: l.next, looked: l.looked}
			l.next, l.looked = nil, nil
			q.open(fresh)
		}
	}
}

// close ends it: nothing is taken on any more. It returns what waits.
func (q *queue) close() (waiting []*delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, l := range q.lines {
		if l.state == working {
			continue // done returns it
		}
		q.forget(l)
		waiting = append(waiting, l.next)
	}
	q.ring, q.shares = nil, map[string]*share{}
	return waiting
}

// inWork is how many slots are taken.
func (q *queue) inWork() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.busy
}
