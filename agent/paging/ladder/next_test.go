package ladder

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"recado/agent"
	"recado/agent/clinic"
)

var noon = time.Date(2030, 11, 4, 12, 0, 0, 0, time.UTC) // a Monday

var (
	emergency = []agent.Priority{agent.PriorityEmergency}
	pressing  = []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent}
	all       = []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine}
)

func to(names ...string) []Contact {
	var contacts []Contact
	for _, n := range names {
		contacts = append(contacts, Contact{Via: Email, To: n + "@clinic.example"})
	}
	return contacts
}

// three is a ladder: the desk, on call after 3 minutes, the director for
// emergencies after 8, and again every 10.
func three() Ladder {
	return Ladder{Repeat: 10 * time.Minute, Steps: []Step{
		{Name: "desk", To: to("desk"), Priorities: all},
		{Name: "on call", To: to("call"), After: 3 * time.Minute, Priorities: pressing},
		{Name: "director", To: to("director"), After: 8 * time.Minute, Priorities: emergency},
	}}
}

func minute(n float64) time.Time { return noon.Add(time.Duration(n * float64(time.Minute))) }

func TestWhoIsNextAndWhen(t *testing.T) {
	for name, c := range map[string]struct {
		alarm Alarm
		done  Progress
		step  int
		at    time.Time
		none  bool
	}{
		"the first at once":                       {alarm: Alarm{Priority: "emergency"}, step: 0, at: noon},
		"the second after its time":               {Alarm{Priority: "emergency"}, Progress{Sent: 1, At: noon}, 1, minute(3), false},
		"the third its distance after it":         {Alarm{Priority: "emergency"}, Progress{Sent: 2, Step: 1, At: minute(4)}, 2, minute(9), false},
		"the last again":                          {Alarm{Priority: "emergency"}, Progress{Sent: 3, Step: 2, At: minute(9)}, 2, minute(19), false},
		"and again":                               {Alarm{Priority: "emergency"}, Progress{Sent: 7, Step: 2, At: minute(60)}, 2, minute(70), false},
		"urgent ends before the director":         {Alarm{Priority: "urgent"}, Progress{Sent: 2, Step: 1, At: minute(3)}, 1, minute(13), false},
		"an unknown priority is urgent":           {Alarm{Priority: "later"}, Progress{Sent: 1, At: noon}, 1, minute(3), false},
		"routine goes to the desk alone":          {Alarm{Priority: "routine"}, Progress{Sent: 1, At: noon}, 0, minute(10), false},
		"a request to nobody":                     {alarm: Alarm{Priority: "request"}, none: true},
		"nobody once it is acknowledged":          {Alarm{Priority: "emergency", Acknowledged: true}, Progress{Sent: 1, At: noon}, 0, noon, true},
		"the next early when nobody was reached":  {Alarm{Priority: "emergency"}, Progress{Sent: 1, At: noon, Failures: 1}, 1, minute(0.5), false},
		"later when again nobody was":             {Alarm{Priority: "emergency"}, Progress{Sent: 2, Step: 1, At: noon, Failures: 2}, 2, minute(1), false},
		"the next early when one was missed":      {Alarm{Priority: "emergency"}, Progress{Sent: 1, At: noon, Missed: true}, 1, minute(0.5), false},
		"the first after a last that is dead":     {Alarm{Priority: "emergency"}, Progress{Sent: 3, Step: 2, At: noon, Failures: 1}, 0, minute(0.5), false},
		"never later than the last would repeat":  {Alarm{Priority: "emergency"}, Progress{Sent: 99, Step: 2, At: noon, Failures: 97}, 0, minute(10), false},
		"once is once":                            {Alarm{Priority: "urgent", Once: true}, Progress{Sent: 1, At: noon}, 0, noon, true},
		"once again when nobody was reached":      {Alarm{Priority: "urgent", Once: true}, Progress{Sent: 1, At: noon, Failures: 1}, 0, minute(0.5), false},
		"once is given up in the end":             {Alarm{Priority: "urgent", Once: true}, Progress{Sent: 10, At: noon, Failures: MostOnce}, 0, noon, true},
		"a step that the ladder no longer has":    {Alarm{Priority: "emergency"}, Progress{Sent: 9, Step: 7, At: noon}, 2, minute(10), false},
		"a step that is not for the priority now": {Alarm{Priority: "urgent"}, Progress{Sent: 3, Step: 2, At: noon}, 1, minute(10), false},
	} {
		c.alarm.From = noon
		got, ok := three().Next(c.alarm, c.done, noon, nil)
		if ok == c.none || ok && (got.Step != c.step || !got.At.Equal(c.at)) {
			t.Errorf("%s: %+v, %v, want step %d at %v", name, got, ok, c.step, c.at)
		}
	}
}

