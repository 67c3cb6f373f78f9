package locales

import (
	"strings"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/language"
)

// call runs one template expression in both languages.
func call(t *testing.T, expression string, args map[string]any) (en, es string) {
	t.Helper()
	c := shippedCatalogue(t)
	out := map[language.Language]string{}
	for _, lang := range Languages {
		tmpl, err := c.parseOwn(lang, "{{"+expression+"}}")
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		if out[lang], err = execute(tmpl, Message{Key: expression, Args: args}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out[lang], "\u00a0\u202f") {
			t.Errorf("%s: a no-break space makes an SMS three", expression)
		}
	}
	return out[language.English], out[language.Spanish]
}

func TestTimesAreWrittenAsEachLanguageDoes(t *testing.T) {
	for _, test := range []struct {
		minutes                          int
		clockEN, clockES, atEN, atES, es string
	}{
		{0, "midnight", "medianoche", "at midnight", "a la medianoche", "hasta la medianoche"},
		{30, "12:30 AM", "12:30 a. m.", "at 12:30 AM", "a las 12:30 de la madrugada", "hasta las 12:30 de la madrugada"},
		{60, "1:00 AM", "1:00 a. m.", "at 1:00 AM", "a la 1 de la madrugada", "hasta la 1 de la madrugada"},
		{8 * 60, "8:00 AM", "8:00 a. m.", "at 8:00 AM", "a las 8 de la mañana", "hasta las 8 de la mañana"},
		{11*60 + 59, "11:59 AM", "11:59 a. m.", "at 11:59 AM", "a las 11:59 de la mañana", "hasta las 11:59 de la mañana"},
		{12 * 60, "noon", "mediodía", "at noon", "al mediodía", "hasta el mediodía"},
		{12*60 + 15, "12:15 PM", "12:15 p. m.", "at 12:15 PM", "a las 12:15 de la tarde", "hasta las 12:15 de la tarde"},
		{13 * 60, "1:00 PM", "1:00 p. m.", "at 1:00 PM", "a la 1 de la tarde", "hasta la 1 de la tarde"},
		{13*60 + 30, "1:30 PM", "1:30 p. m.", "at 1:30 PM", "a la 1:30 de la tarde", "hasta la 1:30 de la tarde"},
		{14 * 60, "2:00 PM", "2:00 p. m.", "at 2:00 PM", "a las 2 de la tarde", "hasta las 2 de la tarde"},
		{17*60 + 5, "5:05 PM", "5:05 p. m.", "at 5:05 PM", "a las 5:05 de la tarde", "hasta las 5:05 de la tarde"},
		{19 * 60, "7:00 PM", "7:00 p. m.", "at 7:00 PM", "a las 7 de la noche", "hasta las 7 de la noche"},
		{24 * 60, "midnight", "medianoche", "at midnight", "a la medianoche", "hasta la medianoche"},
	} {
		args := map[string]any{"m": test.minutes}
		if en, es := call(t, "clock .m", args); en != test.clockEN || es != test.clockES {
			t.Errorf("clock %d: %q %q", test.minutes, en, es)
		}
		if en, es := call(t, "at .m", args); en != test.atEN || es != test.atES {
			t.Errorf("at %d: %q %q", test.minutes, en, es)
		}
		if en, es := call(t, "until .m", args); en != "until "+test.clockEN || es != test.es {
			t.Errorf("until %d: %q %q", test.minutes, en, es)
		}
	}
}

func TestDaysAreWrittenAsEachLanguageDoes(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, zone) // a Sunday, late
	for _, test := range []struct {
		date           clinic.Date
		day, dia       string
		rel, relES     string
		when, whenES   string
		every, everyES string
	}{
		{clinic.Date{Year: 2026, Month: 11, Day: 22}, "Sunday, November 22", "domingo 22 de noviembre", "today", "hoy", "today at 2:00 PM", "hoy a las 2 de la tarde", "Sundays", "los domingos"},
		{clinic.Date{Year: 2026, Month: 11, Day: 23}, "Monday, November 23", "lunes 23 de noviembre", "tomorrow", "mañana", "tomorrow at 2:00 PM", "mañana a las 2 de la tarde", "Mondays", "los lunes"},
		{clinic.Date{Year: 2026, Month: 11, Day: 25}, "Wednesday, November 25", "miércoles 25 de noviembre", "on Wednesday, November 25", "el miércoles 25 de noviembre", "on Wednesday at 2:00 PM", "el miércoles a las 2 de la tarde", "Wednesdays", "los miércoles"},
		{clinic.Date{Year: 2026, Month: 12, Day: 1}, "Tuesday, December 1", "martes 1 de diciembre", "on Tuesday, December 1", "el martes 1 de diciembre", "on Tuesday, December 1 at 2:00 PM", "el martes 1 de diciembre a las 2 de la tarde", "Tuesdays", "los martes"},
		{clinic.Date{Year: 2027, Month: 1, Day: 2}, "Saturday, January 2", "sábado 2 de enero", "on Saturday, January 2", "el sábado 2 de enero", "on Saturday, January 2 at 2:00 PM", "el sábado 2 de enero a las 2 de la tarde", "Saturdays", "los sábados"},
	} {
		args := map[string]any{"d": test.date, "now": now, "w": test.date.Weekday(), "t": test.date.At(14*60, zone)}
		check := func(expression, wantEN, wantES string) {
			if en, es := call(t, expression, args); en != wantEN || es != wantES {
				t.Errorf("%s of %s: %q %q, want %q %q", expression, test.date, en, es, wantEN, wantES)
			}
		}
		check("day .d", test.day, test.dia)
		check("rel .now .d", test.rel, test.relES)
		check("when .now .t", test.when, test.whenES)
		check("every .w", test.every, test.everyES)
	}
}

