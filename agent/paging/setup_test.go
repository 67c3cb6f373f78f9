package paging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/inbox"
	inboxstore "recado/agent/inbox/store"
	"recado/agent/language"
	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

const sun = "sunrise"

// clock is what tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// desk is an inbox in memory: the list and the cases themselves.
type desk struct {
	clock *clock

	mu       sync.Mutex
	cases    map[string]inbox.Case
	shown    map[string]inbox.Case // what the list says, where it lags behind
	revision uint64
	moved    chan struct{}
	stale    bool
	broken   error
}

func newDesk(c *clock) *desk {
	return &desk{clock: c, cases: map[string]inbox.Case{}, shown: map[string]inbox.Case{}, moved: make(chan struct{})}
}

func (d *desk) put(c inbox.Case) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cases[c.ID] = c
	d.revision++
	close(d.moved)
	d.moved = make(chan struct{})
}

func (d *desk) List(q inbox.Query) inboxstore.Page {
	d.mu.Lock()
	defer d.mu.Unlock()
	var p inboxstore.Page
	for id, c := range d.cases {
		if shown, ok := d.shown[id]; ok {
			c = shown
		}
		if q.Chooses(&c, d.clock.Now()) {
			p.Cases = append(p.Cases, c)
		}
	}
	slices.SortFunc(p.Cases, func(a, b inbox.Case) int { return inbox.Compare(&a, &b) })
	return p
}

func (d *desk) Stats(clinicID string, since time.Time) inbox.Stats {
	return inbox.Measure(d.List(inbox.Query{Clinics: []string{clinicID}}).Cases, since, d.clock.Now())
}

func (d *desk) Fresh() (time.Time, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock.Now(), !d.stale
}

func (d *desk) Revision() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.revision
}

