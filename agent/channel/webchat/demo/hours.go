package demo

import (
	"fmt"
	"slices"
	"time"

	"recado/agent/clinic"
)

// line is the hours of some days in a row.
type line struct {
	Days  string
	Hours []string // of one shift each
	Today bool
}

var (
	dayNames = map[string][7]string{
		"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		"es": {"Domingo", "Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado"},
	}
	through = map[string]string{"en": " – ", "es": " a "}
	closed  = map[string]string{"en": "Closed", "es": "Cerrado"}
)

// week is the hours of the week that today is in the middle of, Monday first,
// as holidays and seasons make them; days in a row with the same hours are one
// line.
func week(p *clinic.Profile, l *clinic.Location, now time.Time, lang string) []line {
	today := clinic.DateOf(now.In(p.Zone))
	monday := today.AddDays(-(int(today.Weekday()) + 6) % 7)
	var out []line
	var first, last int
	var before []clinic.Interval
	for i := range 7 {
		d := monday.AddDays(i)
		hours := p.On(l, d).Intervals
		if i > 0 && slices.Equal(hours, before) {
			last = i
		} else {
			first, last = i, i
			out = append(out, line{})
		}
		before = hours
		at := &out[len(out)-1]
		at.Days = dayNames[lang][(first+1)%7]
		if last > first {
			at.Days += through[lang] + lower(dayNames[lang][(last+1)%7], lang)
		}
		at.Hours, at.Today = written(hours, lang), at.Today || d == today
	}
	return out
}

func written(hours []clinic.Interval, lang string) []string {
	if len(hours) == 0 {
		return []string{closed[lang]}
	}
	var shifts []string
	for _, h := range hours {
		shifts = append(shifts, clock(h.Open, lang)+" – "+clock(h.Close, lang))
	}
	return shifts
}

// clock is a time of day in minutes: 5:30 PM, 5:30 p. m.
func clock(m int, lang string) string {
	half := map[string][2]string{"en": {"AM", "PM"}, "es": {"a. m.", "p. m."}}[lang]
	hour := m / 60 % 24
	at := 0
	if hour >= 12 {
		at = 1
	}
	return fmt.Sprintf("%d:%02d\u00a0%s", (hour+11)%12+1, m%60, half[at])
}

// lower writes a day in the middle of a line as the language does.
func lower(day, lang string) string {
	if lang == "en" {
		return day
	}
	return string(day[0]+'a'-'A') + day[1:]
}
