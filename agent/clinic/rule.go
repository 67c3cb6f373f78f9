package clinic

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	nthForm    = regexp.MustCompile(`^(?:the )?(\w+) (\w+) (?:of|in) (\w+)$`)
	dayForm    = regexp.MustCompile(`^(?:the )?(?:(\w+) (\d{1,2})|(\d{1,2}) (?:of )?(\w+))(?:,? (\d{4}))?$`)
	isoForm    = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)
	offsetForm = regexp.MustCompile(`^(?:the )?(?:(\d+|one|two|three) )?days? (after|before) (.+)$`)
)

var ordinals = map[string]int{
	"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "last": -1,
}

// ParseRule reads when a holiday is: "december 24", "2026-12-24", "4th
// thursday of november", "last monday of may", "good friday", "day after
// thanksgiving", "2 days before christmas".
func ParseRule(s string) (HolidayRule, error) {
	s = clean(strings.ToLower(s))
	if m := offsetForm.FindStringSubmatch(s); m != nil {
		days := map[string]int{"": 1, "one": 1, "two": 2, "three": 3}[m[1]]
		if days == 0 {
			days, _ = strconv.Atoi(m[1])
		}
		if days < 1 || days > 60 {
			return HolidayRule{}, fmt.Errorf("%q counts no days between 1 and 60", s)
		}
		if m[2] == "before" {
			days = -days
		}
		r, err := ParseRule(m[3])
		r.Offset += days
		return r, err
	}
	if h, ok := FindUSHoliday(strings.NewReplacer(" ", "_", "'", "", "’", "").Replace(s)); ok {
		return h.Rule, nil
	}
	if m := nthForm.FindStringSubmatch(s); m != nil {
		nth, okNth := ordinals[m[1]]
		w, okDay := weekdayNames[m[2]]
		month, okMonth := monthOf(m[3])
		if okNth && okDay && okMonth {
			return HolidayRule{Month: month, Weekday: w, Nth: nth}, nil
		}
	}
	if d, err := ParseDate(s); err == nil {
		return HolidayRule{Year: d.Year, Month: d.Month, Day: d.Day}, nil
	}
	return HolidayRule{}, fmt.Errorf("%q is no rule for a date; write it as december 24, 2026-12-24, 4th thursday of november, day after thanksgiving, or good friday", s)
}

// ParseDate reads 2026-12-24, december 24 or 24 december; without a year it
// is every year's and Year is 0.
func ParseDate(s string) (Date, error) {
	s = clean(strings.ToLower(s))
	var d Date
	if m := isoForm.FindStringSubmatch(s); m != nil {
		d.Year, _ = strconv.Atoi(m[1])
		month, _ := strconv.Atoi(m[2])
		d.Month = time.Month(month)
		d.Day, _ = strconv.Atoi(m[3])
		if d.Year == 0 {
			return Date{}, fmt.Errorf("%q has no year", s)
		}
	} else if m := dayForm.FindStringSubmatch(s); m != nil {
		month, ok := monthOf(m[1] + m[4])
		if !ok {
			return Date{}, fmt.Errorf("%q names no month", s)
		}
		d.Month = month
		d.Day, _ = strconv.Atoi(m[2] + m[3])
		d.Year, _ = strconv.Atoi(m[5])
	} else {
		return Date{}, fmt.Errorf("%q is no date; write it as 2026-12-24 or december 24", s)
	}
	check := d
	if check.Year == 0 {
		check.Year = 2024 // a leap year, so that february 29 may be every year's
	}
	if !check.Valid() {
		return Date{}, fmt.Errorf("%q is not in the calendar", s)
	}
	return d, nil
}

func monthOf(s string) (time.Month, bool) {
	if len(s) < 3 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if s == name || s == name[:3] || m == time.September && s == "sept" {
			return m, true
		}
	}
	return 0, false
}
