package dates

import (
	"strconv"
	"time"

	"recado/agent/clinic"
)

// holiday reads the name of a holiday; its date is the next one.
func (s *scanner) holiday() (Mention, int) {
	for _, p := range holidayNames[s.w(0)] {
		if !s.has(0, p.words...) {
			continue
		}
		h, ok := clinic.FindUSHoliday(p.key)
		if !ok {
			return Mention{}, 0
		}
		d, ok := h.Rule.Next(s.today)
		if !ok {
			return Mention{}, 0
		}
		return Mention{Kind: Day, Day: d, Holiday: p.key}, len(p.words)
	}
	return Mention{}, 0
}

// relative reads days counted from today.
func (s *scanner) relative() (Mention, int) {
	switch s.w(0) {
	case "day":
		if s.has(1, "after", "tomorrow") {
			return s.day(2), 3
		}
	case "pasado":
		if s.w(1) == "manana" {
			return s.day(2), 2
		}
	case "tomorrow", "tomorow", "tommorow", "tommorrow", "tomorro", "tmrw", "tmr", "tmrrw", "tmw", "2moro", "mañana":
		return s.day(1), 1
	case "2":
		if s.w(1) == "morrow" || s.w(1) == "moro" || s.w(1) == "mrw" {
			return s.day(1), 2
		}
		if s.w(1) == "day" && s.tokens[s.at+1].Start == s.tokens[s.at].End {
			return s.day(0), 2
		}
	case "manana":
		if s.isMorning() {
			return Mention{}, 0
		}
		if s.w(1) == "mismo" {
			return s.day(1), 2
		}
		return s.day(1), 1
	case "today", "tdy", "hoy", "oy", "ahorita":
		if s.w(0) == "ahorita" || s.w(0) == "oy" && s.w(1) == "que" {
			return Mention{}, 0
		}
		if s.w(1) == "mismo" {
			return s.day(0), 2
		}
		return s.day(0), 1
	case "yesterday", "ayer":
		return s.day(-1), 1
	case "in", "within", "en", "dentro":
		return s.inDays()
	}
	return Mention{}, 0
}

// isMorning tells la mañana from mañana: after en, por, de, a la or toda la
// it is a part of a day.
func (s *scanner) isMorning() bool {
	switch s.w(-1) {
	case "la":
		return true
	case "esta", "las", "x":
		return true
	}
	return false
}

// inDays reads "in 3 days", "en dos semanas", "dentro de 8 días".
func (s *scanner) inDays() (Mention, int) {
	i := 1
	if s.w(0) == "dentro" {
		if s.w(1) != "de" {
			return Mention{}, 0
		}
		i = 2
	}
	n, ok := s.count(i)
	if !ok || n > 60 {
		return Mention{}, 0
	}
	if s.w(i) == "a" && s.w(i+1) == "couple" {
		n, i = 2, i+1
		if s.w(i+1) == "of" {
			i++
		}
	}
	switch s.w(i + 1) {
	case "days", "day", "dias", "dia":
		return s.day(n), i + 2
	case "weeks", "week", "semanas", "semana":
		return s.day(7 * n), i + 2
	}
	return Mention{}, 0
}

func (s *scanner) count(i int) (int, bool) {
	if n, ok := numbers[s.w(i)]; ok {
		return n, true
	}
	n, err := strconv.Atoi(s.w(i))
	return n, err == nil && n > 0
}

// numeric reads 12/24, 12-24-2026 and 2026-12-24.
func (s *scanner) numeric() (Mention, int) {
	a, ok1 := digits(s.w(0), 4)
	b, ok2 := digits(s.w(1), 2)
	if !ok1 || !ok2 || s.at+1 >= len(s.tokens) {
		return Mention{}, 0
	}
	glue := s.tokens[s.at+1].Glue
	if glue != '/' && glue != '-' || s.w(0) == "24" && s.w(1) == "7" {
		return Mention{}, 0
	}
	c, ok3 := digits(s.w(2), 4)
	ok3 = ok3 && s.at+2 < len(s.tokens) && s.tokens[s.at+2].Glue == glue
	if a > 1000 {
		if d := (clinic.Date{Year: a, Month: time.Month(b), Day: c}); ok3 && d.Valid() {
			return Mention{Kind: Day, Day: d}, 3
		}
		return Mention{}, 0
	}
	if glue == '-' && !ok3 || s.at+2 < len(s.tokens) && !ok3 && s.tokens[s.at+2].Glue == glue {
		return Mention{}, 0 // 9-5 are hours, 1/2/x is no date
	}
	month, day := a, b
	if s.opts.DayFirst && b <= 12 || a > 12 {
		month, day = b, a
	}
	if ok3 {
		if c < 100 {
			c += 2000
		}
		if d := (clinic.Date{Year: c, Month: time.Month(month), Day: day}); d.Valid() {
			return Mention{Kind: Day, Day: d}, 3
		}
		return Mention{}, 0
	}
	if d, ok := s.next(time.Month(month), day); ok {
		return Mention{Kind: Day, Day: d}, 2
	}
	return Mention{}, 0
}