func (d *desk) Wait(ctx context.Context, after uint64) error {
	for {
		d.mu.Lock()
		revision, moved := d.revision, d.moved
		d.mu.Unlock()
		if revision > after {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (d *desk) Case(_ context.Context, _, id string) (inbox.Case, uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return inbox.Case{}, 0, d.broken
	}
	c, ok := d.cases[id]
	if !ok {
		return c, 0, inbox.ErrNotFound
	}
	return c, d.revision, nil
}

// got is a page as it was sent.
type got struct {
	to   string
	page Page
	at   time.Time
}

// post takes pages.
type post struct {
	clock *clock

	mu    sync.Mutex
	pages []got
	dead  map[string]bool // addresses that nothing reaches
	held  chan struct{}   // if set, Send waits for it
}

func (s *post) Send(ctx context.Context, to ladder.Contact, p Page) error {
	if s.held != nil {
		select {
		case <-s.held:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead[to.To] {
		return &Failure{Code: Unreachable}
	}
	s.pages = append(s.pages, got{to.To, p, s.clock.Now()})
	return nil
}

func (s *post) Reach(_ context.Context, to ladder.Contact) error {
	if s.dead[to.To] {
		return &Failure{Code: TimedOut}
	}
	return nil
}

// take returns what was sent since it was last called, as "minute kind to".
func (s *post) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, g := range s.pages {
		lines = append(lines, fmt.Sprintf("%g %s %s", g.at.Sub(start).Minutes(), g.page.Kind, g.to))
	}
	s.pages = nil
	return lines
}

func (s *post) all() []got {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pages)
}

// start is a Monday night in Houston: the clinic is closed.
var start = time.Date(2030, 11, 4, 22, 0, 0, 0, houston)

var houston = func() *time.Location {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		panic(err)
	}
	return zone
}()

func at(minutes float64) time.Time { return start.Add(time.Duration(minutes * float64(time.Minute))) }

// profile is open from 8 to 12 and 13 to 17 on weekdays.
func profile() *clinic.Profile {
	p := &clinic.Profile{ID: sun, Name: "Sunrise Family Clinic", Zone: houston, Location: []clinic.Location{{ID: "main"}}}
	for w := time.Monday; w <= time.Friday; w++ {
		p.Location[0].Hours[w] = []clinic.Interval{{Open: 8 * 60, Close: 12 * 60}, {Open: 13 * 60, Close: 17 * 60}}
	}
	return p
}

func contacts(names ...string) []ladder.Contact {
	var all []ladder.Contact
	for _, n := range names {
		all = append(all, ladder.Contact{Via: ladder.Email, To: n})
	}
	return all
}

// three is a ladder: the desk, on call after 3 minutes, the director for
// emergencies after 8, and again every 10.
func three() ladder.Ladder {
	return ladder.Ladder{Repeat: 10 * time.Minute, Owner: contacts("owner"), Steps: []ladder.Step{
		{Name: "desk", To: contacts("desk"), Priorities: []agent.Priority{"emergency", "urgent", "routine"}},
		{Name: "on call", To: contacts("call", "second"), After: 3 * time.Minute, Priorities: []agent.Priority{"emergency", "urgent"}},
		{Name: "director", To: contacts("director"), After: 8 * time.Minute, Priorities: []agent.Priority{"emergency"}},
	}}
}

// rig is what pagers share.
type rig struct {
	*desk
	clock  *clock
	post   *post
	states store.States
	logs   *observer.ObservedLogs
	log    *zap.Logger
}

func setup(t testing.TB) *rig {
	c := &clock{now: start}
	core, logs := observer.New(zap.DebugLevel)
	r := &rig{desk: newDesk(c), clock: c, post: &post{clock: c, dead: map[string]bool{}}, states: &store.Memory{}, logs: logs, log: zap.New(core)}
	t.Cleanup(func() {
		if t.Failed() {
			for _, line := range logs.All() {
				t.Log(line.Message, line.ContextMap())
			}
		}
	})
	return r
}

func (r *rig) config(change ...func(*Config)) Config {
	cfg := Config{
		Plan: ladder.Plan{sun: three()}, Senders: map[ladder.Via]Sender{ladder.Email: r.post}, Clinics: clinic.Always(profile()),
		List: r.desk, Cases: r.desk, States: r.states, Public: "https://staff.example", Log: r.log, Now: r.clock.Now,
	}
	for _, f := range change {
		f(&cfg)
	}
	return cfg
}

func (r *rig) pager(t testing.TB, change ...func(*Config)) *Pager {
	t.Helper()
	p, err := New(r.config(change...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// turn lets pagers do all that is due now.
func turn(t testing.TB, pagers ...*Pager) {
	t.Helper()
	for range 3 { // what is done may make something else due
		for _, p := range pagers {
			p.look(t.Context())
		}
		for _, p := range pagers {
			p.work.Wait()
		}
	}
}

// through lets them do what is due at each second of some minutes.
func (r *rig) through(t testing.TB, from, to float64, pagers ...*Pager) {
	t.Helper()
	for now := at(from); !now.After(at(to)); now = now.Add(5 * time.Second) {
		r.clock.set(now)
		turn(t, pagers...)
	}
}

func caseID(n int) string { return fmt.Sprintf("018f0000-0000-7000-8000-%012d", n) }

// opened is a case that came at a minute.
func opened(n int, p agent.Priority, minute float64) inbox.Case {
	return inbox.New(caseID(n), news(n, 1, p, minute), inbox.NewPolicy(profile()), at(minute).UTC())
}

func news(n, arrival int, p agent.Priority, minute float64) inbox.News {
	return inbox.News{
		Arrival: inbox.Arrival{ID: fmt.Sprintf("r%d-%d", n, arrival), Kind: inbox.Escalation, Priority: p, At: at(minute).UTC()},
		Clinic:  sun, Conversation: fmt.Sprintf("%032d", n), Channel: agent.SMS, Language: "es",
		Rules: []string{"gate.clinical"}, Intents: []string{"symptom"}, ReplyTo: "sealed",
	}
}

func (r *rig) do(t testing.TB, n int, f func(inbox.Case) (inbox.Case, error)) {
	t.Helper()
	c, _, err := r.Case(t.Context(), sun, caseID(n))
	if err == nil {
		c, err = f(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.put(c)
}

func (r *rig) claim(t testing.TB, n int) {
	t.Helper()
	r.do(t, n, func(c inbox.Case) (inbox.Case, error) {
		return c.Claim(inbox.Actor{Person: "ana"}, r.clock.Now().UTC())
	})
}

func (r *rig) resolve(t testing.TB, n int) {
	t.Helper()
	r.do(t, n, func(c inbox.Case) (inbox.Case, error) {
		return c.Resolve(inbox.Actor{Person: "ana"}, inbox.Called, r.clock.Now().UTC())
	})
}

func (r *rig) receive(t testing.TB, n, arrival int, p agent.Priority) {
	t.Helper()
	r.do(t, n, func(c inbox.Case) (inbox.Case, error) {
		now := r.clock.Now()
		return c.Receive(news(n, arrival, p, now.Sub(start).Minutes()), inbox.NewPolicy(profile()), now.UTC())
	})
}

func want(t testing.TB, r *rig, what string, lines ...string) {
	t.Helper()
	if got := r.post.take(); !slices.Equal(got, lines) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, strings.Join(got, " | "), strings.Join(lines, " | "))
	}
}

var errGone = errors.New("nats: no responders")

type ctx = context.Context

func newContext(t testing.TB) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

func sscan(line string, minute *float64) (int, error) { return fmt.Sscan(line, minute) }

func agentLanguage(code string) language.Language { return language.Language(code) }

type storePage = inboxstore.Page
