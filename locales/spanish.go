package locales

import (
	"fmt"
	"strings"
	"time"

	"recado/agent/clinic"
)

type spanish struct{}

var (
	diasSemana = [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
	meses      = [13]string{"", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
		"septiembre", "octubre", "noviembre", "diciembre"}
)

// clock is the form of tables and ranges: 2:00 p. m.
func (spanish) clock(m int) string {
	switch m {
	case 12 * 60:
		return "mediodía"
	case 0, 24 * 60:
		return "medianoche"
	}
	half := "a. m."
	if m%1440 >= 12*60 {
		half = "p. m."
	}
	return fmt.Sprintf("%d:%02d %s", (m/60+11)%12+1, m%60, half)
}

// spoken is a time as one says it, with its article: las 2 de la tarde, la
// 1:30 de la tarde, el mediodía.
func (spanish) spoken(m int) string {
	switch m {
	case 12 * 60:
		return "el mediodía"
	case 0, 24 * 60:
		return "la medianoche"
	}
	part := "de la noche"
	switch h := m / 60 % 24; {
	case h < 5:
		part = "de la madrugada"
	case h < 12:
		part = "de la mañana"
	case h < 19:
		part = "de la tarde"
	}
	hour := (m/60+11)%12 + 1
	article := "las"
	if hour == 1 {
		article = "la"
	}
	if m%60 == 0 {
		return fmt.Sprintf("%s %d %s", article, hour, part)
	}
	return fmt.Sprintf("%s %d:%02d %s", article, hour, m%60, part)
}

func (s spanish) at(m int) string {
	spoken := s.spoken(m)
	if rest, ok := strings.CutPrefix(spoken, "el "); ok {
		return "al " + rest
	}
	return "a " + spoken
}

func (s spanish) until(m int) string { return "hasta " + s.spoken(m) }

func (s spanish) interval(i clinic.Interval) string {
	to := " a "
	if i.Close == 12*60 {
		to = " al "
	}
	if i.Close == 0 || i.Close == 24*60 {
		to = " a la "
	}
	return s.clock(i.Open) + to + s.clock(i.Close)
}

func (spanish) day(d clinic.Date) string {
	return fmt.Sprintf("%s %d de %s", diasSemana[d.Weekday()], d.Day, meses[d.Month])
}

func (s spanish) on(d clinic.Date) string { return "el " + s.day(d) }

// firstThree are the first three letters of a day or a month.
func firstThree(name string) string { return string([]rune(name)[:3]) }

// short writes am and pm without points, as on phones: with them the longest
// has 23 letters.
func (s spanish) short(t time.Time) string {
	return s.shortDay(clinic.DateOf(t)) + ", " + t.Format("3:04 pm")
}

func (spanish) shortDay(d clinic.Date) string {
	return fmt.Sprintf("%s %d %s", firstThree(diasSemana[d.Weekday()]), d.Day, firstThree(meses[d.Month]))
}

func (s spanish) relative(days int, d clinic.Date) string {
	switch days {
	case 0:
		return "hoy"
	case 1:
		return "mañana"
	}
	return s.on(d)
}

func (s spanish) near(days int, d clinic.Date) string {
	if days > 1 && days < 7 {
		return "el " + diasSemana[d.Weekday()]
	}
	return s.relative(days, d)
}

func (spanish) weekday(w time.Weekday) string { return diasSemana[w] }

func (spanish) every(w time.Weekday) string {
	day := diasSemana[w]
	if !strings.HasSuffix(day, "s") {
		day += "s"
	}
	return "los " + day
}

func (spanish) span(from, to time.Weekday) string { return diasSemana[from] + " a " + diasSemana[to] }

func (spanish) onDays(days string, span bool) string {
	if span {
		return "de " + days
	}
	return "los " + strings.NewReplacer("sábado", "sábados", "domingo", "domingos").Replace(days)
}

// list says e for y before the sound i: español e inglés.
func (spanish) list(items []string) string {
	and := "y"
	if n := len(items); n > 1 && soundsLikeI(items[n-1]) {
		and = "e"
	}
	return join(items, and)
}

func soundsLikeI(s string) bool {
	s = strings.ToLower(s)
	for _, i := range []string{"hi", "i", "hí", "í"} {
		if rest, ok := strings.CutPrefix(s, i); ok {
			// hielo and iodo keep y
			return !strings.HasPrefix(rest, "e") && !strings.HasPrefix(rest, "a") && !strings.HasPrefix(rest, "o")
		}
	}
	return false
}

func (spanish) name(code string) string { return clinic.LanguageName(code).ES }

func (spanish) word(w word) string {
	return [...]string{closed: "cerrado", free: "gratis", and: "y", andFrom: "y de", to: "a", allDay: "las 24 horas"}[w]
}

// occasion gives a name that begins with "día" or "víspera" its article.
func (spanish) occasion(name string) string {
	first, _, _ := strings.Cut(name, " ")
	switch strings.ToLower(first) {
	case "día":
		return "el " + name
	case "víspera":
		return "la " + name
	}
	return name
}
