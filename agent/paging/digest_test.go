package paging

import (
	"reflect"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/paging/ladder"
)

func local(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, houston)
}

func TestADigestGoesOutWhenTheClinicOpens(t *testing.T) {
	always := profile()
	for w := range always.Location[0].Hours {
		always.Location[0].Hours[w] = []clinic.Interval{{Open: 0, Close: 1440}}
	}
	early := profile()
	early.Location = append(early.Location, clinic.Location{ID: "early"})
	early.Location[1].Hours[time.Monday] = []clinic.Interval{{Open: 6 * 60, Close: 9 * 60}}
	holiday := profile()
	holiday.Holidays = []clinic.Holiday{{Rule: clinic.HolidayRule{Month: time.November, Day: 4}}}
	short := profile()
	short.Holidays = []clinic.Holiday{{Rule: clinic.HolidayRule{Month: time.November, Day: 4}, Hours: []clinic.Interval{{Open: 600, Close: 720}}}}
	everyDay := profile()
	everyDay.Location[0].Hours[time.Sunday] = []clinic.Interval{{Open: 8 * 60, Close: 12 * 60}}
	everyDay.Location[0].Hours[time.Saturday] = everyDay.Location[0].Hours[time.Sunday]
	opening, half3, half2 := ladder.Digest{At: ladder.Opening}, ladder.Digest{At: 150}, ladder.Digest{At: 90}
	for name, c := range map[string]struct {
		digest  ladder.Digest
		profile *clinic.Profile
		now     time.Time
		want    time.Time
		closed  bool
	}{
		"on a Monday":                       {opening, profile(), local(2030, 11, 4, 0, 1), local(2030, 11, 4, 8, 0), false},
		"late on a Monday":                  {opening, profile(), local(2030, 11, 4, 23, 59), local(2030, 11, 4, 8, 0), false},
		"at the first place that opens":     {opening, early, local(2030, 11, 4, 0, 1), local(2030, 11, 4, 6, 0), false},
		"at a time of its own":              {ladder.Digest{At: 7*60 + 30}, profile(), local(2030, 11, 4, 0, 1), local(2030, 11, 4, 7, 30), false},
		"on a Sunday":                       {opening, profile(), local(2030, 11, 3, 9, 0), time.Time{}, true},
		"on a Sunday, at its own time":      {half3, profile(), local(2030, 11, 3, 9, 0), time.Time{}, true},
		"on a holiday":                      {opening, holiday, local(2030, 11, 4, 9, 0), time.Time{}, true},
		"on a short day":                    {opening, short, local(2030, 11, 4, 9, 0), local(2030, 11, 4, 10, 0), false},
		"where it never closes":             {opening, always, local(2030, 11, 4, 9, 0), local(2030, 11, 4, 7, 0), false},
		"the day the clocks go forward":     {opening, everyDay, local(2030, 3, 10, 12, 0), local(2030, 3, 10, 8, 0), false},
		"at an hour that day does not have": {half3, everyDay, local(2030, 3, 10, 12, 0), time.Date(2030, 3, 10, 8, 30, 0, 0, time.UTC), false},
		"the day the clocks go back":        {opening, everyDay, local(2030, 11, 3, 12, 0), time.Date(2030, 11, 3, 14, 0, 0, 0, time.UTC), false},
		"at an hour that comes twice":       {half2, everyDay, local(2030, 11, 3, 12, 0), time.Date(2030, 11, 3, 6, 30, 0, 0, time.UTC), false},
		"without a profile":                 {opening, nil, local(2030, 11, 4, 9, 0), time.Date(2030, 11, 4, 7, 0, 0, 0, time.UTC), false},
	} {
		at, day, ok := digestAt(c.digest, c.profile, c.now)
		if ok == c.closed || !at.Equal(c.want) {
			t.Errorf("%s: %v, %v, want %v", name, at.In(houston), ok, c.want.In(houston))
		}
		if c.profile != nil && day != clinic.DateOf(c.now) {
			t.Errorf("%s: of %v", name, day)
		}
	}
}

func digested(change ...func(*ladder.Digest)) func(*Config) {
	return func(c *Config) {
		l := three()
		l.Digest = ladder.Digest{To: contacts("manager", "second"), At: ladder.Opening}
		for _, f := range change {
			f(&l.Digest)
		}
		c.Plan = map[string]ladder.Ladder{sun: l}
	}
}

