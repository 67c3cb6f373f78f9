package locales

import (
	"fmt"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/agent/clinic"
	"recado/agent/language"
)

// grammar is how one language writes facts.
type grammar interface {
	clock(minutes int) string                // 5:30 PM
	at(minutes int) string                   // at 5:30 PM
	until(minutes int) string                // until 5:30 PM
	interval(i clinic.Interval) string       // 8:00 AM to 5:30 PM
	day(d clinic.Date) string                // Tuesday, December 1
	on(d clinic.Date) string                 // on Tuesday, December 1
	relative(days int, d clinic.Date) string // today, tomorrow, on Saturday, November 28
	short(t time.Time) string                // Tue Dec 1, 2:00 PM: at most 20 letters
	shortDay(d clinic.Date) string           // Tue, Dec 1
	near(days int, d clinic.Date) string     // the same, without the date in the week ahead
	weekday(w time.Weekday) string           // Tuesday
	every(w time.Weekday) string             // Tuesdays
	span(from, to time.Weekday) string       // Monday to Thursday
	onDays(days string, span bool) string    // on Monday and Friday
	list(items []string) string              // a, b and c
	name(code string) string                 // Vietnamese
	occasion(name string) string             // (closed for) the day after Thanksgiving
	word(w word) string                      // closed
}

// word is a word that formats need.
type word int

const (
	closed word = iota
	free
	and
	andFrom // between two ranges of hours
	to
	allDay
)

// functions are what texts may call. Each takes plain facts.
func functions(lang language.Language) template.FuncMap {
	var g grammar = english{}
	if lang == language.Spanish {
		g = spanish{}
	}
	return template.FuncMap{
		"clock":    func(v any) (string, error) { return withMinutes(v, g.clock) },
		"at":       func(v any) (string, error) { return withMinutes(v, g.at) },
		"until":    func(v any) (string, error) { return withMinutes(v, g.until) },
		"hours":    func(v []clinic.Interval) string { return hours(g, v) },
		"day":      g.day,
		"on":       g.on,
		"short":    g.short,
		"shortday": g.shortDay,
		"rel":      func(now time.Time, d clinic.Date) string { return g.relative(clinic.DateOf(now).DaysTo(d), d) },
		"when":     func(now time.Time, v any) (string, error) { return when(g, now, v) },
		"today":    func(now time.Time, d clinic.Date) bool { return clinic.DateOf(now) == d },
		"occasion": func(b clinic.Bilingual) string { return g.occasion(b.In(string(lang))) },
		"weekday":  g.weekday,
		"every":    g.every,
		"span":     g.span,
		"weekdays": func(days []time.Weekday) string { text, _ := weekdays(g, days); return text },
		"ondays":   func(days []time.Weekday) string { return g.onDays(weekdays(g, days)) },
		"money":    Money,
		"price":    func(low, high int) string { return price(g, low, high) },
		"phone":    Phone,
		"text":     func(b clinic.Bilingual) string { return b.In(string(lang)) },
		"list":     func(v any) (string, error) { return list(g, lang, v) },
		"langs":    func(codes []string) string { return languageNames(g, codes) },
		"lang":     g.name,
		"plural":   plural,
		"cap":      capital,
	}
}

// withMinutes formats a time.Time or minutes after midnight.
func withMinutes(v any, format func(int) string) (string, error) {
	switch v := v.(type) {
	case int:
		return format(v), nil
	case time.Time:
		return format(v.Hour()*60 + v.Minute()), nil
	}
	return "", fmt.Errorf("%T is no time of day", v)
}

// when writes a moment as seen from now: "tomorrow at 8:00 AM".
func when(g grammar, now time.Time, v any) (string, error) {
	t, ok := v.(time.Time)
	if !ok {
		return "", fmt.Errorf("%T is no time", v)
	}
	t = t.In(now.Location())
	d := clinic.DateOf(t)
	return g.near(clinic.DateOf(now).DaysTo(d), d) + " " + g.at(t.Hour()*60+t.Minute()), nil
}

func hours(g grammar, intervals []clinic.Interval) string {
	if len(intervals) == 0 {
		return g.word(closed)
	}
	parts := make([]string, len(intervals))
	for i, in := range intervals {
		if in.Open == 0 && in.Close == 24*60 {
			return g.word(allDay)
		}
		parts[i] = g.interval(in)
	}
	return join(parts, g.word(andFrom))
}

// join writes a list without a comma before the last item.
func join(items []string, and string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + " " + and + " " + items[n-1]
	}
}

// weekdays writes days of the week, runs of three or more as a span, and
// reports whether the first are such a run.
func weekdays(g grammar, days []time.Weekday) (text string, span bool) {
	var on [7]bool
	for _, d := range days {
		on[d] = true
	}
	var parts []string
	for i := 1; i <= 7; { // weeks are read from Monday
		if !on[i%7] {
			i++
			continue
		}
		j := i
		for j < 7 && on[(j+1)%7] {
			j++
		}
		if j-i >= 2 {
			span = span || len(parts) == 0
			parts = append(parts, g.span(time.Weekday(i%7), time.Weekday(j%7)))
		} else {
			for k := i; k <= j; k++ {
				parts = append(parts, g.weekday(time.Weekday(k%7)))
			}
		}
		i = j + 1
	}
	return join(parts, g.word(and)), span
}

// Money writes US cents: $45, $45.50, $1,200. Both languages of US patients
// use the point.
func Money(cents int) string {
	s := fmt.Sprintf("%d", cents/100)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if cents%100 != 0 {
		s += fmt.Sprintf(".%02d", cents%100)
	}
	return "$" + s
}

func price(g grammar, low, high int) string {
	switch {
	case low == 0 && high == 0:
		return g.word(free)
	case high == 0:
		return Money(low)
	}
	return Money(low) + " " + g.word(to) + " " + Money(high)
}

// Phone writes a US number of ten digits as (713) 555-0142 and leaves any
// other as it is.
func Phone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		if r == '+' || r == '(' || r == ')' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return 'x'
	}, s)
	if len(digits) == 11 && digits[0] == '1' {
		digits = digits[1:]
	}
	if len(digits) != 10 || strings.Contains(digits, "x") {
		return s
	}
	return "(" + digits[:3] + ") " + digits[3:6] + "-" + digits[6:]
}

func list(g grammar, lang language.Language, v any) (string, error) {
	switch v := v.(type) {
	case []string:
		return g.list(v), nil
	case []clinic.Bilingual:
		items := make([]string, len(v))
		for i, b := range v {
			items[i] = b.In(string(lang))
		}
		return g.list(items), nil
	}
	return "", fmt.Errorf("%T is no list", v)
}

func languageNames(g grammar, codes []string) string {
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = g.name(c)
	}
	return g.list(names)
}

func plural(n int, one, other string) string {
	if n == 1 {
		return one
	}
	return other
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
