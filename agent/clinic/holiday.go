package clinic

import "time"

// Falls reports whether the rule gives the date d.
func (r HolidayRule) Falls(d Date) bool {
	near := 0
	if r.Offset != 0 {
		near = 1 // an offset may carry the date over a year's end
	}
	for year := d.Year - near; year <= d.Year+near; year++ {
		if on, ok := r.On(year); ok && on == d {
			return true
		}
	}
	return false
}

// On is the date that the rule gives for a year. It returns false where the
// rule is for another year, or the year has no such day.
func (r HolidayRule) On(year int) (Date, bool) {
	if r.Year != 0 && r.Year != year {
		return Date{}, false
	}
	var d Date
	switch {
	case r.Easter:
		d = easter(year)
	case r.Nth != 0:
		d = nthWeekday(year, r.Month, r.Weekday, r.Nth)
		if d.Month != r.Month {
			return Date{}, false // no fifth Monday in this month
		}
	default:
		if d = (Date{year, r.Month, r.Day}); !d.Valid() {
			return Date{}, false
		}
	}
	return d.AddDays(r.Offset), true
}

// Next is the first date on or after d that the rule gives. It returns false
// where there is none within eight years.
func (r HolidayRule) Next(d Date) (Date, bool) {
	for year := d.Year - 1; year <= d.Year+8; year++ {
		if on, ok := r.On(year); ok && on.Compare(d) >= 0 {
			return on, true
		}
	}
	return Date{}, false
}

func nthWeekday(year int, month time.Month, w time.Weekday, nth int) Date {
	if nth < 0 {
		last := Date{year, month + 1, 1}.AddDays(-1)
		return last.AddDays(-int((last.Weekday() - w + 7) % 7))
	}
	first := Date{year, month, 1}
	return first.AddDays(int((w-first.Weekday()+7)%7) + 7*(nth-1))
}

// easter is Easter Sunday of the Gregorian calendar (anonymous computus).
func easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}

// USHoliday is a holiday that a profile can name by its key and a patient by
// its name.
type USHoliday struct {
	Key  string
	Name Bilingual
	Rule HolidayRule
}

// USHolidays are the holidays that `us:` in a profile knows. Their names stand
// in brackets after a date: "closed on Thursday, November 26 (Thanksgiving)".
var USHolidays = []USHoliday{
	{"new_year", Bilingual{"New Year's Day", "Año Nuevo"}, HolidayRule{Month: time.January, Day: 1}},
	{"mlk_day", Bilingual{"Martin Luther King Jr. Day", "Día de Martin Luther King"}, HolidayRule{Month: time.January, Weekday: time.Monday, Nth: 3}},
	{"presidents_day", Bilingual{"Presidents' Day", "Día de los Presidentes"}, HolidayRule{Month: time.February, Weekday: time.Monday, Nth: 3}},
	{"good_friday", Bilingual{"Good Friday", "Viernes Santo"}, HolidayRule{Easter: true, Offset: -2}},
	{"easter", Bilingual{"Easter Sunday", "Domingo de Pascua"}, HolidayRule{Easter: true}},
	{"valentines_day", Bilingual{"Valentine's Day", "San Valentín"}, HolidayRule{Month: time.February, Day: 14}},
	{"mothers_day", Bilingual{"Mother's Day", "Día de las Madres"}, HolidayRule{Month: time.May, Weekday: time.Sunday, Nth: 2}},
	{"fathers_day", Bilingual{"Father's Day", "Día del Padre"}, HolidayRule{Month: time.June, Weekday: time.Sunday, Nth: 3}},
	{"halloween", Bilingual{"Halloween", "Halloween"}, HolidayRule{Month: time.October, Day: 31}},
	{"memorial_day", Bilingual{"Memorial Day", "Memorial Day"}, HolidayRule{Month: time.May, Weekday: time.Monday, Nth: -1}},
	{"juneteenth", Bilingual{"Juneteenth", "Juneteenth"}, HolidayRule{Month: time.June, Day: 19}},
	{"independence_day", Bilingual{"Independence Day", "Día de la Independencia"}, HolidayRule{Month: time.July, Day: 4}},
	{"labor_day", Bilingual{"Labor Day", "Labor Day"}, HolidayRule{Month: time.September, Weekday: time.Monday, Nth: 1}},
	{"columbus_day", Bilingual{"Columbus Day", "Día de la Raza"}, HolidayRule{Month: time.October, Weekday: time.Monday, Nth: 2}},
	{"veterans_day", Bilingual{"Veterans Day", "Día de los Veteranos"}, HolidayRule{Month: time.November, Day: 11}},
	{"thanksgiving", Bilingual{"Thanksgiving", "Acción de Gracias"}, HolidayRule{Month: time.November, Weekday: time.Thursday, Nth: 4}},
	{"day_after_thanksgiving", Bilingual{"day after Thanksgiving", "día después de Acción de Gracias"}, HolidayRule{Month: time.November, Weekday: time.Thursday, Nth: 4, Offset: 1}},
	{"christmas_eve", Bilingual{"Christmas Eve", "Nochebuena"}, HolidayRule{Month: time.December, Day: 24}},
	{"christmas", Bilingual{"Christmas Day", "Navidad"}, HolidayRule{Month: time.December, Day: 25}},
	{"new_years_eve", Bilingual{"New Year's Eve", "víspera de Año Nuevo"}, HolidayRule{Month: time.December, Day: 31}},
}

// FindUSHoliday is the holiday with that key.
func FindUSHoliday(key string) (USHoliday, bool) {
	for _, h := range USHolidays {
		if h.Key == key {
			return h, true
		}
	}
	return USHoliday{}, false
}
