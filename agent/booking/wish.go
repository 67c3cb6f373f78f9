package booking

import (
	"slices"
	"time"

	"recado/agent/clinic"
	"recado/agent/dates"
	"recado/agent/language"
	"recado/agent/schedule"
)

// Wish is when a patient wants to come. Days are dates as 2006-01-02.
type Wish struct {
	Days []string `json:"days,omitempty"` // one of these, at most mostDays
	From string   `json:"from,omitempty"` // or from this day
	To   string   `json:"to,omitempty"`   // until this one, both included
	// Part keeps minutes after midnight, [Part[0], Part[1]); zero: all day.
	Part [2]int `json:"part,omitzero"`
	At   int    `json:"at,omitempty"` // minutes after midnight; 0 for no time
	// Not are days that do not suit: dates, or weekdays by their English name.
	Not []string `json:"not,omitempty"`
}

// mostDays is how many single days of one wish are looked at.
const mostDays = 3

// Parts of a day in minutes after midnight. Patients call five o'clock
// afternoon and evening.
var parts = map[dates.PartOfDay][2]int{
	dates.Morning:   {0, 12 * 60},
	dates.Afternoon: {12 * 60, 19 * 60},
	dates.Evening:   {16 * 60, 24 * 60},
	dates.Night:     {17 * 60, 24 * 60},
}

func (w Wish) empty() bool {
	return !w.daily() && w.Part == [2]int{} && w.At == 0 && len(w.Not) == 0
}

// daily reports whether w names days.
func (w Wish) daily() bool { return len(w.Days) > 0 || w.From != "" || w.To != "" }

// with is w with what a later wish says in place of the same of w.
func (w Wish) with(later Wish) Wish {
	w.Not = slices.DeleteFunc(slices.Clone(w.Not), func(not string) bool {
		return len(Wish{Days: later.Days}.without([]string{not}).Days) < len(later.Days)
	})
	w = w.without(later.Not)
	if later.daily() {
		w.Days, w.From, w.To = later.Days, later.From, later.To
	}
	if later.At != 0 {
		w.At, w.Part = later.At, [2]int{}
	}
	if later.Part != [2]int{} {
		w.Part, w.At = later.Part, 0
	}
	return w
}

// wishOf reads a wish from mentions. doubt holds the two dates that a day may
// mean: today's weekday, or "next Tuesday" before this week's.
func wishOf(mentions []dates.Mention, tokens []language.Token, today clinic.Date, exact bool) (w Wish, doubt []string) {
	for i, m := range mentions {
		if m.Kind == dates.Time && atThatTime(mentions, i, tokens) || m.Kind == dates.Day && onThatDay(mentions, i, tokens) {
			m.Role = dates.On
		}
		switch m.Kind {
		case dates.Day:
			switch role := m.Role; {
			case exact || role == dates.On || role == "":
				if len(w.Days) < mostDays && !slices.Contains(w.Days, m.Day.String()) {
					w.Days = append(w.Days, m.Day.String())
				}
			case role == dates.From:
				w.From = m.Day.String()
			case role == dates.To:
				w.To = m.Day.String()
			}
			if other, ok := doubtful(m, tokens, today); ok && m.Role != dates.From && m.Role != dates.To {
				doubt = []string{other[0].String(), other[1].String()}
			}
			if m.Part != "" {
				w.Part = parts[m.Part]
			}
		case dates.Range, dates.Week:
			w.From, w.To = m.Day.String(), m.Last.String()
		case dates.Part:
			w.Part = parts[m.Part]
		case dates.Time:
			switch {
			case exact || m.Role == dates.On || m.Role == "":
				w.At = m.Time
			case m.Role == dates.From:
				w.Part = [2]int{m.Time, max(w.Part[1], 24*60)}
			case m.Role == dates.To:
				w.Part[1] = m.Time
			}
		}
	}
	if len(w.Days) > 0 {
		w.From, w.To = "", ""
	}
	if w.At != 0 && w.Part != [2]int{} {
		w.Part = [2]int{} // "in the afternoon, at 3"
	}
	if len(w.Days) != 1 {
		doubt = nil
	}
	return w, doubt
}

// atThatTime reports whether a time that reads as the beginning or the end of
// a stretch is the hour itself: "la de las 8", "al mediodía".
func atThatTime(mentions []dates.Mention, i int, tokens []language.Token) bool {
	m := mentions[i]
	word := func(n int) string {
		if at := m.Start - n; at >= 0 {
			return tokens[at].Surface
		}
		return ""
	}
	switch {
	case m.Role == dates.To && word(1) == "al":
		return i == 0 || mentions[i-1].Role != dates.From
	case m.Role == dates.From && (word(1) == "las" || word(1) == "la") && word(2) == "de":
		return word(3) != "antes" && word(3) != "despues" && word(3) != "partir" && (i+1 == len(mentions) || mentions[i+1].Role != dates.To)
	}
	return false
}

