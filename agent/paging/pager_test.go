package paging

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"recado/agent/inbox"
	"recado/agent/paging/store"
)

func TestAnEmergencyClimbsTheLadderUntilSomebodyClaimsIt(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 2.9, p)
	pages := r.post.all()
	want(t, r, "on arrival", "0 arrived desk")
	r.through(t, 3, 30, p)
	want(t, r, "until somebody answers", "3 arrived call", "3 arrived second", "8 late director", "18 late director", "28 late director")
	r.clock.set(at(31))
	r.claim(t, 1)
	r.through(t, 31, 59, p)
	want(t, r, "once it is claimed", "31 acknowledged desk", "31 acknowledged call", "31 acknowledged second", "31 acknowledged director")
	r.through(t, 61.5, 200, p) // whoever took it has had half an hour
	want(t, r, "then", "61.5 overdue desk")

	g := pages[0].page
	if g.Clinic != sun || g.Name != "Sunrise Family Clinic" || g.Priority != "emergency" || g.Case != caseID(1) ||
		g.Reference != inbox.Reference(caseID(1)) || !g.Since.Equal(start) || g.Since.Location() != houston || g.Step != 1 ||
		g.Link != "https://staff.example/staff/sunrise/cases/"+caseID(1) {
		t.Errorf("the page is %+v", g)
	}
}

func TestAResolvedCaseIsAcknowledgedToo(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "urgent", 0))
	r.through(t, 0, 1, p)
	r.resolve(t, 1)
	r.through(t, 1.5, 60, p)
	want(t, r, "resolved at once", "0 arrived desk", "1.5 acknowledged desk")
	r.receive(t, 1, 2, "urgent")
	r.through(t, 60, 61, p)
	want(t, r, "and it came back", "60 arrived desk")
}

func TestRedeliveredTenTimesItIsOnePage(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	c := opened(1, "emergency", 0)
	p.Filed(c) // the list does not have it yet
	r.mu.Lock()
	r.cases[c.ID] = c
	r.mu.Unlock()
	for range 10 {
		p.Filed(c)
		turn(t, p)
	}
	r.through(t, 0, 2, p)
	want(t, r, "filed ten times", "0 arrived desk")
	r.clock.set(at(2))
	r.claim(t, 1)
	for range 10 {
		p.Filed(c) // as it was before
		r.through(t, 2, 4, p)
	}
	want(t, r, "and after the claim", "2 acknowledged desk")
}

func TestMoreOfTheSameIsNoNewPageAndAWorseTurnIs(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "urgent", 0))
	r.through(t, 0, 1, p)
	want(t, r, "urgent", "0 arrived desk")
	r.receive(t, 1, 2, "urgent")
	r.through(t, 1, 2, p)
	want(t, r, "urgent again")
	r.receive(t, 1, 3, "emergency")
	r.through(t, 2, 4, p)
	want(t, r, "now an emergency", "2 arrived desk")
	r.receive(t, 1, 4, "emergency")
	r.through(t, 4, 6, p)
	want(t, r, "and again", "5 arrived call", "5 arrived second")
	r.claim(t, 1)
	r.through(t, 6, 7, p)
	want(t, r, "claimed", "6 acknowledged desk", "6 acknowledged call", "6 acknowledged second")
	r.receive(t, 1, 5, "urgent") // less than what was acknowledged
	r.through(t, 7, 8, p)
	want(t, r, "more for the holder")
	r.receive(t, 1, 6, "emergency") // rings anew
	r.through(t, 8, 9, p)
	want(t, r, "another emergency", "8 arrived desk")
	r.claim(t, 1)
	r.through(t, 9, 10, p)
	want(t, r, "claimed again", "9 acknowledged desk")
	r.resolve(t, 1)
	r.through(t, 10, 11, p)
	r.receive(t, 1, 7, "emergency")
	r.through(t, 11, 12, p)
	want(t, r, "it came back after it was resolved", "11 arrived desk")
}

