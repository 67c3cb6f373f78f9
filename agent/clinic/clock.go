package clinic

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	clockForm    = regexp.MustCompile(`^(\d{1,2})(?::(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|a|p)?$`)
	intervalDash = regexp.MustCompile(`\s*(?:-|–|—|\bto\b|\buntil\b)\s*`)
	shiftComma   = regexp.MustCompile(`\s*(?:,|;|&|\band\b)\s*`)
)

// ParseClock reads a time of day as minutes after midnight: 8:00, 17:30, 8am,
// 5:30 pm, noon, midnight (of the day's end: 1440), 24:00.
func ParseClock(s string) (int, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "noon":
		return 12 * 60, nil
	case "midnight", "24:00":
		return minutesPerDay, nil
	}
	m := clockForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no time; write it as 8:00, 17:30, 8am or 5:30pm", s)
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	half := m[3]
	switch {
	case minute > 59, hour > 23, half != "" && (hour < 1 || hour > 12):
		return 0, fmt.Errorf("%q is no time of day", s)
	case half == "" && m[2] == "":
		return 0, fmt.Errorf("%q may be morning or evening; write %dam, %dpm or %d:00", s, hour, hour, hour)
	case half != "" && half[0] == 'p' && hour < 12:
		hour += 12
	case half != "" && half[0] == 'a' && hour == 12:
		hour = 0
	}
	return hour*60 + minute, nil
}

// ParseHours reads the hours of a day: "8:00-12:00, 13:00-17:30",
// "8am-5pm", "closed", "24 hours".
func ParseHours(s string) ([]Interval, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "closed", "none", "cerrado":
		return nil, nil
	case "24 hours", "24h", "all day":
		return []Interval{{0, minutesPerDay}}, nil
	}
	var out []Interval
	for _, shift := range shiftComma.Split(strings.ToLower(strings.TrimSpace(s)), -1) {
		ends := intervalDash.Split(shift, -1)
		if len(ends) != 2 {
			return nil, fmt.Errorf("%q are no hours; write them as 8:00-12:00, 13:00-17:30 or 8am-5pm, or closed", shift)
		}
		open, err := ParseClock(ends[0])
		if err != nil {
			return nil, err
		}
		closing, err := ParseClock(ends[1])
		if err != nil {
			return nil, err
		}
		if ends[0] == "midnight" {
			open = 0
		}
		if closing <= open {
			return nil, fmt.Errorf("%q closes before it opens; write the afternoon as 5pm or 17:00, and hours past midnight as two days", shift)
		}
		if n := len(out); n > 0 && open < out[n-1].Close {
			return nil, fmt.Errorf("%q overlaps the hours before it; put shifts in order and apart", shift)
		}
		out = append(out, Interval{open, closing})
	}
	return out, nil
}

var weekdayNames = map[string]time.Weekday{}

func init() {
	for name, w := range map[string]time.Weekday{
		"sunday domingo dom": time.Sunday, "monday lunes lun": time.Monday, "tuesday tues martes mar": time.Tuesday,
		"wednesday weds miercoles miércoles mie mié": time.Wednesday, "thursday thur thurs jueves jue": time.Thursday,
		"friday viernes vie": time.Friday, "saturday sabado sábado sab sáb": time.Saturday,
	} {
		for _, n := range strings.Fields(name) {
			weekdayNames[n] = w
		}
		weekdayNames[name[:3]] = w
	}
}

// ParseDays reads days of the week: "mon-fri", "tue, thu", "daily", "mon".
func ParseDays(s string) ([]time.Weekday, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "daily", "every day", "all", "all days":
		return ParseDays("mon-sun")
	case "weekdays":
		return ParseDays("mon-fri")
	}
	var out []time.Weekday
	for _, part := range shiftComma.Split(strings.ToLower(strings.TrimSpace(s)), -1) {
		ends := intervalDash.Split(part, -1)
		first, ok1 := weekdayNames[ends[0]]
		last, ok2 := weekdayNames[ends[len(ends)-1]]
		if !ok1 || !ok2 || len(ends) > 2 {
			return nil, fmt.Errorf("%q is no day of the week; write mon, mon-fri or tue, thu", part)
		}
		for w := first; ; w = (w + 1) % 7 {
			out = append(out, w)
			if w == last {
				break
			}
		}
	}
	return out, nil
}
