package answer

import (
	"slices"
	"time"

	"recado/agent/clinic"
	"recado/agent/dates"
)

// PlaceHours is one location's line in an answer about hours.
type PlaceHours struct {
	Name          string // empty where one line speaks for all
	Hours         []clinic.Interval
	Open          bool
	Closes, Opens any // time.Time or nil
	Holiday       any // clinic.Bilingual or nil
}

// DayHours is one day's block in an answer about hours.
type DayHours struct {
	Date    clinic.Date
	Weekday time.Weekday
	Every   bool // every such weekday, not that date
	Holiday any
	Places  []PlaceHours
}

// WeekHours is one location's week.
type WeekHours struct {
	Name   string
	Season any
	Lines  []WeekLine
}

// WeekLine is the days of a week that share their hours.
type WeekLine struct {
	Days  []time.Weekday
	Hours []clinic.Interval
}

// mostDays is how many days one answer lists.
const mostDays = 3

func hours(s *scene) Answer {
	days, at, week := s.asked()
	switch {
	case week:
		return s.week()
	case len(days) == 1 && at >= 0 && !days[0].Every:
		return s.at(days[0].Date, at)
	case len(days) == 1 && !days[0].Every:
		if days[0].Date == clinic.DateOf(s.now) && s.wholeDay() {
			return s.rightNow()
		}
		return s.onDay(days[0].Date)
	case len(days) > 0:
		return s.onDays(days)
	case at >= 0 || s.asksWeek() || hasPart(s.mentions):
		return s.week()
	}
	return general(s.rightNow())
}

// asked reads the days and the time in question. week is true where the
// days are better shown as a week.
func (s *scene) asked() (days []DayHours, at int, week bool) {
	at = -1
	add := func(d clinic.Date, every bool) {
		if len(days) < mostDays {
			days = append(days, DayHours{Date: d, Weekday: d.Weekday(), Every: every})
		}
	}
	for _, m := range s.mentions {
		switch m.Kind {
		case dates.Day:
			if m.Role == dates.From && m.Weekday {
				week = true
			}
			add(m.Day, m.Every)
		case dates.Range:
			if m.Day.DaysTo(m.Last) > 1 {
				week = true
			}
			add(m.Day, m.Every)
			add(m.Last, m.Every)
		case dates.Week:
			week = true
		case dates.Time:
			at = m.Time
			if m.Role == dates.To {
				at = max(0, at-1)
			}
		}
	}
	if len(days) == 0 {
		for _, h := range s.index.holidays.find(s.tokens) {
			if d, ok := s.p.Holidays[h.id].Rule.Next(clinic.DateOf(s.now)); ok {
				add(d, false)
			}
		}
	}
	return days, at, week
}

// asksWeek reports whether the hours of all days were asked for: the schedule
// as such, or which day it is on which the clinic opens or closes some time.
func (s *scene) asksWeek() bool {
	for i, t := range s.tokens {
		switch before := beside(s.tokens, i, -1); {
		case asksWeek[t.Surface] || asksWeek[t.Word]:
			if before != "buenos" && before != "buen" && before != "good" {
				return true // not the days of "buenos días"
			}
		case t.Word == "day" || t.Word == "dia":
			if choosesDay[before] {
				return true
			}
		case comparesTime[t.Surface], t.Surface == "horas" && (before == "las" || before == "sus"):
			return true
		case t.Surface == "tarde" || t.Surface == "temprano":
			if before == "mas" || before == "tan" || before == "muy" {
				return true
			}
		}
	}
	return false
}

func hasPart(mentions []dates.Mention) bool {
	return slices.ContainsFunc(mentions, func(m dates.Mention) bool { return m.Kind == dates.Part })
}

// wholeDay reports whether the day was asked for as such, and not a part of
// it: of today, what is left is then all there is to say.
func (s *scene) wholeDay() bool { return !hasPart(s.mentions) }

// lines are the hours of a date at each place, as one line without a name
// where all places are alike.
func (s *scene) lines(d clinic.Date, every bool) []PlaceHours {
	var out []PlaceHours
	for _, l := range s.allPlaces() {
		on := s.p.On(l, d)
		if every {
			on = s.regular(l, d)
		}
		out = append(out, PlaceHours{Name: l.Name, Hours: on.Intervals, Holiday: holidayName(on.Holiday)})
	}
	for _, o := range out[1:] {
		if !slices.Equal(o.Hours, out[0].Hours) || o.Holiday != out[0].Holiday {
			return out
		}
	}
	if len(s.p.Location) > 1 && len(out) == 1 {
		return out // one of several was asked for: name it
	}
	out[0].Name = ""
	return out[:1]
}