// minute is that of the test's clock at a local time of the night's next day.
func minuteOf(t time.Time) float64 { return t.Sub(start).Minutes() }

func TestADigestIsOnceADayWhateverHappens(t *testing.T) {
	r := setup(t)
	a, b := r.pager(t, digested()), r.pager(t, digested())
	for n := range 3 {
		r.put(opened(n, "request", 0))
	}
	r.claim(t, 0)
	eight := minuteOf(local(2030, 11, 5, 8, 0))
	r.through(t, eight-5, eight-0.1, a, b)
	want(t, r, "before it opens")
	r.through(t, eight, eight+1, a, b)
	pages := r.post.all()
	want(t, r, "when it opens", "600 digest manager", "600 digest second")
	if d := pages[0].page.Digest; !reflect.DeepEqual(d, &Digest{Open: 2, Claimed: 1, Waiting: 2, Oldest: 10 * time.Hour, Priorities: map[agent.Priority]int{"request": 3}}) {
		t.Errorf("%+v", d)
	}
	if g := pages[0].page; g.Step != 0 || g.Priority != "" || g.Reference != "" || g.Case != "" || g.Link != "https://staff.example/staff/sunrise" {
		t.Errorf("%+v", g)
	}
	again := r.pager(t, digested()) // a restart
	r.through(t, eight+1, eight+5, again)
	r.through(t, eight+170, eight+185, a, again)
	r.through(t, 16*60, 16*60+1, a, b)
	want(t, r, "the same day")
	r.clock.set(local(2030, 11, 6, 8, 0))
	turn(t, a, b)
	want(t, r, "the next day", "2040 digest manager", "2040 digest second")
	for day := 9; day <= 10; day++ { // Saturday and Sunday
		r.clock.set(local(2030, 11, day, 9, 0))
		turn(t, a, b)
	}
	want(t, r, "at the weekend")
}

func TestADigestThatWasMissedComesLateOrNotAtAll(t *testing.T) {
	for hours, sent := range map[int]int{2: 2, 4: 0} {
		r := setup(t)
		r.put(opened(1, "request", 0))
		p := r.pager(t, digested())
		r.clock.set(local(2030, 11, 5, 8+hours, 30))
		turn(t, p)
		if got := r.post.take(); len(got) != sent {
			t.Errorf("%d hours late: %v", hours, got)
		}
	}
}

func TestWithNothingWaitingThereIsNoDigestUnlessItIsAskedFor(t *testing.T) {
	r := setup(t)
	p := r.pager(t, digested())
	r.clock.set(local(2030, 11, 5, 8, 0))
	turn(t, p)
	want(t, r, "nothing waits")
	r.put(opened(1, "request", minuteOf(local(2030, 11, 5, 8, 10))))
	r.clock.set(local(2030, 11, 5, 8, 20))
	turn(t, p)
	want(t, r, "what comes later that day is not the morning's")
	r = setup(t)
	p = r.pager(t, digested(func(d *ladder.Digest) { d.Empty = true }))
	r.clock.set(local(2030, 11, 5, 8, 0))
	turn(t, p)
	want(t, r, "asked for", "600 digest manager", "600 digest second")
}

func TestADigestWaitsForAListThatIsUpToDate(t *testing.T) {
	r := setup(t)
	p := r.pager(t, digested())
	r.put(opened(1, "request", 0))
	r.stale = true
	r.clock.set(local(2030, 11, 5, 8, 0))
	turn(t, p)
	want(t, r, "while the list is stale")
	r.stale = false
	r.clock.set(local(2030, 11, 5, 8, 1))
	turn(t, p)
	want(t, r, "then", "601 digest manager", "601 digest second")
}

func TestOneAddressOfADigestThatFailsDoesNotRepeatTheOthers(t *testing.T) {
	r := setup(t)
	p := r.pager(t, digested())
	r.put(opened(1, "request", 0))
	r.post.dead["manager"] = true
	eight := minuteOf(local(2030, 11, 5, 8, 0))
	r.through(t, eight, eight+30, p)
	want(t, r, "one of two", "600 digest second")
}
