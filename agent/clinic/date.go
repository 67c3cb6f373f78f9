package clinic

import (
	"fmt"
	"time"
)

// Date is a calendar date in the clinic's zone. Year 0 in a season means
// every year.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the calendar date of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// In is the first moment of d in zone.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// At is the moment of d when clocks on the wall in zone show minutes after
// midnight. Where the clocks skip it, it is the moment that the skipped time
// would have been; where they show it twice, the first.
func (d Date) At(minutes int, zone *time.Location) time.Time {
	t := time.Date(d.Year, d.Month, d.Day, minutes/60, minutes%60, 0, 0, zone)
	// In a skipped hour the library may answer by the offset that comes after
	// it, which shows an earlier time.
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	if early := time.Date(d.Year, d.Month, d.Day, minutes/60, minutes%60, 0, 0, time.UTC).Sub(wall); early > 0 {
		t = t.Add(early)
	}
	return t
}

// AddDays is the date n days after d, or before it where n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 12, 0, 0, 0, time.UTC))
}

// Weekday is the day of the week of d.
func (d Date) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday()
}

// Compare is negative where d is before other, 0 where both are the same day.
func (d Date) Compare(other Date) int {
	switch {
	case d.Year != other.Year:
		return d.Year - other.Year
	case d.Month != other.Month:
		return int(d.Month - other.Month)
	}
	return d.Day - other.Day
}

// DaysTo is the number of days from d to other, negative where other is
// earlier.
func (d Date) DaysTo(other Date) int {
	noon := func(d Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }
	return int(noon(other).Sub(noon(d)) / (24 * time.Hour))
}

// Valid reports whether the calendar has this date.
func (d Date) Valid() bool {
	t := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
	return d.Month >= 1 && d.Month <= 12 && DateOf(t) == d
}

// IsZero reports whether d is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// String is the date as 2006-01-02.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }
