package dates

// clock reads times of day: 3pm, 3:30, "at 3", "a las tres y media", noon,
// "las 2 de la tarde".
func (s *scanner) clock() (Mention, int) {
	switch s.w(0) {
	case "noon", "midday", "mediodia":
		return Mention{Kind: Time, Time: 12 * 60}, 1
	case "medio":
		if s.w(1) == "dia" {
			return Mention{Kind: Time, Time: 12 * 60}, 2
		}
		return Mention{}, 0
	case "midnight", "medianoche":
		return Mention{Kind: Time, Time: 24 * 60}, 1
	case "half", "quarter":
		return s.pastHour()
	}
	hour, ok := s.hour(0)
	if !ok {
		return Mention{}, 0
	}
	n, minute, certain := 1, 0, false
	if m, ok := digits(s.w(1), 2); ok && len(s.w(1)) == 2 && m < 60 && s.at+1 < len(s.tokens) && (s.tokens[s.at+1].Glue == ':' || s.tokens[s.at+1].Glue == '.' && s.calls()) {
		minute, n, certain = m, 2, s.tokens[s.at+1].Glue == ':'
	} else if s.calls() && s.w(1) == "y" {
		switch s.w(2) {
		case "media":
			minute, n = 30, 3
		case "cuarto":
			minute, n = 15, 3
		case "diez", "10":
			minute, n = 10, 3
		case "veinte", "20":
			minute, n = 20, 3
		}
	} else if s.w(1) == "thirty" && s.calls() {
		minute, n = 30, 2
	}
	half, more := s.half(n)
	switch {
	case more > 0:
		if hour > 12 || hour == 0 {
			if half == "am" || hour > 23 {
				return Mention{}, 0
			}
			break
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	case !certain && !s.calls() && !s.endsRange() && !s.startsRange():
		return Mention{}, 0
	case hour <= 12:
		hour = s.bare(hour, minute)
	}
	if hour > 24 || hour*60+minute > 24*60 {
		return Mention{}, 0
	}
	if more == 0 && !certain && s.counts(n) {
		return Mention{}, 0
	}
	return Mention{Kind: Time, Time: hour*60 + minute}, n + more
}

// hour reads digits, or a word where the words before call for a time.
func (s *scanner) hour(i int) (int, bool) {
	if n, ok := digits(s.w(i), 2); ok {
		return n, n <= 24
	}
	n, ok := numbers[s.w(i)]
	switch {
	case !ok || n > 12 || s.w(i) == "a" || s.w(i) == "an" || s.w(i) == "un":
		return 0, false
	case s.calls():
		return n, true
	}
	_, more := s.half(i + 1)
	return n, more > 0 && s.w(i) != "una" && s.w(i) != "once"
}

// calls reports whether the words before call for a time: "at", "a las".
func (s *scanner) calls() bool {
	switch s.w(-1) {
	case "at", "around", "@", "until", "till", "til", "by", "before", "after", "past":
		return true
	case "las":
		return true
	case "la":
		return s.w(0) == "1" || s.w(0) == "una"
	case "from", "to", "a", "between", "and", "de":
		return s.inRange()
	}
	return false
}

// inRange finds "from 9 to 5", "de 9 a 5", "between 2 and 4".
func (s *scanner) inRange() bool {
	number := func(i int) bool {
		n, ok := digits(s.w(i), 2)
		return ok && n <= 24
	}
	switch s.w(-1) {
	case "from", "de":
		dash := s.at+1 < len(s.tokens) && s.tokens[s.at+1].Glue == '-' && number(1)
		word := (s.w(1) == "to" || s.w(1) == "a" || s.w(1) == "until") && number(2) && !unitsAfter[s.w(3)]
		if dash || word {
			return number(0)
		}
	case "between":
		return s.w(1) == "and" && number(2)
	}
	n := len(s.found)
	return n > 0 && s.found[n-1].Kind == Time && s.found[n-1].End == s.at-1
}

// endsRange finds the second time of 9-5 and 2pm-4.
func (s *scanner) endsRange() bool {
	n := len(s.found)
	return n > 0 && s.found[n-1].Kind == Time && s.found[n-1].End == s.at && s.tokens[s.at].Glue == '-'
}

// startsRange finds the first time of 9-5pm.
func (s *scanner) startsRange() bool {
	if s.at+1 >= len(s.tokens) || s.tokens[s.at+1].Glue != '-' {
		return false
	}
	_, number := digits(s.w(1), 2)
	half := s.w(2)
	return number && (half == "am" || half == "pm")
}

// bare chooses the half of the day for an hour without one: morning from the
// clinic's opening until noon, else afternoon or evening. A range ends after
// it starts.
func (s *scanner) bare(hour, minute int) int {
	if hour == 12 || hour == 0 {
		return 12
	}
	afternoon := hour + 12
	if n := len(s.found); n > 0 && s.found[n-1].Kind == Time && s.at-s.found[n-1].End <= 1 && s.found[n-1].Time >= hour*60+minute {
		return afternoon
	}
	if hour*60+minute >= s.opts.Opens {
		return hour
	}
	return afternoon
}

// counts reports whether the number counts something: "at 5 years".
func (s *scanner) counts(n int) bool {
	switch s.w(n) {
	case "years", "year", "anos", "ano", "months", "meses", "mes", "days", "dias", "weeks", "semanas", "minutes", "minutos", "hours", "horas",
		"kids", "people", "hijas", "hijos", "ninos", "personas", "children", "percent", "miles", "dollars", "dolares", "blocks", "cuadras":
		return true
	}
	return false
}

// half reads am, pm, oclock and the Spanish parts of the day after an hour.
func (s *scanner) half(i int) (half string, n int) {
	switch w := s.w(i); w {
	case "am", "a":
		if w == "am" {
			return "am", 1
		}
		if s.w(i+1) == "m" {
			return "am", 2
		}
	case "pm":
		return "pm", 1
	case "p":
		if s.w(i+1) == "m" {
			return "pm", 2
		}
		return "pm", 1
	case "at":
		if s.w(i+1) == "night" {
			return "pm", 2
		}
	case "de", "por", "en", "in":
		the := s.w(i + 1)
		if the != "la" && the != "the" {
			return "", 0
		}
		switch s.w(i + 2) {
		case "manana", "madrugada", "morning":
			return "am", 3
		case "tarde", "tardecita", "noche", "afternoon", "evening":
			return "pm", 3
		}
	case "del":
		if s.w(i+1) == "dia" || s.w(i+1) == "mediodia" {
			return "pm", 2
		}
	case "oclock", "o":
		n := 1
		if w == "o" {
			if s.w(i+1) != "clock" {
				return "", 0
			}
			n = 2
		}
		half, more := s.half(i + n)
		if more > 0 {
			return half, n + more
		}
		hour, ok := digits(s.w(0), 2)
		if !ok {
			hour = numbers[s.w(0)]
		}
		if s.bare(hour, 0) >= 12 {
			return "pm", n
		}
		return "am", n
	}
	return "", 0
}

// pastHour reads "half past 3" and "quarter to 4".
func (s *scanner) pastHour() (Mention, int) {
	hour, ok := digits(s.w(2), 2)
	if !ok {
		hour, ok = numbers[s.w(2)]
	}
	if !ok || hour < 1 || hour > 12 {
		return Mention{}, 0
	}
	minute := 30
	switch {
	case s.w(0) == "half" && s.w(1) == "past":
	case s.w(0) == "quarter" && s.w(1) == "past":
		minute = 15
	case s.w(0) == "quarter" && s.w(1) == "to":
		minute = -15
	default:
		return Mention{}, 0
	}
	return Mention{Kind: Time, Time: s.bare(hour, 0)*60 + minute}, 3
}

// part reads parts of a day.
func (s *scanner) part() (Mention, int) {
	part := func(p PartOfDay) (Mention, int) { return Mention{Kind: Part, Part: p}, 1 }
	switch s.w(0) {
	case "morning", "mornings":
		if s.w(-1) == "good" {
			return Mention{}, 0
		}
		if s.w(-1) == "this" {
			return s.todays(Morning)
		}
		return part(Morning)
	case "manana", "mananas", "mananita":
		if s.isMorning() {
			if s.w(-1) == "esta" {
				return s.todays(Morning)
			}
			return part(Morning)
		}
	case "afternoon", "afternoons", "evening", "evenings":
		if s.w(-1) == "good" {
			return Mention{}, 0
		}
		p := Afternoon
		if s.w(0)[0] == 'e' {
			p = Evening
		}
		if s.w(-1) == "this" {
			return s.todays(p)
		}
		return part(p)
	case "tarde", "tardes", "tardecita", "noche", "noches":
		if s.w(-1) == "buenas" || s.w(-1) == "buena" || s.w(-1) == "mas" || s.w(-1) == "muy" || s.w(-1) == "llego" || s.w(-1) == "llegar" ||
			s.w(-1) == "tan" || s.w(-1) == "ya" || s.w(-1) == "es" {
			return Mention{}, 0 // a greeting, or late
		}
		p := Afternoon
		if s.w(0)[0] == 'n' {
			p = Evening
		}
		switch s.w(-1) {
		case "esta":
			return s.todays(p)
		case "la", "las", "x", "manana", "hoy", "por", "en":
			return part(p)
		}
	case "night", "nights":
		if s.w(-1) == "good" || s.w(-1) == "last" {
			return Mention{}, 0
		}
		return part(Night)
	case "tonight", "tonite":
		return s.todays(Evening)
	}
	return Mention{}, 0
}

// todays is a part of today: the day and its part in one mention.
func (s *scanner) todays(p PartOfDay) (Mention, int) {
	m := s.day(0)
	m.Part = p
	return m, 1
}
