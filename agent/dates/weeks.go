package dates

import (
	"time"

	"recado/agent/clinic"
)

// week reads weekends and weeks.
func (s *scanner) week() (Mention, int) {
	i, which := 0, ""
	switch s.w(0) {
	case "this", "este", "esta", "coming":
		i, which = 1, "this"
	case "next", "proximo", "proxima", "otra", "otro", "siguiente":
		i, which = 1, "next"
	case "every", "each", "cada", "todos", "todas", "los", "las", "on":
		i, which = 1, "every"
		if s.w(1) == "los" || s.w(1) == "las" {
			i = 2
		}
	}
	n := s.weekendAt(i)
	switch {
	case n > 0:
		end := i + n
		plural := s.w(i) == "weekends" || s.w(i) == "fines" || s.w(i) == "findes"
		if which == "on" || which == "every" && !plural && s.w(0) != "every" && s.w(0) != "each" && s.w(0) != "cada" && s.w(0) != "todos" {
			return Mention{}, 0 // "los" belongs to no single weekend
		}
		sat := s.coming(time.Saturday)
		if s.today.Weekday() == time.Sunday {
			sat = s.today.AddDays(-1)
		}
		if which == "next" && s.today.Weekday() != time.Sunday && s.nextMeansFollowing(i) {
			sat = sat.AddDays(7)
		} else if which == "next" || s.has(end, "que", "viene") || s.has(end, "que", "entra") || s.w(end) == "proximo" {
			if s.today.Weekday() == time.Sunday || s.today.Weekday() == time.Saturday {
				sat = sat.AddDays(7)
			}
			if s.w(end) == "que" {
				end += 2
			} else if s.w(end) == "proximo" {
				end++
			}
		}
		return Mention{Kind: Range, Day: sat, Last: sat.AddDays(1), Every: which == "every" || plural}, end
	case which == "every" && (s.w(i) == "day" || s.w(i) == "dia" || s.w(i) == "dias"):
		return s.wholeWeek(0, true), i + 1
	case s.w(0) == "everyday" || s.w(0) == "diario" || s.w(0) == "weekdays" || s.has(0, "entre", "semana"):
		if s.w(0) == "weekdays" || s.w(0) == "entre" {
			n := 1
			if s.w(0) == "entre" {
				n = 2
			}
			mon := s.coming(time.Monday)
			return Mention{Kind: Range, Day: mon, Last: mon.AddDays(4), Every: true}, n
		}
		return s.wholeWeek(0, true), 1
	case s.w(i) == "week" || s.w(i) == "wk" || s.w(i) == "semana":
		return s.weekOf(which, i)
	}
	return Mention{}, 0
}

// nextMeansFollowing tells "next weekend", which skips the coming one, from
// "el próximo fin de semana", which is the coming one.
func (s *scanner) nextMeansFollowing(i int) bool {
	return s.w(i-1) == "next" || s.w(i-1) == "otro"
}

// weekendAt is the number of words that name a weekend at i.
func (s *scanner) weekendAt(i int) int {
	switch s.w(i) {
	case "weekend", "weekends", "wknd", "wkend", "finde", "findes":
		if s.w(i) == "finde" && s.w(i+1) == "semana" {
			return 2
		}
		return 1
	case "fin", "fines":
		if s.w(i+1) == "de" && s.w(i+2) == "semana" {
			return 3
		}
		if s.w(i+1) == "semana" {
			return 2
		}
	}
	return 0
}

func (s *scanner) wholeWeek(weeks int, every bool) Mention {
	mon := s.monday().AddDays(7 * weeks)
	return Mention{Kind: Week, Day: mon, Last: mon.AddDays(6), Every: every}
}