func TestAnAssignedCaseRingsOn(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "urgent", 0))
	r.through(t, 0, 1, p)
	r.do(t, 1, func(c inbox.Case) (inbox.Case, error) { return c.Assign(inbox.Actor{Person: "ana"}, "ben", at(1)) })
	r.through(t, 1, 4, p)
	want(t, r, "assigned to somebody who may be asleep", "0 arrived desk", "3 arrived call", "3 arrived second")
}

func TestManyPagersPageOnce(t *testing.T) {
	r := setup(t)
	var pagers []*Pager
	for range 5 {
		pagers = append(pagers, r.pager(t))
	}
	for n := range 20 {
		r.put(opened(n, "emergency", 0))
	}
	r.through(t, 0, 30, pagers...)
	seen := map[string]int{}
	for _, g := range r.post.all() {
		seen[g.page.ID]++
	}
	if len(seen) != 20*(1+2+1+2) {
		t.Errorf("%d pages", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("page %s was sent %d times", id, n)
		}
	}
}

func TestAPagerThatWasKilledRepeatsAtMostOnePage(t *testing.T) {
	killed := errors.New("killed")
	for kill := 1; kill <= 12; kill++ {
		r := setup(t)
		moments := 0
		first := r.pager(t, func(c *Config) {
			c.steps = func(moment) error {
				if moments++; moments >= kill {
					return killed
				}
				return nil
			}
		})
		r.put(opened(1, "emergency", 0))
		now := 0.0
		for ; moments < kill && now < 60; now += 0.5 {
			r.clock.set(at(now))
			first.look(t.Context())
			first.work.Wait()
		}
		before := len(r.post.all())
		second := r.pager(t)
		second.refresh(t.Context())
		r.through(t, now, now+30, second)
		seen, twice := map[string]int{}, 0
		var steps []int
		for _, g := range r.post.all() {
			if seen[g.page.ID]++; seen[g.page.ID] > 1 {
				twice++
			} else {
				steps = append(steps, g.page.Step)
			}
		}
		if twice > 1 {
			t.Errorf("killed at moment %d: %d pages twice", kill, twice)
		}
		if len(r.post.all()) <= before {
			t.Errorf("killed at moment %d: nobody goes on", kill)
		}
		if !slices.IsSorted(steps) || !slices.Equal(slices.Compact(slices.Clone(steps)), []int{1, 2, 3}) {
			t.Errorf("killed at moment %d: steps %v", kill, steps)
		}
	}
}

func TestAPagerThatCouldNotWriteDownWhatItSentDoesNotSendItAgain(t *testing.T) {
	r := setup(t)
	flaky := &flakyStates{States: r.states}
	r.states = flaky
	p := r.pager(t)
	r.put(opened(1, "emergency", 0))
	flaky.failAfter(1) // the lease is written, what came of it is not
	r.clock.set(at(0))
	p.look(t.Context())
	p.work.Wait()
	flaky.failAfter(-1)
	r.through(t, 0, 2, p)
	want(t, r, "the bucket was away for a moment", "0 arrived desk")
}

// flakyStates fails to write after some writes.
type flakyStates struct {
	store.States
	mu   sync.Mutex
	left int
	on   bool
}

func (f *flakyStates) failAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.on = n, n >= 0
}

func (f *flakyStates) Put(ctx ctx, key string, s store.State, revision uint64) (uint64, error) {
	f.mu.Lock()
	if f.on {
		if f.left == 0 {
			f.mu.Unlock()
			return 0, errGone
		}
		f.left--
	}
	f.mu.Unlock()
	return f.States.Put(ctx, key, s, revision)
}

func TestWhatWaitsAtStartIsResumed(t *testing.T) {
	r := setup(t)
	first := r.pager(t)
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 4, first)
	want(t, r, "before", "0 arrived desk", "3 arrived call", "3 arrived second")
	// No console for an hour; meanwhile another case came.
	r.put(opened(2, "emergency", 30))
	second := r.pager(t)
	r.through(t, 64, 64.5, second)
	lines := r.post.take()
	slices.Sort(lines)
	if !slices.Equal(lines, []string{"64 late desk", "64 late director"}) {
		t.Errorf("at the start: %v", lines)
	}
	// Everybody has their time to answer from now on.
	r.through(t, 65, 67.5, second)
	want(t, r, "then", "67 late call", "67 late second")
}

