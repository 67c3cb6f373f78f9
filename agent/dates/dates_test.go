package dates

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"recado/agent/language"
)

// wednesday is the now of the tests: November 18, 2026, before noon.
// Thanksgiving is on the 26th.
func wednesday(t testing.TB) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 18, 10, 30, 0, 0, zone)
}

// short writes mentions as the tables below expect them.
func short(found []Mention) string {
	var out []string
	for _, m := range found {
		var b strings.Builder
		if m.Role != On {
			b.WriteString(string(m.Role) + " ")
		}
		if m.Every {
			b.WriteString("every ")
		}
		date := fmt.Sprintf("%02d-%02d", int(m.Day.Month), m.Day.Day)
		if m.Day.Year != 2026 && !m.Day.IsZero() {
			date = m.Day.String()
		}
		switch m.Kind {
		case Day:
			b.WriteString(date)
			if m.Part != "" {
				b.WriteString(" " + string(m.Part))
			}
			if m.Holiday != "" {
				b.WriteString(" " + m.Holiday)
			}
		case Time:
			fmt.Fprintf(&b, "%d:%02d", m.Time/60, m.Time%60)
		case Part:
			b.WriteString(string(m.Part))
		default:
			fmt.Fprintf(&b, "%s %s..%02d-%02d", m.Kind, date, int(m.Last.Month), m.Last.Day)
		}
		out = append(out, b.String())
	}
	return strings.Join(out, ", ")
}

