package dispatch

import (
	"maps"
	"sync"
	"time"

	"recado/agent"
	"recado/agent/channel"
)

// forgetAfter is how long past its turn a reply keeps it. A lane that does not
// come, for example because the patient stopped messages meanwhile, has lost a
// turn and cost nobody more than that.
const forgetAfter = time.Minute

// sweepEvery is how often patients are forgotten whose limit is free again.
const sweepEvery = time.Minute

// pace keeps the calls for each number, and of it for each patient, within
// what the channel takes. Who has to wait for the number gets a turn and comes
// again then. Who has to wait for the patient's own limit gets
// none, so one patient delays no other. An emergency waits for neither, and
// those after it wait for it.
type pace struct {
	now func() time.Time

	mu       sync.Mutex
	numbers  map[string]*number
	patients map[agent.Conversation]allowance
	swept    time.Time
}

// allowance is what is left of a limit.
type allowance struct {
	paid time.Time // what went out is paid for until then
	held time.Time // the channel refused: nothing before then
}

// ready is when the next message fits a limit.
func (a allowance) ready(l channel.Limit) time.Time {
	return later(a.paid.Add(-time.Duration(max(l.Burst, 1)-1)*l.Takes), a.held)
}

func (a allowance) pay(l channel.Limit, now time.Time) allowance {
	a.paid = later(a.paid, now).Add(l.Takes)
	return a
}

// number is what is left of a number's limit. Turns are given out in the order
// of asking; whoever comes late for theirs, or never, keeps nobody waiting.
type number struct {
	allowance                      // by what went out
	given     allowance            // by the turns that were given out
	turns     map[string]time.Time // when each waiting reply may go out
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, numbers: map[string]*number{}, patients: map[agent.Conversation]allowance{}}
}

// enter returns 0 when the reply may go out now, which is counted as done;
// else how long to wait before asking again.
func (p *pace) enter(name string, to agent.Conversation, reply string, cost channel.Pace, urgent bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.sweep(now)
	if wait := p.patients[to].ready(cost.Patient).Sub(now); wait > 0 && !urgent {
		return wait
	}
	wait := p.of(name).enter(now, reply, cost.Number, urgent)
	if wait == 0 && cost.Patient.Takes > 0 {
		p.patients[to] = p.patients[to].pay(cost.Patient, now)
	}
	return wait
}

func (n *number) enter(now time.Time, reply string, cost channel.Limit, urgent bool) time.Duration {
	maps.DeleteFunc(n.turns, func(id string, turn time.Time) bool { return id != reply && now.Sub(turn) > forgetAfter })
	turn, waited := n.turns[reply]
	switch {
	case urgent:
		if !waited {
			n.given = n.given.pay(cost, now)
		}
	case !waited:
		turn = later(n.given.ready(cost), now)
		n.given = n.given.pay(cost, now)
		n.turns[reply] = turn
	}
	// Late comers at their turn at once may still not be more than the limit.
	if next := later(turn, n.ready(cost)); next.After(now) && !urgent {
		return max(next.Sub(now), time.Millisecond)
	}
	delete(n.turns, reply)
	n.allowance = n.pay(cost, now)
	return 0
}

// holdNumber keeps everything of a number back but emergencies.
func (p *pace) holdNumber(name string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.of(name)
	n.held = later(n.held, p.now().Add(wait))
}

// holdPatient keeps everything to one patient back but emergencies.
func (p *pace) holdPatient(to agent.Conversation, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.patients[to]
	a.held = later(a.held, p.now().Add(wait))
	p.patients[to] = a
}

func (p *pace) of(name string) *number {
	n := p.numbers[name]
	if n == nil {
		n = &number{turns: map[string]time.Time{}}
		p.numbers[name] = n
	}
	return n
}

func (p *pace) sweep(now time.Time) {
	if now.Sub(p.swept) < sweepEvery {
		return
	}
	p.swept = now
	maps.DeleteFunc(p.patients, func(_ agent.Conversation, a allowance) bool {
		return !a.paid.After(now) && !a.held.After(now)
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
