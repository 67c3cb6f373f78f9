package paging

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

// Times about trouble.
const (
	checkEvery   = 15 * time.Second
	checkTimeout = 5 * time.Second
	// troubleAfter is how long something has to fail before people are woken.
	troubleAfter = time.Minute
	// orphanAfter is how long after its next step was due the alarm of
	// another console about its own trouble is taken for abandoned.
	orphanAfter = 5 * time.Minute
)

// trouble is something that fails, as this console sees it.
type trouble struct {
	kind   Kind
	clinic string
	since  time.Time // when it was first seen to fail; zero while it works
}

// What keeps this console from knowing what waits.
var (
	errStale  = errors.New("the list of cases is stale")
	errUnread = errors.New("a case that rings cannot be read")
)

// checks are those of the configuration, and whether this console knows what
// waits at all.
func (p *Pager) checks() []Check {
	return append([]Check{{Kind: Storage, Ask: func(ctx context.Context) error {
		if _, fresh := p.cfg.List.Fresh(); !fresh {
			return errStale
		}
		if p.unreadable() {
			return errUnread
		}
		_, _, err := p.cfg.States.Get(ctx, inbox.NoClinic+"."+partDigest)
		return err
	}}}, p.cfg.Checks...)
}

// check asks every check once.
func (p *Pager) check(ctx context.Context) {
	for _, c := range p.checks() {
		asking, cancel := context.WithTimeout(ctx, checkTimeout)
		err := c.Ask(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		for _, clinicID := range p.troubled(c.Clinic) {
			p.note(trouble{kind: c.Kind, clinic: clinicID}, err)
		}
	}
	p.kick()
}

// troubled are the clinics whose staff are told of a trouble: that of those
// who run Recado, where the plan names them, in place of every clinic's.
func (p *Pager) troubled(clinicID string) []string {
	if clinicID != "" {
		return []string{clinicID}
	}
	all := p.cfg.Clinics().Profiles()
	if _, ok := p.cfg.Plan[inbox.NoClinic]; ok || len(all) == 0 {
		return []string{inbox.NoClinic}
	}
	var ids []string
	for _, profile := range all {
		ids = append(ids, profile.ID)
	}
	return ids
}

func (p *Pager) note(t trouble, err error) {
	key := t.clinic + "." + partTrouble + string(t.kind)
	p.mu.Lock()
	defer p.mu.Unlock()
	have := p.troubles[key]
	switch {
	case err == nil:
		if have != nil && !have.since.IsZero() {
			p.log.Info("trouble is over", zap.String("kind", string(t.kind)), zap.String("clinic", t.clinic))
		}
		delete(p.troubles, key)
	case have == nil:
		t.since = p.cfg.Now()
		p.troubles[key] = &t
		p.log.Warn("trouble that staff will be told of", zap.String("kind", string(t.kind)), zap.String("clinic", t.clinic), zap.Error(err))
	}
}

// troubleAlarm is the alarm about a trouble of this console that lasts. An
// active one of another console is joined; s is its state.
func (p *Pager) troubleAlarm(key string, s store.State, now time.Time) (alarm, bool) {
	p.mu.Lock()
	t := p.troubles[key]
	p.mu.Unlock()
	if t == nil || now.Sub(t.since) < troubleAfter {
		return alarm{}, false
	}
	l, ok := p.ladderOf(t.clinic)
	if !ok {
		return alarm{}, false
	}
	a := alarm{
		key: key, kind: t.kind, clinic: t.clinic, ladder: l, since: t.since, end: Works,
		what: ladder.Alarm{Priority: agent.PriorityEmergency, From: t.since}, // there may be some among what nobody sees
		id:   hash(key, "\x00", stamp(t.since), "\x00", p.cfg.instance),
	}
	if s.Active() {
		a.id, a.since = s.Alarm, s.Since
	}
	return a, true
}

// mayEnd reports whether this console may call a trouble over that it does
// not have itself: one that it found, or one whose console is gone.
func (p *Pager) mayEnd(at place, s store.State, now time.Time) bool {
	if s.By == p.cfg.instance {
		return true
	}
	l, _ := p.ladderOf(at.clinic)
	last := s.At
	if s.Since.After(last) {
		last = s.Since
	}
	longest := l.Repeat
	for _, step := range l.Steps {
		longest = max(longest, step.After)
	}
	return now.After(last.Add(longest + orphanAfter))
}

// noteRead notes whether the case of an alarm could be read. One that cannot
// rings nobody by itself, so it counts as trouble.
func (p *Pager) noteRead(key string, failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if failed {
		p.unread[key] = true
	} else {
		delete(p.unread, key)
	}
}

func (p *Pager) unreadable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.unread) > 0
}

func isTrouble(part string) bool { return strings.HasPrefix(part, partTrouble) }

// statesOf is where a key's state is kept. An alarm about trouble has to go
// out when the bucket is away as well; then every console tells of it by
// itself.
func (p *Pager) statesOf(ctx context.Context, key string) store.States {
	at, _ := parseKey(key)
	if !isTrouble(at.part) && !strings.HasPrefix(at.part, partGlass) {
		return p.cfg.States
	}
	if s, _, _ := p.memory.Get(ctx, key); s.Active() {
		return &p.memory
	}
	asking, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if _, _, err := p.cfg.States.Get(asking, key); err != nil {
		return &p.memory
	}
	return p.cfg.States
}