func TestDaysAndTimesAreFoundInBothLanguages(t *testing.T) {
	now := wednesday(t)
	for _, test := range phrasesTested {
		if got := short(Find(language.Scan(test.text).Tokens, now, Options{})); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestTheTableOfPhrasesIsWideInBothLanguages(t *testing.T) {
	if len(phrasesTested) < 120 {
		t.Errorf("%d phrases", len(phrasesTested))
	}
}

var phrasesTested = []struct{ text, want string }{
	// days
	{"are you open today", "11-18"},
	{"are you open tomorrow?", "11-19"},
	{"can i come tmrw", "11-19"},
	{"open 2morrow?", "11-19"},
	{"the day after tomorrow", "11-20"},
	{"abren hoy?", "11-18"},
	{"¿abren mañana?", "11-19"},
	{"abren manana", "11-19"},
	{"pasado mañana abren?", "11-20"},
	{"mañana mismo si se puede", "11-19"},
	{"hoy mismo", "11-18"},
	{"in 3 days", "11-21"},
	{"in two weeks", "12-02"},
	{"in a week", "11-25"},
	{"en dos semanas", "12-02"},
	{"dentro de 8 días", "11-26"},
	{"en quince dias", "12-03"},
	{"were you open yesterday", "11-17"},
	// weekdays
	{"may i come monday", "11-23"},
	{"monday", "11-23"},
	{"este lunes", "11-23"},
	{"on wednesday", "11-18"},
	{"this friday", "11-20"},
	{"next tuesday", "11-24"},
	{"next friday", "11-27"},
	{"next wednesday", "11-25"},
	{"el proximo martes", "11-24"},
	{"el próximo miércoles", "11-25"},
	{"el martes que viene", "11-24"},
	{"el miercoles que viene", "11-25"},
	{"el lunes de la próxima semana", "11-23"},
	{"tuesday of next week", "11-24"},
	{"last monday", "11-16"},
	{"el lunes pasado", "11-16"},
	{"pasado el lunes", "11-23"},
	{"los sábados abren?", "every 11-21"},
	{"y los sabados?", "every 11-21"},
	{"u open on saturdays", "every 11-21"},
	{"do you open sundays?", "every 11-22"},
	{"todos los viernes", "every 11-20"},
	{"every thursday", "every 11-19"},
	{"cada martes", "every 11-24"},
	{"abren los lunes", "every 11-23"},
	{"abren el domingo", "11-22"},
	{"you open sat?", "11-21"},
	{"are yall open on sat", "11-21"},
	{"fri sat sun", "11-20, 11-21, 11-22"},
	{"mon-fri", "from 11-23, to 11-20"},
	{"sat or sun?", "11-21, 11-22"},
	{"sab y dom", "11-21, 11-22"},
	{"del lunes al viernes", "from 11-23, to 11-20"},
	{"de lunes a viernes", "from 11-23, to 11-20"},
	{"from monday to thursday", "from 11-23, to 11-19"},
	{"monday through friday", "from 11-23, to 11-20"},
	{"lun a mie", "from 11-23, to 11-18"},
	{"hasta el jueves", "to 11-19"},
	{"until friday", "to 11-20"},
	{"antes del viernes", "to 11-20"},
	{"miercoles o jueves", "11-18, 11-19"},
	// weekends and weeks
	{"this weekend", "range 11-21..11-22"},
	{"open on the weekend?", "range 11-21..11-22"},
	{"weekends?", "every range 11-21..11-22"},
	{"fin de semana", "range 11-21..11-22"},
	{"abren los fines de semana", "every range 11-21..11-22"},
	{"este finde", "range 11-21..11-22"},
	{"next weekend", "range 11-28..11-29"},
	{"el próximo fin de semana", "range 11-21..11-22"},
	{"every weekend", "every range 11-21..11-22"},
	{"entre semana", "every range 11-23..11-27"},
	{"on weekdays", "every range 11-23..11-27"},
	{"this week", "week 11-16..11-22"},
	{"next week", "week 11-23..11-29"},
	{"esta semana", "week 11-16..11-22"},
	{"la próxima semana", "week 11-23..11-29"},
	{"la semana que viene", "week 11-23..11-29"},
	{"la semana q viene", "week 11-23..11-29"},
	{"la otra semana", "week 11-23..11-29"},
	{"la semana entrante", "week 11-23..11-29"},
	{"abren todos los dias?", "every week 11-16..11-22"},
	{"every day", "every week 11-16..11-22"},
	// dates
	{"the 24th", "11-24"},
	{"on the 5th", "12-05"},
	{"on the 24", "11-24"},
	{"el 24", "11-24"},
	{"el 3", "12-03"},
	{"el dia 24", "11-24"},
	{"del 24 al 28", "from 11-24, to 11-28"},
	{"dec 1", "12-01"},
	{"Dec. 1st", "12-01"},
	{"december 24th", "12-24"},
	{"1 de diciembre", "12-01"},
	{"el primero de diciembre", "12-01"},
	{"the first of december", "12-01"},
	{"1ro de enero", "2027-01-01"},
	{"24 de diciembre", "12-24"},
	{"may 5", "2027-05-05"},
	{"el 5 de mayo", "2027-05-05"},
	{"5 may", "2027-05-05"},
	{"december 24 2027", "2027-12-24"},
	{"24 de diciembre del 2026", "12-24"},
	{"12/24", "12-24"},
	{"12/24/26", "12-24"},
	{"24/12", "12-24"},
	{"2026-12-24", "12-24"},
	{"el martes 1 de diciembre", "12-01"},
	{"thursday the 26th", "11-26"},
	{"thursday, thanksgiving", "11-19, 11-26 thanksgiving"},
	{"mañana jueves", "11-19"},
	{"jueves 26 a las 3", "11-26, 15:00"},
	{"24/7", ""},
	{"halloween", "2027-10-31 halloween"},
	{"el 30 de este mes", "11-30"},
	// holidays
	{"are you open on thanksgiving", "11-26 thanksgiving"},
	{"abren en accion de gracias?", "11-26 thanksgiving"},
	{"abren el día de acción de gracias", "11-26 thanksgiving"},
	{"day after thanksgiving", "11-27 day_after_thanksgiving"},
	{"the friday after thanksgiving", "11-27 day_after_thanksgiving"},
	{"black friday hours", "11-27 day_after_thanksgiving"},
	{"christmas eve?", "12-24 christmas_eve"},
	{"nochebuena", "12-24 christmas_eve"},
	{"abren en noche buena", "12-24 christmas_eve"},
	{"open christmas", "12-25 christmas"},
	{"en navidad", "12-25 christmas"},
	{"xmas", "12-25 christmas"},
	{"new year's day", "2027-01-01 new_year"},
	{"año nuevo", "2027-01-01 new_year"},
	{"new years eve", "12-31 new_years_eve"},
	{"fin de año", "12-31 new_years_eve"},
	{"4th of july", "2027-07-04 independence_day"},
	{"el 4 de julio", "2027-07-04 independence_day"},
	{"labor day", "2027-09-06 labor_day"},
	{"dia del trabajo", "2027-09-06 labor_day"},
	{"memorial day", "2027-05-31 memorial_day"},
	{"MLK day", "2027-01-18 mlk_day"},
	{"viernes santo", "2027-03-26 good_friday"},
	{"easter sunday", "2027-03-28 easter"},
	// times
	{"3pm", "15:00"},
	{"at 3", "15:00"},
	{"at 3:30", "15:30"},
	{"3:30", "15:30"},
	{"10:30 am", "10:30"},
	{"at 9", "9:00"},
	{"at 7", "19:00"},
	{"at 7am", "7:00"},
	{"12pm", "12:00"},
	{"12am", "0:00"},
	{"3 p.m.", "15:00"},
	{"5 p. m.", "17:00"},
	{"a las 3", "15:00"},
	{"a la 1", "13:00"},
	{"a la una", "13:00"},
	{"a las dos y media", "14:30"},
	{"a las 3 y cuarto", "15:15"},
	{"a las 10 de la mañana", "10:00"},
	{"a las 7 de la mañana", "7:00"},
	{"a las 7 de la noche", "19:00"},
	{"tres de la tarde", "15:00"},
	{"a las 8 en la mañana", "8:00"},
	{"3 o'clock", "15:00"},
	{"two oclock", "14:00"},
	{"nine o'clock", "9:00"},
	{"nine o'clock at night", "21:00"},
	{"at two o clock pm", "14:00"},
	{"oclock oclock", ""},
	{"half past 3", "15:30"},
	{"quarter to 4", "15:45"},
	{"noon", "12:00"},
	{"al mediodía", "to 12:00"},
	{"17:30", "17:30"},
	{"at two", "14:00"},
	{"after 5", "from 17:00"},
	{"before noon", "to 12:00"},
	{"antes de las 4", "to 16:00"},
	{"despues de las 5", "from 17:00"},
	{"from 9 to 5", "from 9:00, to 17:00"},
	{"de 9 a 5", "from 9:00, to 17:00"},
	{"9am-1pm", "from 9:00, to 13:00"},
	{"9-5pm", "from 9:00, to 17:00"},
	{"between 2 and 4", "from 14:00, to 16:00"},
	// together
	{"el martes a las 2", "11-24, 14:00"},
	{"tomorrow at 3pm", "11-19, 15:00"},
	{"pasado mañana en la tarde", "11-20, afternoon"},
	{"mañana por la mañana", "11-19, morning"},
	{"mañana en la mañana", "11-19, morning"},
	{"mañana en la noche", "11-19, evening"},
	{"esta tarde", "11-18 afternoon"},
	{"this afternoon", "11-18 afternoon"},
	{"tonight", "11-18 evening"},
	{"friday morning", "11-20, morning"},
	{"el sabado por la tarde", "11-21, afternoon"},
	{"are you open in the evening", "evening"},
	{"abren en la noche", "evening"},
	{"en las tardes", "afternoon"},
	{"thanksgiving at 10", "11-26 thanksgiving, 10:00"},
	{"el 24 a las 10", "11-24, 10:00"},
	{"the 3rd at 5", "12-03, 17:00"},
	// nothing
	{"do you take insurance", ""},
	{"tengo 5 años", ""},
	{"mi hijo tiene 5 años", ""},
	{"i sat in the waiting room", ""},
	{"el mar", ""},
	{"may i come in", ""},
	{"march into the office", ""},
	{"the sun is out", ""},
	{"buenas tardes", ""},
	{"good morning", ""},
	{"buenos dias", ""},
	{"buenas noches doctor", ""},
	{"llego tarde", ""},
	{"i have 3 kids", ""},
	{"the 3rd floor", ""},
	{"5 may i come", ""},
	{"a las 2 hijas", ""},
	{"el 5 por ciento", ""},
	{"suite 110", ""},
	{"713-555-0142", ""},
	{"dosis de 2", ""},
	{"my son is 7", ""},
	{"se acabo el 2", "12-02"},
	{"one question", ""},
	{"una pregunta", ""},
	{"how many dias", ""},
	{"second opinion", ""},
	{"next visit", ""},
	{"a que hora abren", ""},
	{"", ""},
}

func TestABareHourFollowsTheClinicsOpening(t *testing.T) {
	now := wednesday(t)
	for opens, want := range map[int]string{6 * 60: "7:00", 9 * 60: "19:00"} {
		if got := short(Find(language.Scan("at 7").Tokens, now, Options{Opens: opens})); got != want {
			t.Errorf("opens %d: %s, want %s", opens, got, want)
		}
	}
}

func TestNumericDatesFollowTheClinicsOrder(t *testing.T) {
	now := wednesday(t)
	for dayFirst, want := range map[bool]string{false: "2027-03-04", true: "2027-04-03"} {
		if got := short(Find(language.Scan("3/4").Tokens, now, Options{DayFirst: dayFirst})); got != want {
			t.Errorf("%v: %s, want %s", dayFirst, got, want)
		}
	}
}

func TestMentionsNameTheirTokens(t *testing.T) {
	text := language.Scan("hola, abren el martes 1 de diciembre a las 2?")
	for _, m := range Find(text.Tokens, wednesday(t), Options{}) {
		if m.Start >= m.End || m.End > len(text.Tokens) {
			t.Errorf("%+v is outside the message", m)
		}
	}
}

func FuzzFindNamesOnlyRealDaysAndTokens(f *testing.F) {
	for _, test := range phrasesTested {
		f.Add(test.text)
	}
	now := wednesday(f)
	f.Fuzz(func(t *testing.T, text string) {
		tokens := language.Scan(text).Tokens
		last := 0
		for _, m := range Find(tokens, now, Options{}) {
			if m.Start < last || m.End <= m.Start || m.End > len(tokens) {
				t.Fatalf("%+v overlaps or lies outside %d tokens", m, len(tokens))
			}
			last = m.End
			if m.Kind != Time && m.Kind != Part && !m.Day.Valid() || m.Time < 0 || m.Time > 24*60 {
				t.Fatalf("%+v is no day or time", m)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	tokens := language.Scan("hola buenas tardes quisiera una cita para mi hijo el proximo martes a las 3 de la tarde por favor").Tokens
	now := wednesday(b)
	b.ReportAllocs()
	for b.Loop() {
		Find(tokens, now, Options{})
	}
}
