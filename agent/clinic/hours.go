package clinic

import "time"

// horizon is how many days ahead the next opening is looked for.
const horizon = 14

// DayHours are the hours of one day at one location and why they are so.
type DayHours struct {
	Intervals []Interval // none: closed all day
	Holiday   *Holiday   // set where the day's hours are those of a holiday
	Season    *Season    // set where they are those of a season
}

// Status says whether a location is open at a moment.
type Status struct {
	Open bool
	// Closes is when it closes next while open; zero where that is more than
	// 14 days away, as at a place that never closes.
	Closes time.Time
	// Opens is the next opening while closed; zero where there is none within
	// 14 days.
	Opens time.Time
}

// Place is the location with that id, the main one for "", nil for an id
// that is unknown.
func (p *Profile) Place(id string) *Location {
	for i := range p.Location {
		if id == "" || p.Location[i].ID == id {
			return &p.Location[i]
		}
	}
	return nil
}

// On is the hours of a day at a location: those of a holiday, else of a
// season, else the week's.
func (p *Profile) On(l *Location, d Date) DayHours {
	if h := p.holiday(l, d); h != nil {
		return DayHours{Intervals: h.Hours, Holiday: h}
	}
	for i := range p.Seasons {
		if s := &p.Seasons[i]; applies(s.Locations, l.ID) && s.Holds(d) {
			return DayHours{Intervals: s.Hours[d.Weekday()], Season: s}
		}
	}
	return DayHours{Intervals: l.Hours[d.Weekday()]}
}

// holiday is the first holiday of the file that falls on d; one with a year
// goes before those of every year, so that a clinic can make an exception.
func (p *Profile) holiday(l *Location, d Date) *Holiday {
	var found *Holiday
	for i := range p.Holidays {
		h := &p.Holidays[i]
		if !applies(h.Locations, l.ID) || !h.Rule.Falls(d) {
			continue
		}
		if h.Rule.Year != 0 {
			return h
		}
		if found == nil {
			found = h
		}
	}
	return found
}

func applies(locations []string, id string) bool {
	if len(locations) == 0 {
		return true
	}
	for _, l := range locations {
		if l == id {
			return true
		}
	}
	return false
}

// Holds reports whether d lies in the season.
func (s *Season) Holds(d Date) bool {
	from, to := s.From, s.To
	if from.Year != 0 {
		return d.Compare(from) >= 0 && d.Compare(to) <= 0
	}
	d.Year = 0
	if from.Compare(to) <= 0 {
		return d.Compare(from) >= 0 && d.Compare(to) <= 0
	}
	return d.Compare(from) >= 0 || d.Compare(to) <= 0
}

// Status is whether l is open at now, and when that changes.
func (p *Profile) Status(l *Location, now time.Time) Status {
	now = now.In(p.Zone)
	today := DateOf(now)
	for day := range horizon + 1 {
		d := today.AddDays(day)
		for _, i := range p.On(l, d).Intervals {
			opens := d.At(i.Open, p.Zone)
			switch {
			case opens.After(now):
				return Status{Opens: opens}
			case d.At(i.Close, p.Zone).After(now):
				return Status{Open: true, Closes: p.closes(l, d, i)}
			}
		}
	}
	return Status{}
}

// closes follows hours that go on over midnight.
func (p *Profile) closes(l *Location, d Date, i Interval) time.Time {
	for range horizon {
		if i.Close < minutesPerDay {
			return d.At(i.Close, p.Zone)
		}
		next := p.On(l, d.AddDays(1)).Intervals
		if len(next) == 0 || next[0].Open != 0 {
			return d.At(i.Close, p.Zone)
		}
		d, i = d.AddDays(1), next[0]
	}
	return time.Time{}
}

// minutesPerDay is also the latest close: midnight at the end of the day.
const minutesPerDay = 24 * 60

// OpenNow reports whether any location is open at now.
func (p *Profile) OpenNow(now time.Time) bool {
	for i := range p.Location {
		if p.Status(&p.Location[i], now).Open {
			return true
		}
	}
	return false
}

// NextOpening is when the first location opens next; zero where one is open
// now, or none opens within 14 days.
func (p *Profile) NextOpening(now time.Time) time.Time {
	var first time.Time
	for i := range p.Location {
		s := p.Status(&p.Location[i], now)
		if s.Open {
			return time.Time{}
		}
		if !s.Opens.IsZero() && (first.IsZero() || s.Opens.Before(first)) {
			first = s.Opens
		}
	}
	return first
}