func TestNobodyIsNextWithoutAnybody(t *testing.T) {
	for name, l := range map[string]Ladder{"no steps": {}, "a step without contacts": {Steps: []Step{{Priorities: all}}}} {
		if d, ok := l.Next(Alarm{Priority: "emergency", From: noon}, Progress{}, noon, nil); ok {
			t.Errorf("%s: %+v", name, d)
		}
		if l.Wakes(agent.PriorityEmergency) {
			t.Errorf("%s: wakes somebody", name)
		}
	}
}

// houston is open from 8 to 12 and 13 to 17 on weekdays.
func houston(t testing.TB) *clinic.Profile {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	p := &clinic.Profile{ID: "sunrise", Name: "Sunrise", Zone: zone, Location: []clinic.Location{{ID: "main"}}}
	for w := time.Monday; w <= time.Friday; w++ {
		p.Location[0].Hours[w] = []clinic.Interval{{Open: 8 * 60, Close: 12 * 60}, {Open: 13 * 60, Close: 17 * 60}}
	}
	return p
}

func TestWhatCanWaitWaitsForACalmHour(t *testing.T) {
	p := houston(t)
	on := func(day, hour, min int) time.Time { return time.Date(2030, 11, day, hour, min, 0, 0, p.Zone) }
	l := three()
	for name, c := range map[string]struct {
		quiet    *clinic.Interval
		at, want time.Time
	}{
		"open":                        {nil, on(4, 10, 0), on(4, 10, 0)},
		"over lunch":                  {nil, on(4, 12, 30), on(4, 13, 0)},
		"at night":                    {nil, on(4, 20, 0), on(5, 8, 0)},
		"on Friday evening":           {nil, on(8, 18, 0), on(11, 8, 0)},
		"a quiet early morning":       {&clinic.Interval{Open: 21 * 60, Close: 9 * 60}, on(4, 20, 0), on(5, 9, 0)},
		"quiet over lunch and beyond": {&clinic.Interval{Open: 11 * 60, Close: 14 * 60}, on(4, 11, 30), on(4, 14, 0)},
		"quiet until the next day":    {&clinic.Interval{Open: 15 * 60, Close: 8 * 60}, on(4, 16, 0), on(5, 8, 0)},
		"the night before the change": {nil, on(2, 20, 0), on(4, 8, 0)}, // the clocks go back on the 3rd
	} {
		l.Quiet = c.quiet
		d, ok := l.Next(Alarm{Priority: "routine", From: c.at}, Progress{}, c.at, p)
		if !ok || !d.At.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, d.At.In(p.Zone), c.want)
		}
		if d, _ := l.Next(Alarm{Priority: "urgent", From: c.at}, Progress{}, c.at, p); !d.At.Equal(c.at) {
			t.Errorf("%s: urgent waits until %v", name, d.At)
		}
		if d, _ := l.Next(Alarm{Priority: "unknown to us", From: c.at}, Progress{}, c.at, p); !d.At.Equal(c.at) {
			t.Errorf("%s: what is unknown waits until %v", name, d.At)
		}
	}
	// What was due while nobody looked does not ring at night.
	l.Quiet = nil
	if d, _ := l.Next(Alarm{Priority: "routine", From: on(4, 16, 0)}, Progress{}, on(4, 22, 0), p); !d.At.Equal(on(5, 8, 0)) {
		t.Errorf("a late look: %v", d.At)
	}
}

func TestQuietHoursThatNeverEndDoNotHang(t *testing.T) {
	p, l := houston(t), three()
	l.Quiet = &clinic.Interval{Open: 7 * 60, Close: 18 * 60}
	if d, ok := l.Next(Alarm{Priority: "routine", From: noon}, Progress{}, noon, p); !ok || d.At.Before(noon) {
		t.Errorf("%+v, %v", d, ok)
	}
}

// anyLadder is one with a step for emergencies.
func anyLadder(t *rapid.T) Ladder {
	l := Ladder{Repeat: time.Duration(rapid.IntRange(1, 60).Draw(t, "repeat")) * time.Minute}
	after := time.Duration(0)
	for i := range rapid.IntRange(1, 6).Draw(t, "steps") {
		if i > 0 {
			after += time.Duration(rapid.IntRange(1, 40).Draw(t, "gap")) * 30 * time.Second
		}
		step := Step{To: to("someone"), After: after, Priorities: rapid.SampledFrom([][]agent.Priority{
			emergency, pressing, all, {agent.PriorityRoutine}, {agent.PriorityUrgent},
		}).Draw(t, "priorities")}
		l.Steps = append(l.Steps, step)
	}
	last := &l.Steps[len(l.Steps)-1]
	if !l.Wakes(agent.PriorityEmergency) {
		last.Priorities = all
	}
	return l
}

