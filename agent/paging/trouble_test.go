package paging

import (
	"context"
	"slices"
	"sync"
	"testing"

	"recado/agent/inbox"
	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

func TestABrokenGlassIsToldToTheOwnerOnce(t *testing.T) {
	r := setup(t)
	a, b := r.pager(t), r.pager(t)
	for range 3 {
		a.Glass(t.Context(), sun, "session-1 2030")
		b.Glass(t.Context(), sun, "session-1 2030")
	}
	r.through(t, 0, 30, a, b)
	pages := r.post.all()
	want(t, r, "once", "0 glass owner")
	if g := pages[0].page; g.Case != "" || g.Reference != "" || g.Priority != "" || g.Step != 0 || g.Link != "https://staff.example/staff/sunrise/audit" {
		t.Errorf("%+v", g)
	}
	a.Glass(t.Context(), sun, "session-2 2030")
	r.through(t, 30, 31, a)
	want(t, r, "another time", "30 glass owner")
}

func TestABrokenGlassIsToldAlsoWhenTheOwnerIsHardToReach(t *testing.T) {
	r := setup(t)
	a := r.pager(t)
	r.post.dead["owner"] = true
	a.Glass(t.Context(), sun, "session-1")
	r.through(t, 0, 1, a)
	delete(r.post.dead, "owner")
	b := r.pager(t) // a is gone
	b.refresh(t.Context())
	r.through(t, 3, 10, b)
	want(t, r, "later, by another console", "3 glass owner")
}

func TestABrokenGlassIsToldWithoutTheBucket(t *testing.T) {
	r := setup(t)
	gone := &goneStates{States: r.states}
	r.states = gone
	p := r.pager(t)
	gone.set(true)
	p.Glass(t.Context(), sun, "session-1")
	p.Glass(t.Context(), sun, "session-1")
	r.through(t, 0, 1, p)
	p.refresh(t.Context())
	gone.set(false)
	p.refresh(t.Context())
	r.through(t, 1, 5, p)
	want(t, r, "once", "0 glass owner")
}

// goneStates is a bucket that can be away.
type goneStates struct {
	store.States
	mu   sync.Mutex
	gone bool
}

func (g *goneStates) set(gone bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone = gone
}

func (g *goneStates) away() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone {
		return errGone
	}
	return nil
}

func (g *goneStates) Get(ctx ctx, key string) (store.State, uint64, error) {
	if err := g.away(); err != nil {
		return store.State{}, 0, err
	}
	return g.States.Get(ctx, key)
}

func (g *goneStates) Put(ctx ctx, key string, s store.State, revision uint64) (uint64, error) {
	if err := g.away(); err != nil {
		return 0, err
	}
	return g.States.Put(ctx, key, s, revision)
}

func (g *goneStates) All(ctx ctx) (map[string]store.State, error) {
	if err := g.away(); err != nil {
		return nil, err
	}
	return g.States.All(ctx)
}

// sick is a check whose answer is set.
type sick struct {
	mu  sync.Mutex
	err error
}

