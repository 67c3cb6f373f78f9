package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Texts says things in one language and one time zone. It is what handlers
// and templates use.
type Texts struct {
	lang  string
	zone  *time.Location
	now   func() time.Time
	words map[string]text
}

// Lang is "en" or "es".
func (t Texts) Lang() string { return t.lang }

// Zone is the clinic's.
func (t Texts) Zone() *time.Location { return t.zone }

// Has reports whether there is a text with this key.
func (t Texts) Has(key string) bool { _, ok := t.words[key]; return ok }

// Say fills the text of key with args: name, value, name, value. A text in two
// forms is chosen by the number n. What is missing shows as its key, so that a
// page is never empty; a test finds those.
func (t Texts) Say(key string, args ...any) string {
	found, ok := t.words[key]
	if !ok {
		return key
	}
	values := map[string]string{}
	words := found.other
	for i := 0; i+1 < len(args); i += 2 {
		name := fmt.Sprint(args[i])
		values[name] = t.value(args[i+1])
		if name == "n" && found.one != "" && values[name] == "1" {
			words = found.one
		}
	}
	return field.ReplaceAllStringFunc(words, func(m string) string {
		name := field.FindStringSubmatch(m)[1]
		if v, ok := values[name]; ok {
			return v
		}
		return name
	})
}

func (t Texts) value(v any) string {
	switch v := v.(type) {
	case time.Time:
		return t.When(v)
	case time.Duration:
		return t.Lasting(v)
	case int:
		return t.Number(v)
	}
	return fmt.Sprint(v)
}

// Number writes a whole number: 1,234. US Spanish has the comma as well.
func (t Texts) Number(n int) string {
	s := strconv.Itoa(n)
	digits := strings.TrimPrefix(s, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return s[:len(s)-len(strings.TrimPrefix(s, "-"))] + digits
}

// Clock writes the time of day: 10:42 AM, 10:42 a. m.
func (t Texts) Clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(t.zone)
	if t.lang == "es" {
		half := "a.\u00a0m."
		if at.Hour() >= 12 {
			half = "p.\u00a0m."
		}
		return at.Format("3:04") + "\u00a0" + half
	}
	return at.Format("3:04\u00a0PM")
}

var spanishDays = [...]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}

var spanishMonths = [...]string{"", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}

// Day writes a date: Tue, Mar 3; martes 3 de marzo. Another year is named.
func (t Texts) Day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(t.zone)
	year := at.Year() != t.now().In(t.zone).Year()
	if t.lang == "es" {
		s := fmt.Sprintf("%s %d de %s", spanishDays[at.Weekday()], at.Day(), spanishMonths[at.Month()])
		if year {
			s += fmt.Sprintf(" de %d", at.Year())
		}
		return s
	}
	if year {
		return at.Format("Mon, Jan 2, 2006")
	}
	return at.Format("Mon, Jan 2")
}

// When writes a moment: the time alone today, with the day before that.
func (t Texts) When(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	now := t.now().In(t.zone)
	y, m, d := at.In(t.zone).Date()
	switch day := time.Date(y, m, d, 12, 0, 0, 0, time.UTC); day.Sub(time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.UTC)) {
	case 0:
		return t.Clock(at)
	case -24 * time.Hour:
		return t.Say("time.yesterday", "clock", t.Clock(at))
	case 24 * time.Hour:
		return t.Say("time.tomorrow", "clock", t.Clock(at))
	}
	return t.Say("time.day_clock", "day", t.Day(at), "clock", t.Clock(at))
}

// Stamp is a moment for the attribute datetime.
func (t Texts) Stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Ago writes how long ago something was: 5 min ago.
func (t Texts) Ago(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	d := t.now().Sub(at)
	if d < time.Minute {
		return t.Say("time.now")
	}
	return t.Say("time.ago", "lasting", t.Lasting(d))
}

// Lasting writes a length of time with its largest one or two parts: 45 s, 5
// min, 2 h 10 min, 3 days.
func (t Texts) Lasting(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Minute:
		return t.Say("time.seconds", "n", int((d+time.Second-1)/time.Second))
	case d < time.Hour:
		return t.Say("time.minutes", "n", int(d/time.Minute))
	case d < 48*time.Hour:
		if rest := int(d/time.Minute) % 60; rest > 0 {
			return t.Say("time.hours_minutes", "hours", int(d/time.Hour), "minutes", rest)
		}
		return t.Say("time.hours", "n", int(d/time.Hour))
	}
	return t.Say("time.days", "n", int(d/(24*time.Hour)))
}
