package locales

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/agent/clinic"
)

type english struct{}

func (english) clock(m int) string {
	switch m {
	case 12 * 60:
		return "noon"
	case 0, 24 * 60:
		return "midnight"
	}
	half := "AM"
	if m%1440 >= 12*60 {
		half = "PM"
	}
	return fmt.Sprintf("%d:%02d %s", (m/60+11)%12+1, m%60, half)
}

func (e english) at(m int) string    { return "at " + e.clock(m) }
func (e english) until(m int) string { return "until " + e.clock(m) }

func (e english) interval(i clinic.Interval) string {
	return e.clock(i.Open) + " to " + e.clock(i.Close)
}

func (english) day(d clinic.Date) string {
	return fmt.Sprintf("%s, %s %d", d.Weekday(), d.Month, d.Day)
}

func (e english) on(d clinic.Date) string { return "on " + e.day(d) }

// short leaves out the comma after the weekday: with it the longest has 21
// letters.
func (english) short(t time.Time) string { return t.Format("Mon Jan 2, 3:04 PM") }

func (english) shortDay(d clinic.Date) string { return d.In(time.UTC).Format("Mon, Jan 2") }

func (e english) relative(days int, d clinic.Date) string {
	switch days {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	return e.on(d)
}

func (e english) near(days int, d clinic.Date) string {
	if days > 1 && days < 7 {
		return "on " + d.Weekday().String()
	}
	return e.relative(days, d)
}

func (english) weekday(w time.Weekday) string     { return w.String() }
func (english) every(w time.Weekday) string       { return w.String() + "s" }
func (english) span(from, to time.Weekday) string { return from.String() + " to " + to.String() }

func (english) onDays(days string, span bool) string {
	if span {
		return days
	}
	return "on " + days
}

func (english) list(items []string) string { return join(items, "and") }

func (english) name(code string) string { return clinic.LanguageName(code).EN }

func (english) word(w word) string {
	return [...]string{closed: "closed", free: "free", and: "and", andFrom: "and", to: "to", allDay: "24 hours"}[w]
}

// occasion gives a name that begins with a common noun its article.
func (english) occasion(name string) string {
	if r, _ := utf8.DecodeRuneInString(name); unicode.IsLower(r) {
		return "the " + name
	}
	return name
}
