package paging

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"recado/agent/inbox"
	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

// Times of sending.
const (
	// sendTimeout bounds one page to one contact, retries included.
	sendTimeout = 25 * time.Second
	// leaseTTL is how long a console that was killed keeps others from going
	// on. It is renewed after each page, and longer than one takes.
	leaseTTL = 40 * time.Second
	// idle is how long a key is left alone under which nothing was to be done.
	idle = 2 * time.Second
)

// attempts is how often a state that others change is read again.
const attempts = 20

// job is pages to send under one lease.
type job struct {
	alarm    alarm
	kind     Kind
	state    store.State // as it is to be written with the lease
	step     int         // of the ladder; -1 for the news that it is over
	repeat   int
	contacts []ladder.Contact // that were not served yet
	done     bool             // nothing is sent: only the state is written
}

// safely turns a panic into an error, told without what it was about.
func (p *Pager) safely(ctx context.Context, key string) (again time.Time, err error) {
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("paging panicked", zap.String("type", fmt.Sprintf("%T", r)), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("panic of type %T", r)
		}
	}()
	return p.climb(ctx, key)
}

// climb does what is due under a key: it takes the next step of a ladder, or
// tells those who were paged that it is over. again is when to look at the
// key again; zero for whenever something changes.
func (p *Pager) climb(ctx context.Context, key string) (again time.Time, err error) {
	states := p.statesOf(ctx, key)
	for attempt := range attempts {
		s, revision, err := states.Get(ctx, key)
		if err != nil {
			return again, err
		}
		j, again, err := p.plan(ctx, key, s)
		p.remember(key, s)
		if err != nil || j == nil {
			return again, err
		}
		err = p.deliver(ctx, states, j, revision)
		if !errors.Is(err, store.ErrOvertaken) {
			return time.Time{}, err
		}
		pause(ctx, time.Duration(attempt)*5*time.Millisecond)
	}
	return again, fmt.Errorf("%w %d times in a row", store.ErrOvertaken, attempts)
}

func (p *Pager) remember(key string, s store.State) {
	p.mu.Lock()
	p.known[key] = s.Clone()
	p.mu.Unlock()
}

// verdict is what is known about an alarm.
type verdict int

const (
	over   verdict = iota // it does not ring
	rings                 // it rings
	unsure                // this console may not say
)

// plan decides what is to be done, by the state as it was just read and the
// inbox as it is after that: whoever writes the state next knew of it. A nil
// job is nothing, to be looked at again then.
func (p *Pager) plan(ctx context.Context, key string, s store.State) (*job, time.Time, error) {
	now := p.cfg.Now()
	a, v, err := p.current(ctx, key, s, now)
	if err != nil || v == unsure {
		return nil, now.Add(lookEvery), err
	}
	if s.Lease.By != "" && s.Lease.By != p.cfg.instance && now.Before(s.Lease.Until) {
		return nil, s.Lease.Until, nil
	}
	s = s.Clone()
	s.V, s.Lease = store.Version, store.Lease{By: p.cfg.instance, Until: now.Add(leaseTTL)}
	if v == over {
		if !s.Active() {
			return nil, now.Add(idle), nil
		}
		return p.planEnd(a, s), time.Time{}, nil
	}
	if s.Alarm != a.id {
		next := store.State{V: store.Version, Alarm: a.id, Kind: string(a.kind), By: p.cfg.instance, Since: a.since, Lease: s.Lease}
		if s.Active() {
			next.Told = s.Told // they too will want to know that it is over
		}
		s = next
	} else if !s.Active() {
		return nil, now.Add(idle), nil
	}
	if a.skip {
		return &job{alarm: a, kind: a.kind, state: s, done: true}, time.Time{}, nil
	}
	if s.Ending { // it came back before all were told that it is over
		s.Ending, s.Served, s.Lost = false, nil, nil
	}
	d, ok := a.ladder.Next(a.what, s.Progress(), now, p.cfg.profile(a.clinic))
	if !ok || d.At.After(now) {
		return nil, now.Add(idle), nil
	}
	j := &job{alarm: a, kind: a.kind, state: s, step: d.Step}
	if s.Sent > 0 && d.Step == s.Step {
		j.repeat = s.Repeat + 1
	}
	for _, to := range a.ladder.Steps[d.Step].To {
		if id := to.ID(); !slices.Contains(s.Served, id) && !slices.Contains(s.Lost, id) {
			j.contacts = append(j.contacts, to)
		}
	}
	return j, time.Time{}, nil
}

