// Package dates finds days and times in what patients write, in English and
// Spanish at once: "next tuesday at 3", "pasado mañana en la tarde", "del
// lunes al viernes", "the day after thanksgiving".
//
// It reads folded tokens (package language) and would rather find nothing
// than something doubtful: "may i come monday" names Monday only, "do you
// take insurance" and "tengo 5 años" name no day.
package dates

import (
	"time"

	"recado/agent/clinic"
	"recado/agent/language"
)

// Kind says what a mention names.
type Kind string

// The kinds of mentions.
const (
	Day   Kind = "day"   // one date: Day
	Time  Kind = "time"  // a time of day: Time
	Part  Kind = "part"  // a part of a day: Part
	Range Kind = "range" // the dates from Day to Last: a weekend, Monday to Friday
	Week  Kind = "week"  // the dates of a calendar week, Day to Last, or every day
)

// Role says how a mention is used.
type Role string

// The roles of mentions.
const (
	On   Role = "on"
	From Role = "from" // del lunes, from 9, after 3
	To   Role = "to"   // al viernes, until 5, before noon
)

// PartOfDay is a stretch of a day.
type PartOfDay string

// The parts of a day.
const (
	Morning   PartOfDay = "morning"
	Afternoon PartOfDay = "afternoon"
	Evening   PartOfDay = "evening"
	Night     PartOfDay = "night"
)

// Mention is one day or time that a message names.
type Mention struct {
	Kind Kind
	// Day is the date of Day, or the first of Range and Week. For a weekday it
	// is the next one, today included.
	Day, Last clinic.Date
	// Weekday is true where the day was named by its weekday, and Every where
	// every one of them is meant ("los sábados", "on weekends").
	Weekday, Every bool
	Holiday        string // key of clinic.USHolidays where it was named by a holiday
	Time           int    // minutes after midnight
	Part           PartOfDay
	Role           Role
	Start, End     int // tokens [Start, End)
}

// Options say how doubtful forms are read.
type Options struct {
	// DayFirst reads 3/4 as April 3. Default: March 4.
	DayFirst bool
	// Opens is the earliest opening of the clinic in minutes after midnight: a
	// bare hour from then until noon is in the morning, any other in the
	// afternoon or evening. Default: 7:30.
	Opens int
}

// Find returns all mentions in the order of the message. now is in the
// clinic's zone. It is safe for use by many goroutines.
func Find(tokens []language.Token, now time.Time, opts Options) []Mention {
	if opts.Opens == 0 {
		opts.Opens = 7*60 + 30
	}
	s := scanner{words: make([]string, len(tokens)), tokens: tokens, today: clinic.DateOf(now), opts: opts}
	for i, t := range tokens {
		s.words[i] = word(t)
	}
	for s.at < len(tokens) {
		if !s.step() {
			s.at++
		}
	}
	s.settle()
	return s.found
}

// word is the form of a token that the grammar knows: what was written where
// that is a word of the grammar, else what it was repaired to.
func word(t language.Token) string {
	switch t.Surface {
	case "q", "qe", "ke": // "la semana q viene"
		return "que"
	}
	if grammarWords[t.Surface] {
		return t.Surface
	}
	return t.Word
}

type scanner struct {
	words  []string
	tokens []language.Token
	at     int
	today  clinic.Date
	opts   Options
	found  []Mention
}

// step tries each form at the current token, the longest and most certain
// first, and moves past what it found.
func (s *scanner) step() bool {
	if w := s.w(0); !starters[w] && (w == "" || w[0] < '0' || w[0] > '9') {
		return false
	}
	for _, try := range []func() (Mention, int){s.holiday, s.relative, s.numeric, s.monthDay, s.ordinalDay, s.week, s.weekday, s.clock, s.part} {
		m, n := try()
		if n == 0 {
			continue
		}
		m.Start, m.End = s.at, s.at+n
		m.Role = s.role(m)
		s.found = append(s.found, m)
		s.at += n
		return true
	}
	return false
}

