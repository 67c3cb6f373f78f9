package answer

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/reading"
	"recado/locales"
)

// The times of the tests: a Wednesday before noon, and late that evening.
// Thanksgiving is the Thursday after.
func at(t testing.TB, clock string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now, err := time.ParseInLocation("2006-01-02 15:04", clock, zone)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// ask reads a text without the chat forms and repairs of the reader.
func ask(p *clinic.Profile, now time.Time, intent, text string, previous ...string) Answer {
	r := &reading.Reading{Text: language.Scan(text)}
	return For(Question{Intent: intent, Reading: r, To: len(r.Text.Tokens), Profile: p, Now: now, Previous: previous})
}

func keys(a Answer) string {
	var out []string
	for _, m := range a.Messages {
		out = append(out, m.Key)
	}
	return strings.Join(out, " ")
}

func TestEveryQuestionGetsItsText(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	for _, test := range asked {
		p := test.clinic()
		a := ask(p, at(t, test.now), test.intent, test.text)
		if keys(a) != test.want {
			t.Errorf("%s %q: %s, want %s", test.intent, test.text, keys(a), test.want)
		}
		english := ""
		for _, m := range a.Messages {
			reached[m.Key] = true
			for _, lang := range locales.Languages {
				text := render(t, c, lang, p, m)
				if lang == language.English {
					english += text
				}
			}
			byList := m.Key == "insurance.unlisted" || m.Key == "providers.none" // the list itself answers
			if leftToStaff(m.Key) && (!a.Staff || a.Known != byList) {
				t.Errorf("%s %q: %s promises staff, and the answer does not call them", test.intent, test.text, m.Key)
			}
		}
		if !strings.Contains(english, test.contains) {
			t.Errorf("%s %q: %q lacks %q", test.intent, test.text, english, test.contains)
		}
	}
	p := clinic.Sample()
	for _, now := range []string{open, closed, "2026-11-25 23:00"} {
		for _, key := range fixed {
			reached[key] = true
			for _, lang := range locales.Languages {
				render(t, c, lang, nil, Fixed(key, p, at(t, now)))
			}
		}
	}
	for _, key := range c.Keys() {
		if !reached[key] && !strings.HasPrefix(key, "reply.") && !strings.HasPrefix(key, "private.") && !strings.HasPrefix(key, "booking.") && !strings.HasPrefix(key, "choices.") { // those of the private page and of the appointment book have arguments of their own
			t.Errorf("no path renders %s", key)
		}
	}
}

// render fails the test where a text is not fit to send.
func render(t *testing.T, c *locales.Catalogue, lang language.Language, own locales.Own, m locales.Message) string {
	t.Helper()
	text, err := c.Render(lang, own, m)
	if err != nil {
		t.Errorf("%s %s: %v", lang, m.Key, err)
	}
	if os.Getenv("PRINT_TEXTS") != "" {
		fmt.Printf("--- %s %s (%d)\n%s\n", m.Key, lang, len([]rune(text)), text)
	}
	switch {
	case strings.Contains(text, "<no value>") || strings.Contains(text, "{{") || strings.Contains(text, "[]"):
		t.Errorf("%s %s has a hole: %s", lang, m.Key, text)
	case strings.ContainsAny(text, "\u00a0\u202f\u2009\u2013\u2014\u201c\u201d\u2019"):
		t.Errorf("%s %s holds a character that SMS has no room for: %q", lang, m.Key, text)
	case len([]rune(text)) > 600:
		t.Errorf("%s %s is %d characters long", lang, m.Key, len([]rune(text)))
	case strings.Contains(text, "..") || strings.Contains(text, " .") || strings.Contains(text, "  ") || strings.Contains(text, " ,"):
		t.Errorf("%s %s is badly joined: %q", lang, m.Key, text)
	}
	return text
}

func TestFollowUpsGoOnFromTheLastQuestion(t *testing.T) {
	p := clinic.Sample()
	now := at(t, open)
	for _, test := range []struct {
		previous, intent, text string
		want, key              string
	}{
		{"hours", "unclear", "y los sabados?", "hours", "hours.days"},
		{"insurance", "unclear", "what about Aetna?", "insurance", "insurance.accepted"},
		{"insurance", "services", "y Molina?", "insurance", "insurance.accepted"},
		{"insurance", "unclear", "and curative?", "insurance", "insurance.unlisted"},
		{"services", "unclear", "y asma?", "services", "services.offered"},
		{"cost", "services", "and the flu shot?", "cost", "cost.named"},
		{"parking", "location", "y en eastside?", "parking", "parking.one"},
		{"providers", "hours", "y los lunes?", "providers", "providers.list"},
		{"hours", "providers", "and dr tran?", "providers", "providers.one"},
		{"languages", "unclear", "y coreano?", "languages", "languages.no"},
		{"booking", "hours", "what are your hours", "hours", "hours.week"},
		{"location", "unclear", "how about sunday?", "hours", "hours.day_closed"},
	} {
		a := ask(p, now, test.intent, test.text, test.previous)
		if a.Intent != test.want || keys(a) != test.key {
			t.Errorf("after %s, %q: %s %s, want %s %s", test.previous, test.text, a.Intent, keys(a), test.want, test.key)
		}
	}
}

func TestSlotsHoldTheProfilesNamesAndNeverThePatientsWords(t *testing.T) {
	p := clinic.Sample()
	now := at(t, open)
	for _, test := range []struct {
		intent, text string
		want         map[string]string
	}{
		{"insurance", "do you take etna", map[string]string{"plan": "Aetna"}},
		{"services", "ponen la vacuna de la gripa", map[string]string{"service": "flu_shot"}},
		{"hours", "are you open tomorrow at 3 at eastside", map[string]string{"day": "2026-11-19", "time": "15:00", "location": "eastside"}},
		{"hours", "los sábados", map[string]string{"day": "Saturday"}},
		{"providers", "dr payne?", map[string]string{"provider": "Dr. Michael Payne"}},
		{"cost", "cuanto cuesta la consulta", map[string]string{"price": "visit"}},
		{"languages", "hablan coreano", map[string]string{"language": "ko"}},
		{"insurance", "do you take Curative", map[string]string{}},
	} {
		a := ask(p, now, test.intent, test.text)
		if fmt.Sprint(a.Slots) != fmt.Sprint(test.want) {
			t.Errorf("%q: %v, want %v", test.text, a.Slots, test.want)
		}
	}
}

func TestNoReplyRepeatsThePatient(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	p := clinic.Sample()
	for intent := range answerers {
		for _, text := range []string{"do you take zzcanary", "tienen zzcanary", "dr zzcanary", "zzcanary"} {
			for _, m := range ask(p, at(t, open), intent, text).Messages {
				for _, lang := range locales.Languages {
					out, err := c.Render(lang, p, m)
					if err != nil || strings.Contains(strings.ToLower(out), "zzcanary") {
						t.Errorf("%s %q: %s %v", intent, text, out, err)
					}
				}
			}
		}
	}
}

func TestKeysOfOneAnswerDiffer(t *testing.T) {
	p := clinic.Sample()
	for _, test := range asked {
		seen := []string{}
		for _, m := range ask(p, at(t, open), test.intent, test.text).Messages {
			if slices.Contains(seen, m.Key) {
				t.Errorf("%q: %s twice", test.text, m.Key)
			}
			seen = append(seen, m.Key)
		}
	}
}

func TestTheChoiceBetweenVisitAndMessagesIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"1": "cancel", "2": "opt_out", "uno": "cancel", "2.": "opt_out", "la segunda": "opt_out", "the first": "cancel", "la cita": "cancel",
		"los mensajes": "opt_out", "1 or 2": "", "3": "", "": "", "what does 1 mean for me then": "",
	} {
		got, ok := Chosen("cancel.which", language.Scan(text).Tokens)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
	}
	if _, ok := Chosen("", language.Scan("1").Tokens); ok {
		t.Error("a number without a question was read as a choice")
	}
}