// planEnd tells all who were paged that it is over.
func (p *Pager) planEnd(a alarm, s store.State) *job {
	if !s.Ending {
		s.Ending, s.Served, s.Lost = true, nil, nil
	}
	a.since = s.Since
	j := &job{alarm: a, kind: a.end, state: s, step: -1}
	if a.end != "" {
		for _, to := range a.ladder.Contacts() {
			if id := to.ID(); slices.Contains(s.Told, id) && !slices.Contains(s.Served, id) && !slices.Contains(s.Lost, id) {
				j.contacts = append(j.contacts, to)
			}
		}
	}
	return j
}

// current is the alarm under a key as it is now. One that is over holds what
// telling so needs.
func (p *Pager) current(ctx context.Context, key string, s store.State, now time.Time) (alarm, verdict, error) {
	at, ok := parseKey(key)
	if !ok {
		return alarm{}, unsure, nil
	}
	l, _ := p.ladderOf(at.clinic)
	gone := alarm{key: key, clinic: at.clinic, ladder: l}
	switch {
	case at.caseID != "":
		gone.caseID, gone.reference, gone.end = at.caseID, inbox.Reference(at.caseID), Acknowledged
		c, _, err := p.cfg.Cases.Case(ctx, at.clinic, at.caseID)
		failed := err != nil && !errors.Is(err, inbox.ErrNotFound)
		p.noteRead(key, failed)
		if failed {
			return gone, unsure, err
		}
		for _, a := range p.caseAlarms(&c, now) {
			if err == nil && a.key == key {
				return a, rings, nil
			}
		}
		return gone, over, nil
	case at.part == partLate || at.part == partOver:
		return p.currentGroup(at, gone, s, now)
	case at.part == partDigest:
		if a, ok, _ := p.digestAlarm(at.clinic, now); ok {
			return a, rings, nil
		}
		return gone, over, nil
	case strings.HasPrefix(at.part, partGlass):
		return p.glassAlarm(key, at, s), rings, nil
	case isTrouble(at.part):
		if a, ok := p.troubleAlarm(key, s, now); ok {
			return a, rings, nil
		}
		if s.Active() && p.mayEnd(at, s, now) {
			gone.end = Works
			return gone, over, nil
		}
	}
	return gone, unsure, nil
}

func (p *Pager) currentGroup(at place, gone alarm, s store.State, now time.Time) (alarm, verdict, error) {
	if _, fresh := p.cfg.List.Fresh(); !fresh {
		return gone, unsure, nil
	}
	if at.part == partLate {
		gone.end = Acknowledged
	}
	late := groups{}
	cases := p.cfg.List.List(inbox.Query{Clinics: []string{at.clinic}, States: []inbox.State{inbox.Open, inbox.Claimed}}).Cases
	for i := range cases {
		late.take(&cases[i], now)
	}
	g := late[at]
	if g == nil {
		return gone, over, nil
	}
	active := ""
	if s.Active() {
		active = s.Alarm
	}
	if a, ok := p.groupAlarm(at, g, active); ok {
		return a, rings, nil
	}
	return gone, over, nil
}