// w is the word n tokens ahead, or behind where n is negative; empty outside
// the message.
func (s *scanner) w(n int) string {
	if i := s.at + n; i >= 0 && i < len(s.words) {
		return s.words[i]
	}
	return ""
}

// has reports whether the words ahead are these.
func (s *scanner) has(offset int, words ...string) bool {
	for i, w := range words {
		if s.w(offset+i) != w {
			return false
		}
	}
	return true
}

func (s *scanner) day(days int) Mention {
	return Mention{Kind: Day, Day: s.today.AddDays(days)}
}

// coming is the next date with that weekday, today included.
func (s *scanner) coming(w time.Weekday) clinic.Date {
	return s.today.AddDays(int((w - s.today.Weekday() + 7) % 7))
}

// monday is the first day of the calendar week of today.
func (s *scanner) monday() clinic.Date {
	return s.today.AddDays(-int((s.today.Weekday() + 6) % 7))
}

// role reads the words before a mention.
func (s *scanner) role(m Mention) Role {
	i := -1
	for s.w(i) == "the" || s.w(i) == "las" || s.w(i) == "la" || s.w(i) == "el" || s.w(i) == "los" || s.w(i) == "de" && s.w(i-1) == "antes" {
		i--
	}
	if s.w(i) == "del" && s.w(i-1) == "antes" {
		return To
	}
	switch s.w(i) {
	case "from", "del", "desde", "after", "since", "starting", "despues", "between", "entre":
		return From
	case "until", "till", "til", "to", "through", "thru", "al", "hasta", "before", "by", "antes":
		return To
	case "de":
		if s.w(i-1) == "despues" || s.w(i-1) == "partir" || m.Kind == Time || m.Kind == Day {
			return From
		}
	case "a", "and", "y":
		n := len(s.found)
		if n > 0 && s.found[n-1].Kind == m.Kind && s.at-s.found[n-1].End <= 2 && (s.found[n-1].Role == From || s.w(i) == "a" && m.Weekday) {
			return To
		}
	}
	if n := len(s.found); n > 0 && s.found[n-1].Kind == m.Kind && s.found[n-1].End == s.at &&
		s.tokens[s.at].Glue == '-' && (m.Kind == Time || m.Weekday) {
		s.found[n-1].Role = From
		return To
	}
	return On
}

// merge makes one day of a day that is named twice: "el martes 1 de
// diciembre", "thursday the 26th", "mañana jueves". The date outweighs the
// weekday.
func (s *scanner) merge() {
	out := s.found[:0]
	for _, m := range s.found {
		if n := len(out); n > 0 && s.sameDay(out[n-1], m) {
			last := &out[n-1]
			if last.Weekday && !m.Weekday {
				last.Day, last.Weekday, last.Holiday = m.Day, false, m.Holiday
			}
			last.End = m.End
			continue
		}
		out = append(out, m)
	}
	s.found = out
}

// sameDay reports whether b, right after a, names the day of a again.
func (s *scanner) sameDay(a, b Mention) bool {
	if a.Kind != Day || b.Kind != Day || a.Every || b.Every || b.Part != "" || b.Role == To && a.Role != To {
		return false
	}
	switch b.Start - a.End {
	case 0:
	case 1:
		if w := s.words[a.End]; w != "the" && w != "el" && w != "dia" {
			return false
		}
	default:
		return false
	}
	return a.Day == b.Day || a.Weekday && !b.Weekday && b.Holiday == "" && a.Day.Weekday() == b.Day.Weekday()
}

// settle mends what only the whole tells: "de lunes a viernes" is from and
// to, a lone "de" is neither.
func (s *scanner) settle() {
	s.merge()
	for i := range s.found {
		m := &s.found[i]
		next := i+1 < len(s.found) && s.found[i+1].Role == To && s.found[i+1].Kind == m.Kind
		if m.Role == On && next && s.found[i+1].Start-m.End <= 2 && !m.Every {
			m.Role = From // "monday to friday", "lunes a viernes"
		}
		if m.Role == From && !next && m.Start > 0 && s.words[m.Start-1] == "de" {
			m.Role = On // "el horario de mañana"
		}
	}
}
