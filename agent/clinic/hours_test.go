package clinic

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// with is the least profile with more fields.
func with(t testing.TB, hours, more string) *Profile {
	t.Helper()
	text := strings.Replace(least, "mon-fri: 8:00-17:00", hours, 1) + more
	p, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func clock(t testing.TB, p *Profile, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, p.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// told is a status in a few words.
func told(s Status) string {
	write := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.Format("2006-01-02 15:04")
	}
	if s.Open {
		return "open until " + write(s.Closes)
	}
	return "closed until " + write(s.Opens)
}

const calendar = `holidays:
  - us: [thanksgiving, christmas]
  - us: christmas_eve
    hours: 8:00-12:00
  - name: {en: inventory, es: inventario}
    date: 2026-12-24
    hours: 10am-noon
  - name: {en: staff day, es: día del personal}
    rule: 2 days before thanksgiving
    hours: 9am-1pm
seasons:
  - name: {en: winter hours, es: horario de invierno}
    from: december 26
    to: january 10
    hours:
      mon-fri: 10:00-15:00
`

func TestStatusFollowsShiftsHolidaysAndSeasons(t *testing.T) {
	p := with(t, "{mon-thu: '8:00-12:00, 13:00-17:30', fri: 8am-noon}", calendar)
	for now, want := range map[string]string{
		"2026-11-18 07:59": "closed until 2026-11-18 08:00",
		"2026-11-18 08:00": "open until 2026-11-18 12:00",
		"2026-11-18 11:59": "open until 2026-11-18 12:00",
		"2026-11-18 12:00": "closed until 2026-11-18 13:00",
		"2026-11-18 13:00": "open until 2026-11-18 17:30",
		"2026-11-18 17:30": "closed until 2026-11-19 08:00",
		"2026-11-20 12:00": "closed until 2026-11-23 08:00",
		"2026-11-24 09:30": "open until 2026-11-24 13:00", // two days before Thanksgiving
		"2026-11-25 18:00": "closed until 2026-11-27 08:00",
		"2026-11-26 10:00": "closed until 2026-11-27 08:00",
		"2026-12-24 09:00": "closed until 2026-12-24 10:00", // the year's own entry goes first
		"2027-12-24 09:00": "open until 2027-12-24 12:00",
		"2026-12-24 12:00": "closed until 2026-12-28 10:00",
		"2027-01-04 09:00": "closed until 2027-01-04 10:00", // the season passes New Year
		"2027-01-10 12:00": "closed until 2027-01-11 08:00",
	} {
		if got := told(p.Status(p.Place(""), clock(t, p, now))); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}

func TestADaySaysWhyItsHoursDiffer(t *testing.T) {
	p := with(t, "mon-fri: 8:00-17:00", calendar)
	l := p.Place("")
	if d := p.On(l, Date{2026, 11, 26}); d.Holiday == nil || d.Holiday.Name.ES != "Acción de Gracias" || len(d.Intervals) != 0 {
		t.Errorf("Thanksgiving: %+v", d)
	}
	if d := p.On(l, Date{2026, 12, 28}); d.Season == nil || d.Holiday != nil || fmt.Sprint(d.Intervals) != "[{600 900}]" {
		t.Errorf("winter: %+v", d)
	}
	if d := p.On(l, Date{2026, 11, 18}); d.Season != nil || d.Holiday != nil || fmt.Sprint(d.Intervals) != "[{480 1020}]" {
		t.Errorf("a common day: %+v", d)
	}
}

func TestHoursAreThoseOnTheWallWhenTheClocksChange(t *testing.T) {
	p := with(t, "sun: 1:00-4:00", "")
	l := p.Place("")
	spring := clock(t, p, "2026-03-08 01:30") // 2:00 is skipped
	if s := p.Status(l, spring); !s.Open || s.Closes.Sub(spring) != 90*time.Minute || s.Closes.Format("15:04 MST") != "04:00 CDT" {
		t.Errorf("spring: %v in %v", told(s), s.Closes.Sub(spring))
	}
	autumn := clock(t, p, "2026-11-01 00:30") // 1:00 comes twice
	if s := p.Status(l, autumn); s.Open || s.Opens.Sub(autumn) != 30*time.Minute {
		t.Errorf("autumn: %v", told(s))
	}
	open := autumn.Add(90 * time.Minute) // the second 1:00
	if s := p.Status(l, open); !s.Open || s.Closes.Sub(open) != 3*time.Hour || s.Closes.Format("15:04 MST") != "04:00 CST" {
		t.Errorf("the second one o'clock: %v in %v", told(s), s.Closes.Sub(open))
	}
}

func TestTheClinicsZoneCountsAndNotTheCallers(t *testing.T) {
	p := with(t, "mon-fri: 8:00-17:00", "")
	now := clock(t, p, "2026-11-18 16:30").UTC()
	if got := told(p.Status(p.Place(""), now)); got != "open until 2026-11-18 17:00" {
		t.Error(got)
	}
}

func TestHoursGoOnOverMidnight(t *testing.T) {
	p := with(t, "{mon: 18:00-24:00, tue: '0:00-6:00, 20:00-22:00', wed: 12am-midnight}", "")
	for now, want := range map[string]string{
		"2026-11-16 23:00": "open until 2026-11-17 06:00",
		"2026-11-17 00:00": "open until 2026-11-17 06:00",
		"2026-11-18 10:00": "open until 2026-11-19 00:00",
	} {
		if got := told(p.Status(p.Place(""), clock(t, p, now))); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
	always := with(t, "daily: 24 hours", "")
	if got := told(always.Status(always.Place(""), clock(t, always, "2026-11-16 23:00"))); got != "open until never" {
		t.Error(got)
	}
	shut := with(t, "daily: closed", "")
	if got := told(shut.Status(shut.Place(""), clock(t, shut, "2026-11-16 23:00"))); got != "closed until never" {
		t.Error(got)
	}
}

func TestAHolidayOfOneLocationLeavesTheOtherOpen(t *testing.T) {
	p := with(t, "mon-fri: 8:00-17:00", "  - {id: west, name: West, address: 2 West, hours: {mon-fri: '9:00-18:00'}}\nholidays:\n  - {us: juneteenth, locations: [main]}\n")
	now := clock(t, p, "2026-06-19 10:00")
	if p.Status(p.Place("main"), now).Open || !p.Status(p.Place("west"), now).Open || !p.OpenNow(now) {
		t.Error("the holiday of one location touches the other")
	}
	if p.Place("east") != nil {
		t.Error("an unknown location was found")
	}
	if got := p.NextOpening(clock(t, p, "2026-06-19 07:00")); got.Format("15:04") != "09:00" {
		t.Errorf("next opening of the clinic: %v", got)
	}
	if got := p.NextOpening(now); !got.IsZero() {
		t.Errorf("next opening while open: %v", got)
	}
}

func TestHolidayRulesGiveTheirDates(t *testing.T) {
	for rule, want := range map[string]string{
		"4th thursday of november":           "2026-11-26",
		"the fourth Thursday of November":    "2026-11-26",
		"thanksgiving":                       "2026-11-26",
		"day after thanksgiving":             "2026-11-27",
		"the day after 4th thursday of nov":  "2026-11-27",
		"last monday of may":                 "2026-05-25",
		"first monday in september":          "2026-09-07",
		"3rd monday of january":              "2026-01-19",
		"december 24":                        "2026-12-24",
		"24 december":                        "2026-12-24",
		"dec 24, 2026":                       "2026-12-24",
		"2026-12-24":                         "2026-12-24",
		"easter":                             "2026-04-05",
		"good friday":                        "2026-04-03",
		"2 days before easter":               "2026-04-03",
		"day before new year":                "2026-12-31",
		"three days after christmas":         "2026-12-28",
		"new year's eve":                     "2026-12-31",
		"last friday of february":            "2026-02-27",
		"day before the day after christmas": "2026-12-25",
	} {
		r, err := ParseRule(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		d, ok := r.Next(Date{2026, 1, 2})
		if !ok || d.String() != want {
			t.Errorf("%s: %v, want %s", rule, d, want)
		}
		if !r.Falls(d) || r.Falls(d.AddDays(1)) {
			t.Errorf("%s falls on %v and not on the day after: %v %v", rule, d, r.Falls(d), r.Falls(d.AddDays(1)))
		}
	}
	for _, rule := range []string{"", "someday", "32 december", "february 30", "sixth monday of may", "0 days after christmas", "99 days after easter", "monday", "december", "2026-13-01"} {
		if r, err := ParseRule(rule); err == nil {
			t.Errorf("%q was read as %+v", rule, r)
		}
	}
	if d, ok := (HolidayRule{Month: time.February, Day: 29}).Next(Date{2026, 1, 1}); !ok || d.String() != "2028-02-29" {
		t.Errorf("leap day: %v", d)
	}
}

func TestEasterFallsWhereTheChurchSays(t *testing.T) {
	for _, want := range []string{"2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2030-04-21", "2038-04-25", "2285-03-22"} {
		var year int
		fmt.Sscanf(want, "%d", &year)
		if got := easter(year).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestClockTimesAreReadInEveryUsualForm(t *testing.T) {
	for s, want := range map[string]int{
		"8:00": 480, "8am": 480, "8 AM": 480, "8:30 p.m.": 1230, "17:30": 1050, "noon": 720, "12pm": 720, "12am": 0, "12:15am": 15,
		"midnight": 1440, "24:00": 1440, "00:00": 0, "5p": 1020,
	} {
		if got, err := ParseClock(s); err != nil || got != want {
			t.Errorf("%s: %d %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "8", "25:00", "8:60", "13pm", "0am", "24:30", "8:0", "eight"} {
		if got, err := ParseClock(s); err == nil {
			t.Errorf("%q was read as %d", s, got)
		}
	}
}

func TestPricesAreReadAsCents(t *testing.T) {
	for s, want := range map[string][2]int{
		"$45": {4500, 0}, "45": {4500, 0}, "45.50": {4550, 0}, "$1,200": {120000, 0}, "$45-$90": {4500, 9000}, "45 to 90": {4500, 9000}, "free": {0, 0},
	} {
		low, high, err := ParsePrice(s)
		if err != nil || low != want[0] || high != want[1] {
			t.Errorf("%s: %d %d %v", s, low, high, err)
		}
	}
	for _, s := range []string{"", "-5", "45.5", "1e9", "NaN", "$45-$45", "about 3", "1-2-3", "99999999"} {
		if low, _, err := ParsePrice(s); err == nil {
			t.Errorf("%q was read as %d", s, low)
		}
	}
}

// A clinic that says it is closed until a moment opens at that moment and not
// before; one that says it is open until a moment is closed then.
func TestStatusKeepsItsWord(t *testing.T) {
	p := Sample()
	start := clock(t, p, "2026-01-01 00:00")
	rapid.Check(t, func(t *rapid.T) {
		now := start.Add(time.Duration(rapid.IntRange(0, 3*365*24*60).Draw(t, "minute")) * time.Minute)
		l := &p.Location[rapid.IntRange(0, len(p.Location)-1).Draw(t, "location")]
		s := p.Status(l, now)
		change := s.Opens
		if s.Open {
			change = s.Closes
		}
		if change.IsZero() || !change.After(now) {
			t.Fatalf("%s at %v", told(s), now)
		}
		if p.Status(l, change).Open == s.Open {
			t.Fatalf("at %v: %s, and nothing changes then", now, told(s))
		}
		if before := p.Status(l, change.Add(-time.Minute)); before.Open != s.Open {
			t.Fatalf("at %v: %s, and it changes before", now, told(s))
		}
	})
}

func TestDatesAreCountedAcrossMonthsAndClockChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date{2026, 1, 1}.AddDays(rapid.IntRange(-4000, 4000).Draw(t, "day"))
		n := rapid.IntRange(-400, 400).Draw(t, "n")
		e := d.AddDays(n)
		if !e.Valid() || d.DaysTo(e) != n || (e.Compare(d) > 0) != (n > 0) || e.Weekday() != time.Weekday(((int(d.Weekday())+n)%7+7)%7) {
			t.Fatalf("%v + %d = %v", d, n, e)
		}
	})
}