// digits reads a number of at most max digits.
func digits(w string, max int) (int, bool) {
	if w == "" || len(w) > max || w[0] < '0' || w[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(w)
	return n, err == nil
}

// next is the coming date with that month and day.
func (s *scanner) next(month time.Month, day int) (clinic.Date, bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return clinic.Date{}, false
	}
	for year := s.today.Year; year <= s.today.Year+8; year++ {
		if d := (clinic.Date{Year: year, Month: month, Day: day}); d.Valid() && d.Compare(s.today) >= 0 {
			return d, true
		}
	}
	return clinic.Date{}, false
}

// monthDay reads a month beside a number: "dec 24th", "24 de diciembre",
// "the 1st of june". A month alone is no mention: may, march and mar are
// other words as well.
func (s *scanner) monthDay() (Mention, int) {
	if month, ok := months[s.w(0)]; ok {
		i := 1
		if s.w(i) == "the" {
			i++
		}
		if day, n := s.dayNumber(i); n > 0 {
			if s.w(0) == "may" && unitsAfter[s.w(i+n)] && s.w(i+n) != "at" && s.w(i+n) != "and" && s.w(i+n) != "or" {
				return Mention{}, 0
			}
			return s.dated(month, day, i+n)
		}
		return Mention{}, 0
	}
	day, n := s.dayNumber(0)
	if n == 0 {
		return Mention{}, 0
	}
	i := n
	if s.w(i) == "de" || s.w(i) == "of" || s.w(i) == "del" {
		i++
	}
	month, ok := months[s.w(i)]
	if !ok || i == n && s.w(i) == "may" && s.w(n+1) == "i" {
		return Mention{}, 0
	}
	return s.dated(month, day, i+1)
}

// dated adds a year where one follows.
func (s *scanner) dated(month time.Month, day, n int) (Mention, int) {
	i := n
	if s.w(i) == "de" || s.w(i) == "del" {
		i++
	}
	if year, ok := digits(s.w(i), 4); ok && year >= 2000 && year < 2100 {
		if d := (clinic.Date{Year: year, Month: month, Day: day}); d.Valid() {
			return Mention{Kind: Day, Day: d}, i + 1
		}
	}
	d, ok := s.next(month, day)
	if !ok {
		return Mention{}, 0
	}
	return Mention{Kind: Day, Day: d}, n
}

// dayNumber reads a day of the month at i: 24, 24th, twenty fourth is not.
func (s *scanner) dayNumber(i int) (day, n int) {
	if d, ok := ordinalWords[s.w(i)]; ok {
		return d, 1
	}
	d, ok := digits(s.w(i), 2)
	if !ok || d < 1 || d > 31 {
		return 0, 0
	}
	if suffix(s.w(i + 1)) {
		return d, 2
	}
	return d, 1
}

func suffix(w string) bool {
	switch w {
	case "st", "nd", "rd", "th", "ro", "ero":
		return true
	}
	return false
}

// ordinalDay reads a day of this month or the next: "the 24th", "on the 5th",
// "el 24", "el día 3".
func (s *scanner) ordinalDay() (Mention, int) {
	day, n := s.dayNumber(0)
	if n == 0 || ordinalWords[s.w(0)] != 0 {
		return Mention{}, 0
	}
	switch {
	case n == 2 && callsForDay[s.w(-1)], n == 2 && s.w(-1) == "the", n == 2 && s.at+n == len(s.words):
	case n == 1 && s.w(-1) == "the" && s.w(-2) == "on":
	case n == 1 && (s.w(-1) == "el" || s.w(-1) == "dia" || s.w(-1) == "al" || s.w(-1) == "del") && s.spanishDay(n):
		if s.has(n, "de", "este", "mes") {
			n += 3
		}
	case n == 1 && s.afterWeekday():
	default:
		return Mention{}, 0
	}
	if unitsAfter[s.w(n)] && s.tokens[s.at+n].Glue == 0 && !s.tokens[s.at+n].Break && s.w(n) != "and" && s.w(n) != "or" && s.w(n) != "y" && s.w(n) != "o" {
		return Mention{}, 0
	}
	for month := range 12 {
		first := clinic.Date{Year: s.today.Year, Month: s.today.Month, Day: 1}
		for range month {
			first = first.AddDays(32)
			first.Day = 1
		}
		if d := (clinic.Date{Year: first.Year, Month: first.Month, Day: day}); d.Valid() && d.Compare(s.today) >= 0 {
			return Mention{Kind: Day, Day: d}, n
		}
	}
	return Mention{}, 0
}

// afterWeekday reports whether the number is the date of the day of the week
// before it ("jueves 26"), and not its hour ("jueves 3").
func (s *scanner) afterWeekday() bool {
	w, ok := weekdays[s.w(-1)]
	day, number := digits(s.w(0), 2)
	if !ok || !number {
		return false
	}
	d := s.coming(w)
	for range 5 {
		if d.Day == day {
			return true
		}
		d = d.AddDays(7)
	}
	return false
}

// spanishDay rules out "el 2 de la tarde" and "el 5 por ciento".
func (s *scanner) spanishDay(n int) bool {
	if s.w(n) == "de" {
		return s.has(n, "de", "este", "mes")
	}
	if s.at+n < len(s.tokens) && s.tokens[s.at+n].Glue != 0 {
		return false
	}
	return s.w(-1) != "del" || s.w(-2) != "mas"
}
