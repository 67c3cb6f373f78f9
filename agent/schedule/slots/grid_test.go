package slots_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/slots"
)

// sol is a clinic in a zone with these hours, and more of the profile.
func sol(t testing.TB, zone, hours, rest string) *clinic.Profile {
	t.Helper()
	p, err := clinic.Parse("sol.yaml", []byte(fmt.Sprintf(`id: sol
name: Sol
zone: %s
phone: (713) 555-0142
links: {secure: https://sol.example/private}
languages: [en, es]
locations:
  - {id: main, name: Main, address: 1 Main Street, hours: {%s}}
booking:
  kind: embedded
  notice: 2 hours
  ahead: 30 days
  visits:
    - {id: short, name: {en: short, es: corta}, length: 20 min}
    - {id: long, name: {en: long, es: larga}, length: 1 hour, new: true}
%s`, zone, hours, rest)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func date(s string) clinic.Date {
	d, err := clinic.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// times are the starts on the wall, the first and the last where there are
// many, and their number.
func times(zone *time.Location, day []schedule.Slot) string {
	if len(day) == 0 {
		return "none"
	}
	wall := func(s schedule.Slot) string { return s.Start.In(zone).Format("15:04 MST") }
	return fmt.Sprintf("%d: %s to %s", len(day), wall(day[0]), wall(day[len(day)-1]))
}

func TestTimesFollowTheClinicsHours(t *testing.T) {
	const week = `"mon-fri": "8:00-12:00, 13:00-17:30", sat: "9:00-9:50", sun: closed`
	const always = `"mon-sun": "0:00-24:00"`
	holidays := "holidays:\n  - us: [christmas]\n  - {us: christmas_eve, hours: \"8:00-10:00\"}\nseasons:\n  - {name: {en: summer, es: verano}, from: june 1, to: july 31, hours: {mon: \"7:00-8:00\"}}\n"
	for name, test := range map[string]struct {
		zone, hours, visit, on string
		want                   string
	}{
		"a split shift":                     {"America/Chicago", week, "short", "2026-12-01", "25: 08:00 CST to 17:00 CST"},
		"a long visit in a split shift":     {"America/Chicago", week, "long", "2026-12-01", "8: 08:00 CST to 16:00 CST"},
		"what is left is too short":         {"America/Chicago", week, "short", "2026-12-05", "2: 09:00 CST to 09:20 CST"},
		"shorter than the visit":            {"America/Chicago", week, "long", "2026-12-05", "none"},
		"a closed day":                      {"America/Chicago", week, "short", "2026-12-06", "none"},
		"a holiday":                         {"America/Chicago", week, "short", "2026-12-25", "none"},
		"a holiday with hours":              {"America/Chicago", week, "short", "2026-12-24", "6: 08:00 CST to 09:40 CST"},
		"a season":                          {"America/Chicago", week, "short", "2026-06-01", "3: 07:00 CDT to 07:40 CDT"},
		"a season's closed day":             {"America/Chicago", week, "short", "2026-06-02", "none"},
		"the last day of the year":          {"America/Chicago", always, "short", "2026-12-31", "72: 00:00 CST to 23:40 CST"},
		"until midnight":                    {"America/Chicago", `sun: "22:00-24:00"`, "short", "2026-11-29", "6: 22:00 CST to 23:40 CST"},
		"the clocks go forward":             {"America/Chicago", always, "short", "2026-03-08", "69: 00:00 CST to 23:40 CDT"},
		"the clocks go back":                {"America/Chicago", always, "short", "2026-11-01", "75: 00:00 CDT to 23:40 CST"},
		"opens in the hour that is skipped": {"America/Chicago", `sun: "2:00-5:00"`, "short", "2026-03-08", "6: 03:00 CDT to 04:40 CDT"},
		"ends in the hour that is skipped":  {"America/Chicago", `sun: "1:00-2:30"`, "short", "2026-03-08", "4: 01:00 CST to 03:00 CDT"},
		"open over the hour that is double": {"America/Chicago", `sun: "0:00-3:00"`, "long", "2026-11-01", "4: 00:00 CDT to 02:00 CST"},
		"a zone without such days":          {"America/Phoenix", always, "short", "2026-03-08", "72: 00:00 MST to 23:40 MST"},
		"clocks that change at midnight":    {"America/Havana", always, "short", "2026-03-08", "69: 01:00 CDT to 23:40 CDT"},
		"the leap day":                      {"America/Chicago", always, "long", "2028-02-29", "24: 00:00 CST to 23:00 CST"},
		"an unknown visit":                  {"America/Chicago", always, "none", "2026-12-01", "none"},
	} {
		p := sol(t, test.zone, test.hours, holidays)
		if got := times(p.Zone, slots.New(p).Day(test.visit, date(test.on))); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestNoTwoTimesOfAPlaceOverlapOnAnyDay(t *testing.T) {
	p := sol(t, "America/Chicago", `"mon-sun": "0:00-3:30, 3:30-24:00"`, "")
	g := slots.New(p)
	for _, visit := range []string{"short", "long"} {
		var last time.Time
		ids := map[string]bool{}
		for d := date("2026-01-01"); d.Year == 2026; d = d.AddDays(1) {
			for _, s := range g.Day(visit, d) {
				if s.Start.Before(last) || ids[s.ID] || clinic.DateOf(s.Start.In(p.Zone)) != d {
					t.Fatalf("%s: %s begins before %s, has another's id or is of another day", visit, s.Start, last)
				}
				if row, ok := g.Find(s.ID, 1); !ok || row[0] != s {
					t.Fatalf("%s is not found by its id: %+v", s.Start, row)
				}
				last, ids[s.ID] = s.End, true
			}
		}
	}
}

func TestAProviderSeesPatientsOnTheirDaysAndAtTheirPlaces(t *testing.T) {
	p := sol(t, "America/Chicago", `"mon-fri": "8:00-10:00"`, `providers:
  - {name: Dr. A, role: {en: a1, es: a2}, accepting: true, days: [mon, tue]}
  - {name: Dr. B, role: {en: b1, es: b2}, accepting: false, days: tue, locations: [main]}
  - {name: Dr. C, role: {en: c1, es: c2}, accepting: true, days: fri}
`)
	p.Location = append(p.Location, clinic.Location{ID: "east", Hours: clinic.Week{time.Friday: {{Open: 600, Close: 660}}}})
	p.Providers[2].Location = []string{"east"}
	g := slots.New(p)
	for _, test := range []struct{ visit, on, want string }{
		{"short", "2026-11-30", "6 Dr. A main"},
		{"short", "2026-12-01", "6 Dr. A main, 6 Dr. B main"},
		{"long", "2026-12-01", "2 Dr. A main"}, // Dr. B takes no new patients
		{"short", "2026-12-02", ""},
		{"short", "2026-12-04", "3 Dr. C east"},
	} {
		count := map[string]int{}
		for _, s := range g.Day(test.visit, date(test.on)) {
			count[s.Provider+" "+s.Location]++
		}
		var got []string
		for _, who := range []string{"Dr. A main", "Dr. A east", "Dr. B main", "Dr. C main", "Dr. C east"} {
			if count[who] > 0 {
				got = append(got, fmt.Sprint(count[who], " ", who))
			}
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%s on %s: %s, want %s", test.visit, test.on, s, test.want)
		}
	}
	p.Booking.Visits[0].Providers = []string{"Dr. B"}
	for _, s := range slots.New(p).Day("short", date("2026-12-01")) {
		if s.Provider != "Dr. B" {
			t.Errorf("%s gives a visit that is Dr. B's", s.Provider)
		}
	}
	if slots.Resource("Dr. A", "main") != slots.Resource("Dr. A", "east") || slots.Resource("", "main") == slots.Resource("", "east") {
		t.Error("a provider can be at two places at once, or two places are one")
	}
}

func TestASearchStaysWithinNoticeAndHorizon(t *testing.T) {
	p := sol(t, "America/Chicago", `"mon-sun": "0:00-24:00"`, "")
	g := slots.New(p)
	now := date("2026-12-15").At(10*60, p.Zone)
	find := func(q schedule.Query) []schedule.Slot {
		q.Visit = "short"
		s := g.Search(q, now)
		first, last, ok := s.Days()
		var all []schedule.Slot
		for d := first; ok && d.Compare(last) <= 0; d = d.AddDays(1) {
			all = append(all, s.On(d, func(schedule.Slot) bool { return false })...)
		}
		return all
	}
	all := find(schedule.Query{})
	if !all[0].Start.Equal(now.Add(2*time.Hour)) || !all[len(all)-1].Start.Equal(now.Add(30*24*time.Hour-20*time.Minute)) {
		t.Errorf("from %s to %s", all[0].Start, all[len(all)-1].Start)
	}
	midnight := date("2026-12-20").In(p.Zone)
	if all := find(schedule.Query{From: midnight, To: midnight.Add(24 * time.Hour)}); len(all) != 72 {
		t.Errorf("a day has %d times", len(all))
	}
	if all := find(schedule.Query{From: midnight, To: midnight.Add(24 * time.Hour), Part: [2]int{23 * 60, 24 * 60}, Seats: 2}); len(all) != 2 {
		t.Errorf("before midnight: %d times", len(all)) // 23:40 has no second seat on its day
	}
	if all := find(schedule.Query{To: now}); len(all) != 0 {
		t.Errorf("before now: %d times", len(all))
	}
	p.Booking.Ahead = time.Hour
	if _, _, ok := slots.New(p).Search(schedule.Query{Visit: "short"}, now).Days(); ok {
		t.Error("a horizon within the notice leaves days")
	}
}

func TestWhatIsNoIDIsNotFound(t *testing.T) {
	p := sol(t, "America/Chicago", `"mon-sun": "0:00-24:00"`, "")
	g := slots.New(p)
	slot := g.Day("short", date("2026-12-01"))[0]
	for _, id := range []string{"", "short", slot.ID + "0", strings.Replace(slot.ID, ".", "..", 1),
		"short.-1.00", "short.zzzzzzzzzzzzz.00", strings.Repeat("a", 200) + ".1.1", "short.0.0"} {
		if row, ok := g.Find(id, 1); ok {
			t.Errorf("%q is %+v", id, row)
		}
	}
	if _, ok := g.Find(slot.ID, slots.MaxSeats+1); ok {
		t.Error("more seats than may be")
	}
	if row, ok := g.Find(slot.ID, 3); !ok || len(row) != 3 {
		t.Errorf("three seats are %d", len(row))
	}
}
