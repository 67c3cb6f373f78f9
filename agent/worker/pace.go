package worker

import (
	"math"
	"sync"
	"time"
)

// pace counts what this worker has done lately, and spreads over time what it
// hands back.
//
// The server gives what comes back before anything new. Were it all to come
// back at once, again and again, while it cannot be worked on, it would keep
// new events, and emergencies among them, from being delivered at all. So no
// more comes back in a moment than the worker could do, or look at with ease.
// Times are rounded to a grid, because the server looks through everything
// that is pending whenever the time of one is up.
type pace struct {
	grid  time.Duration
	least int // comes back in each step of the grid at least

	hope int // for how many steps a worker that was idle is taken for a fast one

	mu     sync.Mutex
	steps  [paceWindow]int // done in each of the last steps
	newest int64           // the step that was counted last
	begun  int64           // the step in which there was something to do after there was nothing
	// due is what comes back, by clinic: what there was no room for of one
	// does not make another's wait. What failed has a calendar of its own.
	due map[string]*calendar
}

// calendar is how much comes back in each step to come.
type calendar struct {
	steps map[int64]int
	all   int
}

// whatFailed is its key in pace.due; no clinic's id is empty.
const whatFailed = ""

// hopeful is pace.hope of a worker.
const hopeful = 2

// paceWindow is how many steps of the grid are remembered.
const paceWindow = 32

// maxAway is how many steps of the grid something is away at most: beyond it
// more comes back at once than should.
const maxAway = 240

func newPace(grid time.Duration, least int) *pace {
	return &pace{grid: grid, least: least, due: map[string]*calendar{}}
}

// note counts a turn.
func (p *pace) note() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass(time.Now())
	p.steps[p.newest%paceWindow]++
}

// begin says that there is something to do after there was nothing.
func (p *pace) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass(time.Now())
	p.begun = p.newest
}

// ahead is how many turns will be done in the next paceWindow steps, if it
// goes on as it did since there is something to do. A worker that has only
// just begun may do any number: were it taken for a slow one, much would be
// handed back that it could have done.
func (p *pace) ahead() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass(time.Now())
	whole := int(min(p.newest-p.begun, paceWindow-1))
	if whole < p.hope {
		return math.MaxInt
	}
	done := p.steps[p.newest%paceWindow]
	for i := range whole {
		done += p.steps[(p.newest-1-int64(i))%paceWindow]
	}
	return done * paceWindow / (whole + 1)
}

func (p *pace) sum() int {
	all := 0
	for _, n := range p.steps {
		all += n
	}
	return all
}

// away returns for how long something of a calendar is handed back that should
// wait at least that long.
func (p *pace) away(wait time.Duration, of string) time.Duration {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass(now)
	due := p.due[of]
	if due == nil {
		due = &calendar{steps: map[int64]int{}}
		p.due[of] = due
	}
	room := max(p.least, 2*p.sum()/paceWindow)
	first := (now.Add(wait).UnixNano() + int64(p.grid) - 1) / int64(p.grid)
	step := first
	for due.steps[step] >= room && step < first+maxAway {
		step++
	}
	due.steps[step]++
	due.all++
	return time.Unix(0, step*int64(p.grid)).Sub(now)
}

// gone is how much of a calendar is still to come back.
func (p *pace) gone(of string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass(time.Now())
	if due := p.due[of]; due != nil {
		return due.all
	}
	return 0
}

// pass forgets the steps that time has passed.
func (p *pace) pass(now time.Time) {
	step := now.UnixNano() / int64(p.grid)
	if step <= p.newest {
		return
	}
	for s := max(p.newest+1, step-paceWindow+1); s <= step; s++ {
		p.steps[s%paceWindow] = 0
	}
	for of, due := range p.due {
		for s, n := range due.steps {
			if s < step {
				due.all -= n
				delete(due.steps, s)
			}
		}
		if len(due.steps) == 0 {
			delete(p.due, of)
		}
	}
	p.newest = step
}
