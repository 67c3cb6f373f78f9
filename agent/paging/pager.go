package paging

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/paging/store"
)

// Times of the loop.
const (
	lookEvery    = 30 * time.Second       // at least
	lookApart    = 100 * time.Millisecond // at most so often: arrivals come in bursts
	lookMost     = 2 * time.Second        // and no later than this after one
	refreshEvery = time.Minute            // reads what other consoles left unfinished
	retryAfter   = 5 * time.Second        // after the inbox or the bucket failed
	sweepAfter   = 7 * 24 * time.Hour     // a state that is over is taken away
)

// sending is how many alarms are told of at once: emergencies, and others.
const sending = 16

// Pager pages. It is safe for concurrent use.
type Pager struct {
	cfg    Config
	log    *zap.Logger
	meters *meters
	wake   chan struct{}
	first  chan struct{} // places for emergencies
	rest   chan struct{} // and for all else, so that it never holds them up
	work   sync.WaitGroup
	memory store.Memory

	mu          sync.Mutex
	known       map[string]store.State // as last read or written
	busy        map[string]bool        // somebody is at it
	later       map[string]time.Time   // not before
	filed       []inbox.Case           // since the last look
	sent        map[string]bool        // pages that went out and are not written down yet
	unread      map[string]bool        // alarms whose case could not be read
	troubles    map[string]*trouble
	failing     map[string]map[string]*Failing // by clinic and contact
	emergencies map[string]int64               // that nobody took, by clinic
}

// New makes a Pager. Run makes it page.
func New(cfg Config) (*Pager, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	if _, err := texts(); err != nil {
		return nil, err
	}
	p := &Pager{
		cfg: cfg, log: cfg.Log, wake: make(chan struct{}, 1), first: make(chan struct{}, sending), rest: make(chan struct{}, sending),
		known: map[string]store.State{}, busy: map[string]bool{}, later: map[string]time.Time{}, sent: map[string]bool{}, unread: map[string]bool{},
		troubles: map[string]*trouble{}, failing: map[string]map[string]*Failing{}, emergencies: map[string]int64{},
	}
	var err error
	p.meters, err = newMeters(cfg.Meters, p)
	return p, err
}

