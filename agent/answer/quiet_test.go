package answer_test

import (
	"strings"
	"testing"
	"time"

	"recado/agent/answer"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/locales"
)

// quietClinic has all that makes hours hard.
const quietClinic = `id: sol
name: Sol
zone: America/Chicago
phone: (713) 555-0142
links:
  secure: https://sol.example/private
languages: [en, es]
locations:
  - id: main
    name: Main
    address: 1 Main Street
    hours:
      mon-fri: 8:00-12:00, 13:00-17:00
      sat: 9:00-13:00
      sun: closed
holidays:
  - us: thanksgiving
    hours: closed
  - us: day_after_thanksgiving
    hours: closed
  - us: christmas_eve
    hours: 8:00-12:00
  - us: christmas
    hours: closed
  - name: {en: staff training, es: capacitación del personal}
    date: 2026-03-11
    hours: closed
seasons:
  - name: {en: summer hours, es: horario de verano}
    from: june 1
    to: august 31
    hours:
      mon-thu: 7:00-15:00
      fri-sun: closed
quiet_texts:
  human.request:
    en: "{{.clinic}} sleeps now. {{template \"part.read\" .}}"
    es: "{{.clinic}} ya cerró. {{template \"part.read\" .}}"
texts:
  human.request:
    en: A person will answer you shortly.
    es: En un momento le contesta una persona.
  human.complaint:
    en: We are sorry.
    es: Lo sentimos mucho.
`

func quietProfile(t *testing.T, text string) *clinic.Profile {
	t.Helper()
	catalogue, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	p, err := clinic.Parse("sol.yaml", []byte(text), clinic.TextKeys(catalogue.Keys()), clinic.TextCheck(catalogue.CheckOwn))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t *testing.T, p *clinic.Profile, text string) time.Time {
	t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04", text, p.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func fixedText(t *testing.T, p *clinic.Profile, lang language.Language, key string, now time.Time) string {
	t.Helper()
	catalogue, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	text, err := answer.RenderFixed(catalogue, lang, key, p, now)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryReplyToStaffsWorkSaysWhenItWillBeRead(t *testing.T) {
	sundays := strings.Replace(quietClinic, "sun: closed", "sun: 9:00-12:00", 1)
	for _, test := range []struct{ name, clinic, now, en, es string }{
		{"open", quietClinic, "2026-11-18 10:30", "We are open now, so someone will read it soon.", "Estamos abiertos, así que pronto lo van a leer."},
		{"lunch break", quietClinic, "2026-11-18 12:15",
			"We are closed right now; someone will read it when we open today at 1:00 PM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, hoy a la 1 de la tarde."},
		{"before opening", quietClinic, "2026-11-18 06:00",
			"We are closed right now; someone will read it when we open today at 8:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, hoy a las 8 de la mañana."},
		{"night", quietClinic, "2026-11-18 21:00",
			"We are closed right now; someone will read it when we open tomorrow at 8:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, mañana a las 8 de la mañana."},
		{"one second before closing", quietClinic, "2026-11-18 16:59", "We are open now, so someone will read it soon.", "Estamos abiertos, así que pronto lo van a leer."},
		{"closing", quietClinic, "2026-11-18 17:00",
			"We are closed right now; someone will read it when we open tomorrow at 8:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, mañana a las 8 de la mañana."},
		{"weekend", quietClinic, "2026-11-21 15:00",
			"We are closed right now; someone will read it when we open on Monday at 8:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, el lunes a las 8 de la mañana."},
		{"holiday eve", quietClinic, "2026-11-25 21:00",
			"We are closed right now, and tomorrow for Thanksgiving; someone will read it when we open on Saturday at 9:00 AM.",
			"Ahora estamos cerrados y mañana no abrimos por Acción de Gracias; lo van a leer cuando abramos, el sábado a las 9 de la mañana."},
		{"holiday before midnight's end", quietClinic, "2026-11-26 00:00",
			"We are closed today for Thanksgiving; someone will read it when we open on Saturday at 9:00 AM.",
			"Hoy estamos cerrados por Acción de Gracias; lo van a leer cuando abramos, el sábado a las 9 de la mañana."},
		{"holiday", quietClinic, "2026-11-26 10:30",
			"We are closed today for Thanksgiving; someone will read it when we open on Saturday at 9:00 AM.",
			"Hoy estamos cerrados por Acción de Gracias; lo van a leer cuando abramos, el sábado a las 9 de la mañana."},
		{"the day after", quietClinic, "2026-11-27 10:30",
			"We are closed today for the day after Thanksgiving; someone will read it when we open tomorrow at 9:00 AM.",
			"Hoy estamos cerrados por el día después de Acción de Gracias; lo van a leer cuando abramos, mañana a las 9 de la mañana."},
		{"a holiday of a few hours, in them", quietClinic, "2026-12-24 11:00", "We are open now, so someone will read it soon.", "Estamos abiertos, así que pronto lo van a leer."},
		{"a holiday of a few hours, after them", quietClinic, "2026-12-24 15:00",
			"We are closed right now, and tomorrow for Christmas Day; someone will read it when we open on Saturday at 9:00 AM.",
			"Ahora estamos cerrados y mañana no abrimos por Navidad; lo van a leer cuando abramos, el sábado a las 9 de la mañana."},
		{"a day of the clinic's own", quietClinic, "2026-03-11 09:00",
			"We are closed today for the staff training; someone will read it when we open tomorrow at 8:00 AM.",
			"Hoy estamos cerrados por capacitación del personal; lo van a leer cuando abramos, mañana a las 8 de la mañana."},
		{"seasonal hours, open earlier", quietClinic, "2026-07-06 07:30", "We are open now, so someone will read it soon.", "Estamos abiertos, así que pronto lo van a leer."},
		{"seasonal hours, closed earlier", quietClinic, "2026-07-02 15:30",
			"We are closed right now; someone will read it when we open on Monday at 7:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, el lunes a las 7 de la mañana."},
		{"the last day of the season", quietClinic, "2026-08-31 20:00",
			"We are closed right now; someone will read it when we open tomorrow at 8:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, mañana a las 8 de la mañana."},
		{"the night that loses an hour", sundays, "2026-03-07 23:30",
			"We are closed right now; someone will read it when we open tomorrow at 9:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, mañana a las 9 de la mañana."},
		{"the night that has an hour twice", sundays, "2026-11-01 01:30",
			"We are closed right now; someone will read it when we open today at 9:00 AM.",
			"Ahora estamos cerrados; lo van a leer cuando abramos, hoy a las 9 de la mañana."},
	} {
		p := quietProfile(t, test.clinic)
		for lang, want := range map[language.Language]string{language.English: test.en, language.Spanish: test.es} {
			if got := fixedText(t, p, lang, "private.read", at(t, p, test.now)); got != want {
				t.Errorf("%s, %s:\n got %s\nwant %s", test.name, lang, got, want)
			}
			for _, key := range []string{"handoff.care", "handoff.attachment", "human.callback", "visit.reschedule", "visit.cancel", "visit.confirm", "booking.phone"} {
				if got := fixedText(t, p, lang, key, at(t, p, test.now)); !strings.Contains(got, want) {
					t.Errorf("%s, %s: %s does not say it: %s", test.name, lang, key, got)
				}
			}
		}
	}
}

// The hour of a day lasts until midnight, and what was worked out for it no
// longer.
func TestTheDayOfAHolidayEndsAtMidnight(t *testing.T) {
	p := quietProfile(t, quietClinic)
	for _, step := range []struct{ now, want string }{
		{"2026-11-25 23:59", "tomorrow for Thanksgiving"}, {"2026-11-26 00:00", "today for Thanksgiving"},
		{"2026-11-26 23:59", "today for Thanksgiving"}, {"2026-11-27 00:00", "today for the day after"}, {"2026-11-28 08:59", "right now;"},
	} {
		if got := fixedText(t, p, language.English, "private.read", at(t, p, step.now)); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s", step.now, got)
		}
	}
}

