package inbox

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"recado/agent"
	"recado/agent/clinic"
)

// hoursOf is a clinic in Houston with the same hours from Monday to Friday.
func hoursOf(t testing.TB, intervals ...clinic.Interval) *clinic.Profile {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	var week clinic.Week
	for day := time.Monday; day <= time.Friday; day++ {
		week[day] = intervals
	}
	return &clinic.Profile{Zone: zone, Location: []clinic.Location{{ID: "main", Hours: week}}}
}

const hour = 60 // minutes

func TestTimeRunsWhileTheClinicIsOpen(t *testing.T) {
	split := hoursOf(t, clinic.Interval{Open: 8 * hour, Close: 12 * hour}, clinic.Interval{Open: 13 * hour, Close: 17 * hour})
	holiday := hoursOf(t, clinic.Interval{Open: 8 * hour, Close: 17 * hour})
	holiday.Holidays = []clinic.Holiday{{Rule: clinic.HolidayRule{Month: time.November, Weekday: time.Thursday, Nth: 4}}}
	two := hoursOf(t, clinic.Interval{Open: 8 * hour, Close: 12 * hour})
	two.Location = append(two.Location, clinic.Location{ID: "west", Hours: hoursOf(t, clinic.Interval{Open: 10 * hour, Close: 15 * hour}).Location[0].Hours})
	night := hoursOf(t, clinic.Interval{Open: 0, Close: 4 * hour})
	night.Location[0].Hours[time.Sunday] = []clinic.Interval{{Open: 0, Close: 4 * hour}}

	for name, test := range map[string]struct {
		clinic     *clinic.Profile
		from, want string
		d          time.Duration
	}{
		"within a shift":               {split, "2026-11-24 09:00", "2026-11-24 11:00", 2 * time.Hour},
		"over lunch":                   {split, "2026-11-24 11:00", "2026-11-24 14:00", 2 * time.Hour},
		"to the end of a shift":        {split, "2026-11-24 11:00", "2026-11-24 12:00", time.Hour},
		"from lunch":                   {split, "2026-11-24 12:30", "2026-11-24 14:00", time.Hour},
		"over night":                   {split, "2026-11-24 16:30", "2026-11-25 08:30", time.Hour},
		"from the night":               {split, "2026-11-24 23:15", "2026-11-25 09:00", time.Hour},
		"over the weekend":             {split, "2026-11-27 16:00", "2026-11-30 10:00", 3 * time.Hour},
		"over several days":            {split, "2026-11-23 08:00", "2026-11-24 17:00", 16 * time.Hour},
		"over a holiday":               {holiday, "2026-11-25 16:00", "2026-11-27 09:00", 2 * time.Hour},
		"at either of two places":      {two, "2026-11-24 09:00", "2026-11-24 15:00", 6 * time.Hour},
		"when the clock skips":         {night, "2027-03-14 01:00", "2027-03-15 01:00", 3 * time.Hour}, // 2:00 to 3:00 is not there
		"when the clock comes twice":   {night, "2026-11-01 00:00", "2026-11-01 04:00", 5 * time.Hour}, // 1:00 to 2:00 is there twice
		"without a clinic":             {nil, "2026-11-28 09:00", "2026-11-28 11:00", 2 * time.Hour},
		"where it never opens":         {hoursOf(t), "2026-11-28 09:00", "2026-11-28 11:00", 2 * time.Hour},
		"no time at all":               {split, "2026-11-24 09:30", "2026-11-24 09:30", 0},
		"no time at all, and at night": {split, "2026-11-24 20:00", "2026-11-25 08:00", 0},
	} {
		t.Run(name, func(t *testing.T) {
			zone := split.Zone
			from, err := time.ParseInLocation("2006-01-02 15:04", test.from, zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := OpenTime(test.clinic, from.UTC(), test.d).In(zone).Format("2006-01-02 15:04"); got != test.want {
				t.Errorf("%s and %s of open hours is %s, want %s", test.from, test.d, got, test.want)
			}
		})
	}
}

// A longer time never ends earlier, and a later begin never either.
func TestOpenTimeGrows(t *testing.T) {
	p := hoursOf(t, clinic.Interval{Open: 8 * hour, Close: 12 * hour}, clinic.Interval{Open: 13 * hour, Close: 17 * hour})
	begin := time.Date(2026, 10, 20, 0, 0, 0, 0, p.Zone)
	rapid.Check(t, func(t *rapid.T) {
		from := begin.Add(time.Duration(rapid.IntRange(0, 60*24*30).Draw(t, "minutes")) * time.Minute)
		d := time.Duration(rapid.IntRange(0, 40*60).Draw(t, "open minutes")) * time.Minute
		end := OpenTime(p, from, d)
		if end.Before(from.Add(d)) {
			t.Fatalf("%s and %s ends at %s, before it can", from, d, end)
		}
		if OpenTime(p, from, d+time.Minute).Before(end) || OpenTime(p, from.Add(time.Minute), d).Before(end) {
			t.Fatalf("%s and %s ends at %s, and more of it ends earlier", from, d, end)
		}
	})
}

func TestOnlyWhatCanWaitWaitsForTheClinicToOpen(t *testing.T) {
	p := NewPolicy(hoursOf(t, clinic.Interval{Open: 8 * hour, Close: 17 * hour}))
	saturday := time.Date(2026, 11, 28, 21, 0, 0, 0, p.Hours.Zone)
	for priority, waits := range map[agent.Priority]bool{
		agent.PriorityEmergency: false, agent.PriorityUrgent: false, "new": false,
		agent.PriorityRoutine: true, agent.PriorityRequest: true,
	} {
		ack, due := p.Due(priority, saturday)
		monday := time.Date(2026, 11, 30, 8, 0, 0, 0, p.Hours.Zone)
		if ack.After(monday) != waits || !due.After(ack) {
			t.Errorf("%s of Saturday night: acknowledged until %s, resolved until %s", priority, ack, due)
		}
	}
	p.Targets = map[agent.Priority]Target{agent.PriorityEmergency: {Acknowledge: time.Minute, Resolve: time.Hour, OpenHours: true}}
	if ack, _ := p.Due(agent.PriorityEmergency, saturday); !ack.Equal(saturday.Add(time.Minute)) {
		t.Errorf("a setting makes an emergency wait until %s", ack)
	}
}

func TestARoundTellsWhichClockRanOut(t *testing.T) {
	r := Round{Opened: at(0), AckDue: at(15), Due: at(120)}
	check := func(what string, r Round, now int, want ...Clock) {
		t.Helper()
		got := r.Late(at(now))
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
	}
	check("in time", r, 15)
	check("nobody took it", r, 16, ClockAcknowledge)
	check("nobody did anything", r, 121, ClockAcknowledge, ClockResolve)
	r.Acknowledged = at(10)
	check("taken in time", r, 60)
	check("taken and left", r, 121, ClockResolve)
	r.Resolved = at(100)
	check("done in time", r, 10_000)
	r.Acknowledged, r.Resolved = at(16), at(130)
	check("done late", r, 10_000, ClockAcknowledge, ClockResolve)
}