func (s *sick) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *sick) ask(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// checked lets pagers check every 15 seconds besides what through does.
func (r *rig) checked(t testing.TB, from, to float64, pagers ...*Pager) {
	t.Helper()
	for now := from; now < to; now += 0.25 {
		r.clock.set(at(now))
		for _, p := range pagers {
			p.check(t.Context())
		}
		turn(t, pagers...)
	}
}

func TestAnInboxThatCannotFileWakesPeopleUntilItCan(t *testing.T) {
	r := setup(t)
	filing := &sick{}
	p := r.pager(t, func(c *Config) { c.Checks = []Check{{Kind: Filing, Ask: filing.ask}} })
	r.checked(t, 0, 1, p)
	filing.set(errGone)
	r.checked(t, 1, 1.75, p)
	filing.set(nil)
	r.checked(t, 1.75, 5, p)
	want(t, r, "a short one is nothing")
	filing.set(errGone)
	r.checked(t, 5, 30, p)
	want(t, r, "one that lasts", "6 filing desk", "9 filing call", "9 filing second", "14 filing director", "24 filing director")
	filing.set(nil)
	r.checked(t, 30, 60, p)
	want(t, r, "once it works", "30 works desk", "30 works call", "30 works second", "30 works director")
	filing.set(errGone)
	r.checked(t, 60, 62, p)
	want(t, r, "the next time", "61 filing desk")
}

func TestTwoConsolesWithTheSameTroublePageOnce(t *testing.T) {
	r := setup(t)
	audit := &sick{err: errGone}
	with := func(c *Config) { c.Checks = []Check{{Kind: Audit, Clinic: sun, Ask: audit.ask}} }
	a, b := r.pager(t, with), r.pager(t, with)
	r.checked(t, 0, 5, a, b)
	want(t, r, "two consoles", "1 audit desk", "4 audit call", "4 audit second")
	audit.set(nil)
	r.checked(t, 5, 30, a, b)
	lines := r.post.take()
	if !slices.Equal(lines, []string{"5 works desk", "5 works call", "5 works second"}) {
		t.Errorf("once it works: %v", lines)
	}
}

func TestAConsoleWithoutTheTroubleDoesNotCallItOver(t *testing.T) {
	r := setup(t)
	here, there := &sick{err: errGone}, &sick{}
	with := func(s *sick) func(*Config) {
		return func(c *Config) { c.Checks = []Check{{Kind: Audit, Clinic: sun, Ask: s.ask}} }
	}
	a, b := r.pager(t, with(here)), r.pager(t, with(there))
	for minute := 0.0; minute < 8; minute++ {
		r.checked(t, minute, minute+1, a, b)
		b.refresh(t.Context())
	}
	want(t, r, "one of two has it", "1 audit desk", "4 audit call", "4 audit second")
	// a is killed: after a while b tells that it is over.
	for minute := 8.0; minute < 40; minute++ {
		r.checked(t, minute, minute+1, b)
		b.refresh(t.Context())
	}
	if lines := r.post.take(); len(lines) != 3 || lines[0][len(lines[0])-len("works desk"):] != "works desk" {
		t.Errorf("the other is gone: %v", lines)
	}
}

func TestWithoutItsStorageTheConsoleWakesPeopleAllTheSame(t *testing.T) {
	r := setup(t)
	gone := &goneStates{States: r.states}
	r.states = gone
	p := r.pager(t)
	r.checked(t, 0, 1, p)
	r.put(opened(1, "emergency", 1))
	gone.set(true)
	r.stale = true
	r.checked(t, 1, 6, p)
	p.refresh(t.Context())
	want(t, r, "NATS is away", "2 storage desk", "5 storage call", "5 storage second")
	gone.set(false)
	r.stale = false
	r.checked(t, 6, 6.5, p)
	lines := r.post.take()
	slices.Sort(lines)
	if !slices.Equal(lines, []string{"6 arrived desk", "6 works call", "6 works desk", "6 works second"}) {
		t.Errorf("it is back, and an emergency waited: %v", lines)
	}
	p.refresh(t.Context())
	r.checked(t, 6.5, 8, p)
	want(t, r, "then")
}

func TestTroubleGoesToWhoRunsRecadoWhereTheyAreNamed(t *testing.T) {
	r := setup(t)
	filing := &sick{err: errGone}
	p := r.pager(t, func(c *Config) {
		c.Checks = []Check{{Kind: Filing, Ask: filing.ask}}
		c.Plan[inbox.NoClinic] = ladder.Ladder{Repeat: ladder.DefaultRepeat, Steps: []ladder.Step{{To: contacts("operator"), Priorities: three().Steps[2].Priorities}}}
	})
	r.checked(t, 0, 2, p)
	want(t, r, "named", "1 filing operator")
}

func TestACaseThatNeverCanBeReadIsNotSilence(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "emergency", 0))
	r.broken = errGone
	r.checked(t, 0, 5, p)
	want(t, r, "somebody has to look", "1.25 storage desk", "4.25 storage call", "4.25 storage second")
	r.broken = nil
	r.checked(t, 5, 6, p)
	lines := r.post.take()
	slices.Sort(lines)
	if !slices.Equal(lines, []string{"5 arrived desk", "5.25 works call", "5.25 works desk", "5.25 works second"}) {
		t.Errorf("then: %v", lines)
	}
}