func TestWhoWasPagedByAConsoleThatIsGoneIsToldThatItIsOver(t *testing.T) {
	r := setup(t)
	first := r.pager(t)
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 1, first)
	r.clock.set(at(2))
	r.claim(t, 1)
	second := r.pager(t)
	second.refresh(t.Context())
	r.through(t, 5, 6, second)
	want(t, r, "after a restart", "0 arrived desk", "5 acknowledged desk")
}

func TestAListThatLagsBehindPagesNobodyInVain(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	c := opened(1, "emergency", 0)
	r.put(c)
	r.claim(t, 1)
	r.mu.Lock()
	r.shown[c.ID] = c // as it was
	r.mu.Unlock()
	r.through(t, 0, 20, p)
	want(t, r, "it is claimed, and the list does not know")
}

func TestACaseThatCannotBeReadIsTriedAgain(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "emergency", 0))
	r.broken = errGone
	r.through(t, 0, 1, p)
	want(t, r, "while it cannot be read")
	r.broken = nil
	r.through(t, 1.1, 1.3, p)
	want(t, r, "then", "1.1 arrived desk")
}

func TestRoutineIsToldTogetherWhileTheClinicIsOpen(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	for n := range 30 {
		r.put(opened(n, "routine", 0)) // at night: to be taken by 10 in the morning
	}
	morning := 10.0 * 60 // 8 in the morning
	r.through(t, 0, 1, p)
	r.through(t, morning, morning+119, p)
	want(t, r, "before it is late")
	pagesOf := func() []got { return r.post.all() }
	r.through(t, morning+121, morning+125, p)
	if pages := pagesOf(); len(pages) != 1 || pages[0].page.Count != 30 || pages[0].page.Case != "" || pages[0].page.Reference == "" ||
		pages[0].page.Link != "https://staff.example/staff/sunrise" {
		t.Fatalf("%+v", pages)
	}
	want(t, r, "late", "721 late desk")
	for n := range 29 { // somebody works on them: no new page for each
		r.clock.set(at(morning + 126))
		r.claim(t, n)
		turn(t, p)
	}
	want(t, r, "while they are taken")
	r.through(t, morning+126, morning+132, p)
	want(t, r, "one is left", "731 late desk")
	r.claim(t, 29)
	r.through(t, morning+133, morning+150, p)
	want(t, r, "none is left", "733 acknowledged desk")
}

func TestRoutineDoesNotRingAtLunchOrAtNight(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "routine", 12*60-10)) // ten to ten: late at ten to noon
	r.through(t, 13*60+49, 18*60, p)
	lines := r.post.take()
	if len(lines) == 0 || lines[0] != "830 late desk" && !strings.HasPrefix(lines[0], "830") {
		t.Errorf("the first is %v", lines)
	}
	for _, g := range lines {
		var minute float64
		if _, err := sscan(g, &minute); err != nil {
			t.Fatal(err)
		}
		if local := at(minute); !profile().OpenNow(local) {
			t.Errorf("%s at %v", g, local)
		}
	}
}

func TestWhatIsReleasedRingsAgainUntilSomebodyHasIt(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "urgent", 0))
	r.claim(t, 1)
	r.through(t, 0, 10, p)
	want(t, r, "while somebody holds it")
	r.clock.set(at(10))
	// She went home, or was signed out by the clock.
	r.do(t, 1, func(c inbox.Case) (inbox.Case, error) { return c.Release(inbox.Actor{Person: "ana"}, at(10)) })
	r.through(t, 10, 12, p)
	want(t, r, "back in the queue", "10 arrived desk")
	r.claim(t, 1)
	r.through(t, 12.5, 119, p)
	want(t, r, "once somebody holds it again", "12.5 acknowledged desk")
	r.through(t, 120.5, 160, p)
	want(t, r, "and it is not resolved in time", "120.5 overdue desk")
	r.resolve(t, 1)
	r.through(t, 161, 165, p)
	want(t, r, "resolved", "161 acknowledged desk")
}