func TestNobodyIsSentToATelephoneThatNobodyAnswers(t *testing.T) {
	p := quietProfile(t, quietClinic)
	for lang, want := range map[language.Language][2]string{
		language.English: {"For a quicker answer, call", "When we are open you can also call"},
		language.Spanish: {"Si prefiere una respuesta más rápida", "Cuando abramos, también puede llamar"},
	} {
		for i, now := range []string{"2026-11-18 10:30", "2026-11-18 21:00"} {
			if got := fixedText(t, p, lang, "visit.cancel", at(t, p, now)); !strings.Contains(got, want[i]) || strings.Contains(got, want[1-i]) {
				t.Errorf("%s: %s", now, got)
			}
		}
	}
}

// Danger keeps no hours: who reads its text while the clinic is closed reads
// the same.
func TestAnEmergencyTextIsTheSameAtEveryHour(t *testing.T) {
	p := quietProfile(t, quietClinic)
	for _, key := range []string{"emergency.medical", "emergency.poisoning", "emergency.self_harm", "emergency.violence"} {
		for _, lang := range locales.Languages {
			open := fixedText(t, p, lang, key, at(t, p, "2026-11-18 10:30"))
			for _, now := range []string{"2026-11-18 21:00", "2026-11-26 10:30", "2026-11-22 03:00"} {
				if got := fixedText(t, p, lang, key, at(t, p, now)); got != open {
					t.Errorf("%s %s at %s: %s", key, lang, now, got)
				}
			}
		}
	}
}

func TestAClinicsQuietTextsAreForItsClosedHoursAlone(t *testing.T) {
	p := quietProfile(t, quietClinic)
	for _, test := range []struct{ key, now, en, es string }{
		{"human.request", "2026-11-18 10:30", "A person will answer you shortly.", "En un momento le contesta una persona."},
		{"human.request", "2026-11-26 10:30",
			"Sol sleeps now. We are closed today for Thanksgiving; someone will read it when we open on Saturday at 9:00 AM.",
			"Sol ya cerró. Hoy estamos cerrados por Acción de Gracias; lo van a leer cuando abramos, el sábado a las 9 de la mañana."},
		{"human.complaint", "2026-11-26 10:30", "We are sorry.", "Lo sentimos mucho."},
	} {
		for lang, want := range map[language.Language]string{language.English: test.en, language.Spanish: test.es} {
			if got := fixedText(t, p, lang, test.key, at(t, p, test.now)); got != want {
				t.Errorf("%s at %s: %s", test.key, test.now, got)
			}
		}
	}
}
