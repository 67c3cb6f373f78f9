package answer

import (
	"slices"
	"time"

	"recado/agent/clinic"
)

// Limits of what a week's answer adds: exceptions of the days ahead.
const (
	exceptionDays  = 14
	mostExceptions = 2
)

func (s *scene) week() Answer {
	var places []WeekHours
	for _, l := range s.allPlaces() {
		w := WeekHours{Name: l.Name}
		hours, season := s.thisWeek(l)
		if season != nil {
			w.Season = note(season.Name)
		}
		w.Lines = weekLines(hours)
		places = append(places, w)
	}
	alike := true
	for _, w := range places[1:] {
		alike = alike && slices.EqualFunc(w.Lines, places[0].Lines, func(a, b WeekLine) bool {
			return slices.Equal(a.Days, b.Days) && slices.Equal(a.Hours, b.Hours)
		})
	}
	if alike && (len(places) > 1 || len(s.p.Location) == 1) {
		places = places[:1]
		places[0].Name = ""
	}
	return s.known("hours.week", map[string]any{"places": places, "exceptions": s.exceptions()})
}

// thisWeek is the week that holds today: the season's, where there is one.
func (s *scene) thisWeek(l *clinic.Location) (clinic.Week, *clinic.Season) {
	today := clinic.DateOf(s.now)
	for i := range s.p.Seasons {
		season := &s.p.Seasons[i]
		if season.Holds(today) && (len(season.Locations) == 0 || slices.Contains(season.Locations, l.ID)) {
			return season.Hours, season
		}
	}
	return l.Hours, nil
}

// weekLines groups the days of a week by their hours, from Monday on.
func weekLines(w clinic.Week) []WeekLine {
	var lines []WeekLine
	for i := 1; i <= 7; i++ {
		day := time.Weekday(i % 7)
		at := slices.IndexFunc(lines, func(l WeekLine) bool { return slices.Equal(l.Hours, w[day]) })
		if at < 0 {
			lines = append(lines, WeekLine{Hours: w[day]})
			at = len(lines) - 1
		}
		lines[at].Days = append(lines[at].Days, day)
	}
	return lines
}

// exceptions are the holidays of the next days.
func (s *scene) exceptions() []DayHours {
	var out []DayHours
	today := clinic.DateOf(s.now)
	for n := range exceptionDays + 1 {
		d := today.AddDays(n)
		for _, l := range s.allPlaces() {
			if s.p.On(l, d).Holiday == nil {
				continue
			}
			day := DayHours{Date: d, Weekday: d.Weekday(), Places: s.lines(d, false)}
			day.Holiday = shared(day.Places)
			out = append(out, day)
			break
		}
		if len(out) == mostExceptions {
			break
		}
	}
	return out
}