// Run pages until ctx ends, and returns nil when what was being sent is sent
// and written down. At its start it goes on with the ladders of all cases that
// wait.
func (p *Pager) Run(ctx context.Context) error {
	var following sync.WaitGroup
	following.Go(func() { p.follow(ctx) })
	following.Go(func() { p.keepChecking(ctx) })
	var refreshed time.Time
	for ctx.Err() == nil {
		if now := p.cfg.Now(); now.Sub(refreshed) >= refreshEvery {
			refreshed = now
			p.refresh(ctx)
		}
		began := time.Now()
		next := p.look(ctx)
		// With very many cases a look takes its time: most of it is left to others.
		apart := min(max(lookApart, 5*time.Since(began)), lookMost)
		wait := time.NewTimer(max(next.Sub(p.cfg.Now()), apart))
		select {
		case <-ctx.Done():
		case <-wait.C:
		case <-p.wake:
			pause(ctx, apart)
		}
		wait.Stop()
	}
	p.work.Wait()
	following.Wait()
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// follow wakes the loop when a case changes.
func (p *Pager) follow(ctx context.Context) {
	for after := p.cfg.List.Revision(); ; {
		if err := p.cfg.List.Wait(ctx, after); err != nil {
			return
		}
		after = p.cfg.List.Revision()
		p.kick()
	}
}

func (p *Pager) keepChecking(ctx context.Context) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		p.check(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// kick makes the loop look at once.
func (p *Pager) kick() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Filed tells of a case that has an arrival, new or known. It is made for
// Ingest of agent/inbox/store: it does not block.
func (p *Pager) Filed(c inbox.Case) {
	p.mu.Lock()
	if len(p.filed) < 1000 { // more come by the list
		p.filed = append(p.filed, c)
	}
	p.mu.Unlock()
	p.kick()
}

// Glass tells the clinic's owner that somebody broke the glass; id is of this
// one time. It is told once, also when it is reported again.
func (p *Pager) Glass(ctx context.Context, clinicID, id string) {
	key := clinicID + "." + partGlass + hash(id)
	s := store.State{V: store.Version, Alarm: hash(key), Kind: string(Glass), Since: p.cfg.Now()}
	states := p.statesOf(ctx, key)
	if _, err := states.Put(ctx, key, s, 0); err != nil && !errors.Is(err, store.ErrOvertaken) {
		p.log.Error("a broken glass could not be noted and is told by this console alone", zap.String("clinic", clinicID), zap.Error(err))
		if _, err := p.memory.Put(ctx, key, s, 0); err != nil {
			return // it is there already
		}
	}
	p.mu.Lock()
	if _, ok := p.known[key]; !ok {
		p.known[key] = s
	}
	p.mu.Unlock()
	p.kick()
}

// look finds what is due and begins it. It returns when to look again.
func (p *Pager) look(ctx context.Context) time.Time {
	now := p.cfg.Now()
	next := now.Add(lookEvery)
	rings := map[string]bool{}
	for _, a := range p.ringing(now, &next) {
		rings[a.key] = true
		if at, ok := p.due(a, now); ok {
			if !at.After(now) && p.begin(ctx, a.key, now, p.place(a)) {
				continue
			}
			if at.After(now) && at.Before(next) {
				next = at
			}
		}
	}
	p.mu.Lock()
	var over []string
	for key, s := range p.known {
		at, ok := parseKey(key)
		if ok && s.Active() && !rings[key] && p.serves(at.clinic) {
			over = append(over, key)
		}
	}
	for key := range p.unread {
		if !rings[key] && !p.known[key].Active() {
			delete(p.unread, key) // it is nobody's concern any more
		}
	}
	for key, at := range p.later {
		switch {
		case !at.After(now):
			delete(p.later, key)
		case at.Before(next):
			next = at
		}
	}
	p.mu.Unlock()
	for _, key := range over {
		p.begin(ctx, key, now, p.rest)
	}
	return next
}

func (p *Pager) serves(clinicID string) bool {
	return clinicID == inbox.NoClinic || p.cfg.profile(clinicID) != nil
}

// ringing are all alarms, as far as this console knows.
func (p *Pager) ringing(now time.Time, next *time.Time) []alarm {
	cases := p.cfg.List.List(inbox.Query{Clinics: p.cfg.clinics(), States: []inbox.State{inbox.Open, inbox.Claimed}}).Cases
	p.mu.Lock()
	cases = append(cases, p.filed...)
	p.filed = nil
	p.mu.Unlock()
	var all []alarm
	late, seen, waiting := groups{}, map[string]bool{}, map[string]int64{}
	for i := range cases {
		c := &cases[i]
		if seen[c.ID] {
			continue // the list knows more than what was filed
		}
		seen[c.ID] = true
		if inbox.Rank(c.Round.Priority) == 0 && c.Waiting() {
			waiting[c.Clinic]++
		}
		all = append(all, p.caseAlarms(c, now)...)
		late.take(c, now)
	}
	p.mu.Lock()
	p.emergencies = waiting
	known := p.known
	var keys []string
	for key := range p.troubles {
		keys = append(keys, key)
	}
	for key, s := range known {
		if at, ok := parseKey(key); ok && strings.HasPrefix(at.part, partGlass) && s.Active() && p.serves(at.clinic) {
			all = append(all, p.glassAlarm(key, at, s))
		}
	}
	p.mu.Unlock()
	for at, g := range late {
		if a, ok := p.groupAlarm(at, g, p.active(at.clinic+"."+at.part)); ok {
			all = append(all, a)
		}
	}
	for _, key := range keys {
		if a, ok := p.troubleAlarm(key, p.state(key), now); ok {
			all = append(all, a)
		}
	}
	for _, id := range p.cfg.clinics() {
		a, ok, at := p.digestAlarm(id, now)
		if ok {
			all = append(all, a)
		}
		if !at.IsZero() && at.Before(*next) {
			*next = at
		}
	}
	return all
}

func (p *Pager) state(key string) store.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[key]
}

// active is the alarm that goes on under a key, else "".
func (p *Pager) active(key string) string {
	if s := p.state(key); s.Active() {
		return s.Alarm
	}
	return ""
}

func (p *Pager) glassAlarm(key string, at place, s store.State) alarm {
	l, _ := p.ladderOf(at.clinic)
	a := alarm{key: key, id: s.Alarm, kind: Glass, clinic: at.clinic, ladder: told(l.Owners()), since: s.Since}
	a.what.Priority, a.what.From, a.what.Once = a.ladder.Steps[0].Priorities[0], s.Since, true
	return a
}

// due is when the next step of an alarm is to be taken, as far as this
// console knows what was done.
func (p *Pager) due(a alarm, now time.Time) (time.Time, bool) {
	s := p.state(a.key)
	if s.Alarm != a.id {
		s = store.State{}
	} else if !s.Active() {
		return time.Time{}, false
	}
	if a.skip {
		return now, true
	}
	d, ok := a.ladder.Next(a.what, s.Progress(), now, p.cfg.profile(a.clinic))
	return d.At, ok
}

func (p *Pager) place(a alarm) chan struct{} {
	if inbox.Rank(a.what.Priority) == inbox.Rank(agent.PriorityEmergency) {
		return p.first
	}
	return p.rest
}

// begin lets one goroutine do what is to be done under a key, unless one is
// at it already.
func (p *Pager) begin(ctx context.Context, key string, now time.Time, places chan struct{}) bool {
	p.mu.Lock()
	if p.busy[key] || p.later[key].After(now) {
		p.mu.Unlock()
		return false
	}
	p.busy[key] = true
	delete(p.later, key)
	p.mu.Unlock()
	p.work.Go(func() {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		case <-ctx.Done():
			p.finished(key, time.Time{})
			return
		}
		again, err := p.safely(ctx, key)
		if err != nil && ctx.Err() == nil {
			p.log.Error("paging is disturbed; trying again", zap.Duration("wait", retryAfter), zap.Error(err))
			again = p.cfg.Now().Add(retryAfter)
		}
		p.finished(key, again)
	})
	return true
}

func (p *Pager) finished(key string, again time.Time) {
	p.mu.Lock()
	delete(p.busy, key)
	if !again.IsZero() {
		p.later[key] = again
	}
	p.mu.Unlock()
	p.kick()
}