func TestALadderIsNeverSilentAndNeverRushes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLadder(t)
		a := Alarm{Priority: agent.PriorityEmergency, From: noon}
		steps := l.steps(a.Priority)
		var p Progress
		now := noon.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "late")) * time.Minute) // no console ran
		until := noon.Add(24 * time.Hour)
		acknowledged := noon.Add(time.Duration(rapid.IntRange(0, 48*60).Draw(t, "acknowledged")) * time.Minute)
		longest := l.repeat()
		for _, s := range l.Steps {
			longest = max(longest, s.After)
		}
		reachedAll := map[int]bool{}
		for now.Before(until) {
			a.Acknowledged = !now.Before(acknowledged)
			d, ok := l.Next(a, p, now, nil)
			if a.Acknowledged {
				if ok {
					t.Fatalf("pages after the acknowledgement: %+v", d)
				}
				return
			}
			if !ok {
				t.Fatal("silent while an emergency waits")
			}
			if !slices.Contains(steps, d.Step) {
				t.Fatalf("step %d is not for emergencies", d.Step)
			}
			if p.Sent > 0 {
				if d.At.Before(p.At.Add(Gap)) {
					t.Fatalf("two steps at once: %v after %v", d.At, p.At)
				}
				if d.At.After(p.At.Add(longest)) {
					t.Fatalf("silent for longer than %v: %v after %v", longest, d.At, p.At)
				}
				if d.Step < p.Step && p.Failures == 0 {
					t.Fatalf("goes down from step %d to %d while pages arrive", p.Step, d.Step)
				}
				if again, _ := l.Next(a, p, now.Add(time.Hour), nil); again != d {
					t.Fatalf("what is next depends on when it is asked: %+v and %+v", d, again)
				}
			}
			if d.At.After(now) {
				now = d.At
			}
			if !now.Before(acknowledged) {
				continue
			}
			reachedAll[d.Step] = true
			failures := 0
			if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
				failures = p.Failures + 1
			}
			p = Progress{Sent: p.Sent + 1, Step: d.Step, At: now, Failures: failures, Missed: rapid.Bool().Draw(t, "missed")}
		}
		for _, s := range steps {
			if !reachedAll[s] {
				t.Fatalf("step %d was never taken in a day", s)
			}
		}
	})
}

func TestRoutineNeverRingsInQuietOrClosedHours(t *testing.T) {
	p := houston(t)
	rapid.Check(t, func(t *rapid.T) {
		l := three()
		from, to := rapid.IntRange(0, 1439).Draw(t, "from"), rapid.IntRange(0, 1439).Draw(t, "to")
		open := 0 // minutes of a day that are open and not quiet
		for m := range 1440 {
			quiet := from <= to && m >= from && m < to || from > to && (m >= from || m < to)
			if !quiet && (m >= 480 && m < 720 || m >= 780 && m < 1020) {
				open++
			}
		}
		if from == to || open == 0 {
			t.Skip("never")
		}
		l.Quiet = &clinic.Interval{Open: from, Close: to}
		now := noon.Add(time.Duration(rapid.IntRange(0, 60*24*200).Draw(t, "now")) * time.Minute)
		d, ok := l.Next(Alarm{Priority: "routine", From: noon}, Progress{}, now, p)
		local := d.At.In(p.Zone)
		m := local.Hour()*60 + local.Minute()
		quiet := from < to && m >= from && m < to || from > to && (m >= from || m < to)
		if !ok || d.At.Before(now) || quiet || !p.OpenNow(d.At) {
			t.Fatalf("asked at %v it rings at %v, quiet %v", now.In(p.Zone), local, quiet)
		}
	})
}

func TestAContactsIDTellsNothingOfIt(t *testing.T) {
	c := Contact{Via: Webhook, To: "https://hooks.example/T0KEN"}
	if id := c.ID(); len(id) != 16 || id == (Contact{Via: Email, To: c.To}).ID() {
		t.Errorf("id %q", id)
	}
}

func TestAPlanFallsBackToTheLadderOfOthers(t *testing.T) {
	own, others := three(), Ladder{Repeat: time.Hour}
	p := Plan{"sunrise": own, Others: others}
	if l, ok := p.For("sunrise"); !ok || len(l.Steps) != 3 {
		t.Error("its own ladder is not used")
	}
	if l, ok := p.For("sunset"); !ok || l.Repeat != time.Hour {
		t.Error("that of others is not used")
	}
	if _, ok := (Plan{"sunrise": own}).For("sunset"); ok {
		t.Error("a ladder out of nowhere")
	}
	own.Owner = to("owner")
	if got := own.Owners(); len(got) != 1 || got[0].To != "owner@clinic.example" {
		t.Errorf("owners %v", got)
	}
	if got := three().Owners(); len(got) != 1 || got[0].To != "desk@clinic.example" {
		t.Errorf("without an owner %v", got)
	}
	if n := len(own.Contacts()); n != 4 {
		t.Errorf("%d contacts", n)
	}
}