func (s *scanner) weekOf(which string, i int) (Mention, int) {
	end := i + 1
	switch {
	case which == "next":
		return s.wholeWeek(1, false), end
	case s.has(end, "que", "viene"), s.has(end, "que", "entra"):
		return s.wholeWeek(1, false), end + 2
	case s.w(end) == "entrante" || s.w(end) == "proxima" || s.w(end) == "siguiente":
		return s.wholeWeek(1, false), end + 1
	case which == "this":
		return s.wholeWeek(0, false), end
	}
	return Mention{}, 0
}

// weekday reads days of the week, with this, next, last and every.
func (s *scanner) weekday() (Mention, int) {
	i, which := 0, ""
	switch s.w(0) {
	case "this", "este", "coming":
		i, which = 1, "this"
	case "next":
		i, which = 1, "next"
	case "proximo", "otro":
		i, which = 1, "this"
	case "last":
		i, which = 1, "last"
	case "every", "each", "cada", "todos", "los":
		i, which = 1, "every"
		if s.w(1) == "los" {
			i = 2
		}
	}
	w, every, ok := s.weekdayAt(i, which != "")
	if !ok {
		return Mention{}, 0
	}
	m := Mention{Kind: Day, Day: s.coming(w), Weekday: true, Every: every || which == "every"}
	n := i + 1
	switch {
	case which == "next":
		// the day of the week that starts with the coming Monday
		m.Day = s.monday().AddDays(7 + int((w+6)%7))
	case which == "last", s.w(n) == "pasado":
		m.Day = m.Day.AddDays(-7)
		if s.w(n) == "pasado" && s.w(n+1) != "manana" {
			n++
		}
	case s.has(n, "que", "viene"), s.has(n, "que", "entra"):
		n += 2
		m.Day = s.after(m.Day)
	case s.w(n) == "proximo" || s.w(n) == "entrante":
		n++
		m.Day = s.after(m.Day)
	case s.w(0) == "proximo":
		m.Day = s.after(m.Day)
	case s.has(n, "of", "next", "week"), s.has(n, "of", "the", "next"):
		n += 3
		m.Day = s.monday().AddDays(7 + int((w+6)%7))
	case s.has(n, "de", "la", "proxima"), s.has(n, "de", "la", "otra"):
		m.Day = s.monday().AddDays(7 + int((w+6)%7))
		n += 3
		if s.w(n) == "semana" {
			n++
		}
	}
	return m, n
}

// after is d, or a week later where d is today: the next Tuesday is not the
// one it is already.
func (s *scanner) after(d clinic.Date) clinic.Date {
	if d == s.today {
		return d.AddDays(7)
	}
	return d
}

// weekdayAt reads the name of a day at i.
func (s *scanner) weekdayAt(i int, called bool) (w time.Weekday, every, ok bool) {
	if w, ok := weekdays[s.w(i)]; ok {
		return w, false, true
	}
	if w, ok := everyWeekday[s.w(i)]; ok {
		return w, true, true
	}
	w, ok = doubtful[s.w(i)]
	if !ok {
		return 0, false, false
	}
	if called && s.w(0) != "los" || callsForDay[s.w(i-1)] && !(s.w(i) == "sun" && s.w(i-1) == "the") || s.besideDay(i) {
		// "el mar", "al mar" and "for mon" may be the sea and a name
		if s.w(i) == "mar" && !s.besideDay(i) {
			return 0, false, false
		}
		return w, false, true
	}
	return 0, false, false
}

// besideDay reports whether another day of the week stands next to i, with
// at most a joining word between.
func (s *scanner) besideDay(i int) bool {
	isDay := func(w string) bool {
		_, a := weekdays[w]
		_, b := doubtful[w]
		_, c := everyWeekday[w]
		return a || b || c
	}
	joins := func(w string) bool {
		switch w {
		case "to", "a", "al", "and", "y", "or", "o", "thru", "through", "e", "n":
			return true
		}
		return false
	}
	return isDay(s.w(i+1)) || isDay(s.w(i-1)) || joins(s.w(i+1)) && isDay(s.w(i+2)) || joins(s.w(i-1)) && isDay(s.w(i-2))
}