// deliver takes the lease and sends the pages of a job, one after the other,
// each written down before the next one.
func (p *Pager) deliver(ctx context.Context, states store.States, j *job, revision uint64) error {
	s := j.state
	if len(j.contacts) == 0 {
		p.conclude(j, &s)
		_, err := p.write(ctx, states, j.alarm.key, s, revision)
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // another console does it
	}
	revision, err := p.write(ctx, states, j.alarm.key, s, revision)
	if err != nil {
		return err
	}
	if err := p.cfg.steps(momentLeased); err != nil {
		return err
	}
	for i, to := range j.contacts {
		page := p.page(j, s, to)
		err := p.send(ctx, to, page)
		if killed := p.cfg.steps(momentSent); killed != nil {
			return killed
		}
		if err == nil {
			s.Served = append(s.Served, to.ID())
			if j.step >= 0 && !slices.Contains(s.Told, to.ID()) {
				s.Told = append(s.Told, to.ID())
			}
		} else {
			s.Lost = append(s.Lost, to.ID())
		}
		now := p.cfg.Now()
		s.Lease.Until = now.Add(leaseTTL)
		last := i == len(j.contacts)-1
		stopping := !last && ctx.Err() != nil // asked once: who stops leaves no lease
		switch {
		case last:
			p.conclude(j, &s)
		case stopping:
			s.Lease = store.Lease{} // another console goes on at once
		}
		if revision, err = p.write(ctx, states, j.alarm.key, s, revision); err != nil {
			return err
		}
		p.forget(page.ID)
		if stopping {
			return nil
		}
	}
	return nil
}

// write stores a state and remembers it, also when this console is stopping:
// a lease that nobody knows of, and a page that nobody wrote down, would cost
// others time.
func (p *Pager) write(ctx context.Context, states store.States, key string, s store.State, revision uint64) (uint64, error) {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	revision, err := states.Put(writing, key, s, revision)
	if err == nil {
		p.remember(key, s)
	}
	return revision, err
}

// conclude notes in s that all of a job was done.
func (p *Pager) conclude(j *job, s *store.State) {
	now := p.cfg.Now()
	s.Lease = store.Lease{}
	if j.step < 0 || j.done {
		s.Ended, s.Served, s.Lost = now, nil, nil
		return
	}
	reached := len(s.Served) > 0
	s.Repeat = j.repeat
	s.Sent, s.Step, s.At, s.Missed = s.Sent+1, j.step, now, reached && len(s.Lost) > 0
	s.Failures++
	if reached {
		s.Failures = 0
	}
	s.Served, s.Lost = nil, nil
	if (j.kind == Glass || j.kind == Counts) && (reached || s.Failures >= ladder.MostOnce) {
		s.Ended = now
	}
}

// page is what a contact gets.
func (p *Pager) page(j *job, s store.State, to ladder.Contact) Page {
	a := j.alarm
	zone := time.UTC
	name := a.clinic
	if profile := p.cfg.profile(a.clinic); profile != nil {
		zone, name = profile.Zone, profile.Name
	}
	page := Page{
		ID:     hash(a.key, "\x00", s.Alarm, "\x00", s.Ending, "\x00", s.Sent, "\x00", to.ID()),
		Thread: hash(a.key, "\x00", s.Alarm),
		Kind:   j.kind, Clinic: a.clinic, Name: plain(name), Priority: a.what.Priority, Case: a.caseID,
		Reference: a.reference, Count: a.count, Since: a.since.In(zone), At: p.cfg.Now().In(zone),
		Link: p.link(a), Digest: a.digest,
	}
	if j.step >= 0 && j.kind != Glass && j.kind != Counts {
		page.Step, page.Repeat = j.step+1, j.repeat
	}
	if page.Kind == Glass || page.Kind == Counts {
		page.Priority = ""
	}
	return page
}

// send brings one page to one contact, unless this process did already and
// could not write it down.
func (p *Pager) send(ctx context.Context, to ladder.Contact, page Page) error {
	p.mu.Lock()
	was := p.sent[page.ID]
	p.mu.Unlock()
	if was {
		return nil
	}
	// A page that is on its way is finished, also when this console stops.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	err := p.cfg.Senders[to.Via].Send(sending, to, page)
	p.noteSend(sending, to, page, err)
	if err == nil {
		p.mu.Lock()
		p.sent[page.ID] = true
		p.mu.Unlock()
	}
	return err
}

func (p *Pager) forget(page string) {
	p.mu.Lock()
	delete(p.sent, page)
	p.mu.Unlock()
}