func TestHoursAreWrittenAsEachLanguageDoes(t *testing.T) {
	for _, test := range []struct {
		hours  []clinic.Interval
		en, es string
	}{
		{nil, "closed", "cerrado"},
		{[]clinic.Interval{{Open: 480, Close: 1050}}, "8:00 AM to 5:30 PM", "8:00 a. m. a 5:30 p. m."},
		{[]clinic.Interval{{Open: 480, Close: 720}, {Open: 780, Close: 1020}}, "8:00 AM to noon and 1:00 PM to 5:00 PM", "8:00 a. m. al mediodía y de 1:00 p. m. a 5:00 p. m."},
		{[]clinic.Interval{{Open: 1080, Close: 1440}}, "6:00 PM to midnight", "6:00 p. m. a la medianoche"},
		{[]clinic.Interval{{Open: 0, Close: 1440}}, "24 hours", "las 24 horas"},
	} {
		if en, es := call(t, "hours .h", map[string]any{"h": test.hours}); en != test.en || es != test.es {
			t.Errorf("%v: %q %q", test.hours, en, es)
		}
	}
}

func TestDaysOfTheWeekAreJoinedToSpans(t *testing.T) {
	days := func(names string) (out []time.Weekday) {
		d, err := clinic.ParseDays(names)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct{ days, en, es, onEN, onES string }{
		{"mon-thu", "Monday to Thursday", "lunes a jueves", "Monday to Thursday", "de lunes a jueves"},
		{"mon, wed, fri", "Monday, Wednesday and Friday", "lunes, miércoles y viernes", "on Monday, Wednesday and Friday", "los lunes, miércoles y viernes"},
		{"tue, wed", "Tuesday and Wednesday", "martes y miércoles", "on Tuesday and Wednesday", "los martes y miércoles"},
		{"sat-sun", "Saturday and Sunday", "sábado y domingo", "on Saturday and Sunday", "los sábados y domingos"},
		{"sun", "Sunday", "domingo", "on Sunday", "los domingos"},
		{"thu-sat, mon", "Monday and Thursday to Saturday", "lunes y jueves a sábado", "on Monday and Thursday to Saturday", "los lunes y jueves a sábados"},
	} {
		args := map[string]any{"d": days(test.days)}
		if en, es := call(t, "weekdays .d", args); en != test.en || es != test.es {
			t.Errorf("%s: %q %q", test.days, en, es)
		}
		if en, es := call(t, "ondays .d", args); en != test.onEN || es != test.onES {
			t.Errorf("%s: %q %q", test.days, en, es)
		}
	}
}

func TestMoneyPhonesAndListsAreWrittenAsEachLanguageDoes(t *testing.T) {
	for _, test := range []struct {
		expression string
		args       map[string]any
		en, es     string
	}{
		{"money .c", map[string]any{"c": 4500}, "$45", "$45"},
		{"money .c", map[string]any{"c": 4550}, "$45.50", "$45.50"},
		{"money .c", map[string]any{"c": 5}, "$0.05", "$0.05"},
		{"money .c", map[string]any{"c": 123456700}, "$1,234,567", "$1,234,567"},
		{"price .a .b", map[string]any{"a": 2500, "b": 9000}, "$25 to $90", "$25 a $90"},
		{"price .a .b", map[string]any{"a": 0, "b": 0}, "free", "gratis"},
		{"price .a .b", map[string]any{"a": 8500, "b": 0}, "$85", "$85"},
		{"phone .p", map[string]any{"p": "7135550142"}, "(713) 555-0142", "(713) 555-0142"},
		{"phone .p", map[string]any{"p": "+1 713-555-0142"}, "(713) 555-0142", "(713) 555-0142"},
		{"phone .p", map[string]any{"p": "713.555.0142 ext. 2"}, "713.555.0142 ext. 2", "713.555.0142 ext. 2"},
		{"phone .p", map[string]any{"p": "+52 55 5555 0142"}, "+52 55 5555 0142", "+52 55 5555 0142"},
		{"list .l", map[string]any{"l": []string{"a"}}, "a", "a"},
		{"list .l", map[string]any{"l": []string{"a", "b"}}, "a and b", "a y b"},
		{"list .l", map[string]any{"l": []string{"a", "b", "c"}}, "a, b and c", "a, b y c"},
		{"list .l", map[string]any{"l": []string{"Molina", "IMSS"}}, "Molina and IMSS", "Molina e IMSS"},
		{"list .l", map[string]any{"l": []string{"agua", "hielo"}}, "agua and hielo", "agua y hielo"},
		{"langs .l", map[string]any{"l": []string{"es", "en", "vi"}}, "Spanish, English and Vietnamese", "español, inglés y vietnamita"},
		{"langs .l", map[string]any{"l": []string{"es", "en"}}, "Spanish and English", "español e inglés"},
		{"lang .l", map[string]any{"l": "xx"}, "xx", "xx"},
		{`plural .n "one" "more"`, map[string]any{"n": 1}, "one", "one"},
		{`plural .n "one" "more"`, map[string]any{"n": 0}, "more", "more"},
		{"cap .s", map[string]any{"s": "árbol"}, "Árbol", "Árbol"},
	} {
		if en, es := call(t, test.expression, test.args); en != test.en || es != test.es {
			t.Errorf("%s: %q %q, want %q %q", test.expression, en, es, test.en, test.es)
		}
	}
}

func TestASentenceNeverEndsWithTwoFullStops(t *testing.T) {
	if got := tidy("Abrimos a las 5:00 p. m..  Gracias. \nAdiós "); got != "Abrimos a las 5:00 p. m. Gracias.\nAdiós" {
		t.Errorf("%q", got)
	}
}