// regular is the hours that a weekday has when it is no holiday.
func (s *scene) regular(l *clinic.Location, d clinic.Date) clinic.DayHours {
	for range 4 {
		if on := s.p.On(l, d); on.Holiday == nil {
			return on
		}
		d = d.AddDays(7)
	}
	return s.p.On(l, d)
}

// shared lifts a holiday that all places have to the day.
func shared(lines []PlaceHours) any {
	for _, l := range lines {
		if l.Holiday != lines[0].Holiday {
			return nil
		}
	}
	return lines[0].Holiday
}

func (s *scene) onDay(d clinic.Date) Answer {
	lines := s.lines(d, false)
	if len(lines) > 1 || lines[0].Name != "" {
		return s.onDays([]DayHours{{Date: d, Weekday: d.Weekday()}})
	}
	line := lines[0]
	args := map[string]any{"date": d, "hours": line.Hours, "holiday": line.Holiday, "reopens": nil}
	if len(line.Hours) > 0 {
		return s.known("hours.day_open", args)
	}
	args["reopens"] = s.reopens(d)
	return s.known("hours.day_closed", args)
}

// reopens is the next opening from the start of a closed day on.
func (s *scene) reopens(d clinic.Date) any {
	var first time.Time
	for _, l := range s.allPlaces() {
		if o := s.p.Status(l, d.In(s.p.Zone)).Opens; !o.IsZero() && (first.IsZero() || o.Before(first)) {
			first = o
		}
	}
	return moment(first)
}

func (s *scene) onDays(days []DayHours) Answer {
	var out []DayHours
	for _, d := range days {
		d.Places = s.lines(d.Date, d.Every)
		d.Holiday = shared(d.Places)
		out = append(out, d)
		if !d.Every {
			continue
		}
		// "los sábados" is the rule; a holiday on the next one is told as well
		for _, l := range s.allPlaces() {
			if s.p.On(l, d.Date).Holiday != nil {
				next := DayHours{Date: d.Date, Weekday: d.Weekday, Places: s.lines(d.Date, false)}
				next.Holiday = shared(next.Places)
				out = append(out, next)
				break
			}
		}
	}
	return s.known("hours.days", map[string]any{"days": out})
}

func (s *scene) at(d clinic.Date, minute int) Answer {
	lines := s.lines(d, false)
	for i := range lines {
		for _, in := range lines[i].Hours {
			lines[i].Open = lines[i].Open || minute >= in.Open && minute < in.Close
		}
	}
	args := map[string]any{"date": d, "time": minute, "hours": lines[0].Hours, "holiday": shared(lines), "places": lines}
	switch {
	case len(lines) > 1 || lines[0].Name != "":
		return s.known("hours.at_places", args)
	case lines[0].Open:
		return s.known("hours.at_open", args)
	}
	return s.known("hours.at_closed", args)
}

func (s *scene) rightNow() Answer {
	places := s.allPlaces()
	today := clinic.DateOf(s.now)
	if len(s.p.Location) > 1 {
		var lines []PlaceHours
		for _, l := range places {
			status := s.p.Status(l, s.now)
			lines = append(lines, PlaceHours{Name: l.Name, Open: status.Open, Closes: moment(status.Closes), Opens: moment(status.Opens),
				Holiday: holidayName(s.p.On(l, today).Holiday)})
		}
		return s.known("hours.now_places", map[string]any{"places": lines})
	}
	l := places[0]
	on, status := s.p.On(l, today), s.p.Status(l, s.now)
	holiday := holidayName(on.Holiday)
	switch {
	case status.Open && status.Closes.IsZero():
		return s.known("hours.always_open", nil)
	case status.Open:
		var later []clinic.Interval
		for _, in := range on.Intervals {
			if today.At(in.Open, s.p.Zone).After(s.now) {
				later = append(later, in)
			}
		}
		return s.known("hours.now_open", map[string]any{"closes": status.Closes, "later": later, "holiday": holiday})
	case status.Opens.IsZero():
		return s.known("hours.now_closed_long", nil)
	}
	closes := any(24 * 60) // where it then stays open
	if after := s.p.Status(l, status.Opens).Closes; !after.IsZero() {
		closes = after
	}
	return s.known("hours.now_closed", map[string]any{"reopens": status.Opens, "closes": closes, "holiday": holiday})
}
