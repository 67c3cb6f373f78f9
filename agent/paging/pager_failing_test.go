package paging

import (
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

func TestAFailingProviderIsCountedAndTheNextStepComesEarlier(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	if s := p.Status(sun); !s.OK() || p.Warning(sun, "en") != "" {
		t.Fatalf("before anything: %+v", s)
	}
	r.post.dead["desk"], r.post.dead["second"] = true, true
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 0.4, p)
	want(t, r, "the desk is not reached")
	s := p.Status(sun)
	if s.OK() || len(s.Failing) != 1 || s.Failing[0].Name != "desk" || s.Failing[0].Code != Unreachable || s.Silent.IsZero() {
		t.Errorf("%+v", s)
	}
	if w := p.Warning(sun, "en"); !strings.HasPrefix(w, "Pages have not been getting through since 10:00 PM on Monday, November 4.") {
		t.Errorf("warning %q", w)
	}
	if w := p.Warning(sun, "es"); !strings.HasPrefix(w, "Los avisos dejaron de llegar a las 10 de la noche del lunes 4 de noviembre.") {
		t.Errorf("warning %q", w)
	}
	if other := r.pager(t); true { // another console's page shows it as well
		other.refresh(t.Context())
		if other.Status(sun).Silent.IsZero() || other.Warning(sun, "en") == "" {
			t.Errorf("the other console says %+v", other.Status(sun))
		}
	}
	r.through(t, 0.5, 2, p)
	want(t, r, "the next at once, and after one that was missed as well", "0.5 arrived call", "1 arrived director")
	if s := p.Status(sun); len(s.Failing) != 2 || !s.Silent.IsZero() {
		t.Errorf("one of two was reached: %+v", s)
	}
	clear(r.post.dead)
	r.put(opened(2, "emergency", 2))
	r.through(t, 2, 6, p)
	if s := p.Status(sun); !s.OK() || p.Warning(sun, "es") != "" {
		t.Errorf("once they are reached again: %+v", s)
	}
}

func TestADeadEndOfTheLadderIsNotSilence(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.post.dead["director"] = true
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 12, p)
	want(t, r, "the director is dead", "0 arrived desk", "3 arrived call", "3 arrived second", "8.5 late desk", "11.5 late call", "11.5 late second")
}

func TestWithEverybodyDeadItIsTriedOnAndSlower(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	for _, to := range []string{"desk", "call", "second", "director"} {
		r.post.dead[to] = true
	}
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 120, p)
	s, _, err := r.states.Get(t.Context(), sun+"."+caseID(1)+".ack")
	if err != nil || s.Failures < 10 || s.Failures > 60 {
		t.Errorf("%d failures in two hours, %v", s.Failures, err)
	}
	clear(r.post.dead)
	r.through(t, 120, 131, p)
	if lines := r.post.take(); len(lines) == 0 {
		t.Error("silent after the network is back")
	}
}

func TestAStoppedPagerFinishesWhatItSends(t *testing.T) {
	r := setup(t)
	r.post.held = make(chan struct{})
	p := r.pager(t)
	r.put(opened(1, "emergency", 3))
	r.put(opened(2, "emergency", -60))
	ctx, stop := newContext(t)
	r.clock.set(at(3))
	p.look(ctx)
	stop()
	close(r.post.held)
	p.work.Wait()
	pages := r.post.all()
	other := r.pager(t)
	other.refresh(t.Context())
	r.through(t, 3, 3.2, other)
	seen := map[string]bool{}
	for _, g := range r.post.all() {
		if seen[g.page.ID] {
			t.Errorf("%s got a page twice", g.to)
		}
		seen[g.page.ID] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d pages before the stop, %d in all", len(pages), len(seen))
	}
}

func TestWhatCameForNoClinicIsForWhoRunsRecado(t *testing.T) {
	r := setup(t)
	c := opened(1, "urgent", 0)
	c.Clinic = inbox.NoClinic
	r.put(c)
	p := r.pager(t)
	r.through(t, 0, 1, p)
	want(t, r, "with one clinic", "0 arrived desk")
	operators := ladder.Ladder{Steps: []ladder.Step{{To: contacts("operator"), Priorities: []agent.Priority{"emergency", "urgent"}}}}
	r = setup(t)
	r.put(c)
	p = r.pager(t, func(c *Config) { c.Plan[inbox.NoClinic] = operators })
	r.through(t, 0, 1, p)
	want(t, r, "with operators", "0 arrived operator")
}

func TestAClinicThatThisConsoleDoesNotServeIsLeftAlone(t *testing.T) {
	r := setup(t)
	if _, err := r.states.Put(t.Context(), "sunset."+caseID(9)+".ack", store.State{Alarm: "a", Told: []string{contacts("desk")[0].ID()}}, 0); err != nil {
		t.Fatal(err)
	}
	p := r.pager(t, func(c *Config) { c.Plan[ladder.Others] = three() })
	p.refresh(t.Context())
	r.through(t, 0, 5, p)
	want(t, r, "another console's clinic")
}

func TestWhatIsLongOverIsTakenAway(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 1, p)
	r.claim(t, 1)
	r.through(t, 1, 2, p)
	r.resolve(t, 1)
	r.clock.set(start.Add(6 * 24 * time.Hour))
	p.refresh(t.Context())
	if all, _ := r.states.All(t.Context()); len(all) != 1 {
		t.Errorf("%d states after six days", len(all))
	}
	r.clock.set(start.Add(8 * 24 * time.Hour))
	p.refresh(t.Context())
	if all, _ := r.states.All(t.Context()); len(all) != 0 {
		t.Errorf("%d states after eight days", len(all))
	}
}

func TestWhoWasToldOfALesserUrgencyIsToldThatItIsOver(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "urgent", 0))
	r.through(t, 0, 3.5, p)
	want(t, r, "urgent", "0 arrived desk", "3 arrived call", "3 arrived second")
	r.clock.set(at(4))
	r.receive(t, 1, 2, "emergency")
	r.through(t, 4, 4.5, p)
	want(t, r, "now an emergency", "4 arrived desk")
	r.claim(t, 1)
	r.through(t, 5, 6, p)
	want(t, r, "claimed", "5 acknowledged desk", "5 acknowledged call", "5 acknowledged second")
}

func TestAListThatIsStaleCallsNothingOver(t *testing.T) {
	r := setup(t)
	p := r.pager(t)
	r.put(opened(1, "routine", 0))
	r.through(t, 13*60, 13*60+1, p)
	want(t, r, "late", "780 late desk")
	r.mu.Lock()
	hidden := r.cases[caseID(1)]
	hidden.State = inbox.Resolved
	r.shown[hidden.ID] = hidden
	r.mu.Unlock()
	r.stale = true
	r.through(t, 13*60+2, 13*60+8, p)
	want(t, r, "the list may lack something")
}

func TestAStoppedPagerLeavesTheRestOfAStepToOthersAtOnce(t *testing.T) {
	r := setup(t)
	pair := func(c *Config) {
		c.Plan = ladder.Plan{sun: {Steps: []ladder.Step{{To: contacts("desk", "call"), Priorities: []agent.Priority{"emergency"}}}}}
	}
	ctx, stop := newContext(t)
	p := r.pager(t, pair, func(c *Config) {
		c.steps = func(m moment) error {
			if m == momentSent {
				stop()
			}
			return nil
		}
	})
	r.put(opened(1, "emergency", 0))
	p.look(ctx)
	p.work.Wait()
	want(t, r, "one was on its way", "0 arrived desk")
	other := r.pager(t, pair)
	r.through(t, 0, 0.2, other)
	want(t, r, "the other goes on", "0 arrived call")
}