// onThatDay reports whether a day that reads as one end of a stretch is the
// day itself, since the stretch has no other end: "move it to Thursday", "al
// miércoles", "la del martes".
func onThatDay(mentions []dates.Mention, i int, tokens []language.Token) bool {
	m := mentions[i]
	if m.Role == dates.From && m.Start > 0 && tokens[m.Start-1].Surface == "del" {
		one := m.Start > 1 && slices.Contains([]string{"la", "las", "el", "los", "lo"}, tokens[m.Start-2].Surface)
		return one && (i+1 == len(mentions) || mentions[i+1].Role != dates.To)
	}
	if m.Role != dates.To || m.Start == 0 || i > 0 && mentions[i-1].Kind == dates.Day && mentions[i-1].Role == dates.From {
		return false
	}
	before := tokens[m.Start-1].Surface
	return before == "to" || before == "al"
}

// doubtful finds a weekday that may be one of two dates.
func doubtful(m dates.Mention, tokens []language.Token, today clinic.Date) (two [2]clinic.Date, ok bool) {
	if !m.Weekday || m.Every {
		return two, false
	}
	first := tokens[m.Start].Surface
	switch coming := today.AddDays(int((m.Day.Weekday() - today.Weekday() + 7) % 7)); {
	case first == "next" && m.Day != coming && coming != today:
		return [2]clinic.Date{coming, m.Day}, true
	case m.Day == today && first != "this" && first != "este":
		return [2]clinic.Date{today, today.AddDays(7)}, true
	}
	return two, false
}

// weekdays are the days that are named by nothing but their weekday: which
// week is meant depends on what is spoken of. It is nil where another day is
// named.
func weekdays(mentions []dates.Mention, tokens []language.Token) []time.Weekday {
	var out []time.Weekday
	for _, m := range mentions {
		if m.Kind != dates.Day {
			continue
		}
		if !m.Weekday || slices.ContainsFunc(tokens[m.Start:m.End], func(t language.Token) bool { return whichWeek[t.Surface] }) {
			return nil
		}
		out = append(out, m.Day.Weekday())
	}
	return out
}

// after moves days by whole weeks, to the first on or after a date.
func after(days []string, first clinic.Date) []string {
	out := slices.Clone(days)
	for i, day := range out {
		d := dateOf(day)
		for d.Compare(first) < 0 {
			d = d.AddDays(7)
		}
		out[i] = d.String()
	}
	return out
}

// monday is the first day of d's week.
func monday(d clinic.Date) clinic.Date { return d.AddDays(-int((d.Weekday() + 6) % 7)) }

// holds reports whether a time is what w wishes, as far as w says.
func (w Wish) holds(s schedule.Slot, zone *time.Location) bool {
	if w.refuses(s, zone) {
		return false
	}
	start := s.Start.In(zone)
	day, minute := clinic.DateOf(start).String(), start.Hour()*60+start.Minute()
	switch {
	case len(w.Days) > 0 && !slices.Contains(w.Days, day), w.From != "" && day < w.From, w.To != "" && day > w.To:
		return false
	case w.At != 0 && minute != w.At:
		return false
	}
	return w.Part == [2]int{} || minute >= w.Part[0] && minute < w.Part[1]
}

// span is a stretch of time to search, [from, to); zero ends are open.
type span struct{ from, to time.Time }

// spans are the stretches that w's days lie in.
func (w Wish) spans(zone *time.Location) []span {
	var out []span
	for _, day := range w.Days {
		d := dateOf(day)
		out = append(out, span{d.In(zone), d.AddDays(1).In(zone)})
	}
	if len(out) > 0 {
		return out
	}
	var s span
	if w.From != "" {
		s.from = dateOf(w.From).In(zone)
	}
	if w.To != "" {
		s.to = dateOf(w.To).AddDays(1).In(zone)
	}
	return []span{s}
}

// first is the first day that w names, zero where it names none.
func (w Wish) first() clinic.Date {
	switch {
	case len(w.Days) > 0:
		return dateOf(slices.Min(w.Days))
	case w.From != "":
		return dateOf(w.From)
	}
	return clinic.Date{}
}

func dateOf(s string) clinic.Date {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return clinic.Date{}
	}
	return clinic.DateOf(t)
}