func TestAnIntentWithoutAnAnswerOfItsOwnGetsItsText(t *testing.T) {
	a := ask(clinic.Sample(), at(t, open), "wifi", "do you have wifi")
	if keys(a) != "reply.wifi" || !a.Known {
		t.Errorf("%s %v", keys(a), a.Known)
	}
}

func FuzzForAnswersAnything(f *testing.F) {
	for _, test := range asked {
		f.Add(test.intent, test.text)
	}
	c, err := locales.Default()
	if err != nil {
		f.Fatal(err)
	}
	p := clinic.Sample()
	now := at(f, open)
	f.Fuzz(func(t *testing.T, intent, text string) {
		if answerers[intent] == nil {
			return
		}
		for _, m := range ask(p, now, intent, text, "hours").Messages {
			for _, lang := range locales.Languages {
				if _, err := c.Render(lang, p, m); err != nil {
					t.Errorf("%s %q: %v", intent, text, err)
				}
			}
		}
	})
}

func BenchmarkFor(b *testing.B) {
	p := clinic.Sample()
	now := at(b, open)
	r := &reading.Reading{Text: language.Scan("hola buenas tardes aceptan ambetter para mi hijo de 5 años por favor")}
	b.ReportAllocs()
	for b.Loop() {
		For(Question{Intent: "insurance", Reading: r, To: len(r.Text.Tokens), Profile: p, Now: now})
	}
}

func TestTheSampleClinicsOwnTextsFitTheCatalogue(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clinic.Parse("sample.yaml", clinic.SampleYAML(), clinic.TextKeys(c.Keys()), clinic.TextCheck(c.CheckOwn)); err != nil {
		t.Error(err)
	}
}
