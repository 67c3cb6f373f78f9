package answer

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
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

// sample is the sample clinic, read only.
var sample = sync.OnceValue(clinic.Sample)

// one is the sample with only its first location; bare publishes the least
// that a profile may.
func one() *clinic.Profile {
	p := clinic.Sample()
	p.Location = p.Location[:1]
	p.Location[0].Hours[time.Friday] = []clinic.Interval{{Open: 480, Close: 720}, {Open: 780, Close: 1020}}
	for i := range p.Providers {
		p.Providers[i].Location = nil
	}
	return p
}

func bare() *clinic.Profile {
	p := clinic.Sample()
	return &clinic.Profile{ID: "bare", Name: "Bare", Zone: p.Zone, Phone: p.Phone, Links: clinic.Links{Secure: p.Links.Secure},
		Location: []clinic.Location{{ID: "a", Name: "A", Address: "1 A Street"}}, Languages: []string{"en", "es"}}
}

func always() *clinic.Profile {
	p := bare()
	for i := range p.Location[0].Hours {
		p.Location[0].Hours[i] = []clinic.Interval{{Open: 0, Close: 1440}}
	}
	return p
}

func changed(change func(*clinic.Profile)) func() *clinic.Profile {
	return func() *clinic.Profile { p := clinic.Sample(); change(p); return p }
}

const (
	open   = "2026-11-18 10:30"
	closed = "2026-11-18 21:00"
)

// asked lists questions with the keys that answer them. Together with fixed
// it reaches every text of the catalogue.
var asked = []struct {
	clinic       func() *clinic.Profile
	now          string
	intent, text string
	want         string
	contains     string // in the English text
}{
	{one, open, "hours", "what time do you close today", "hours.now_open", "until 5:30 PM"},
	{one, "2026-11-20 09:00", "hours", "¿están abiertos?", "hours.now_open", "and again 1:00 PM to 5:00 PM"},
	{one, "2026-11-20 12:30", "hours", "estan abiertos", "hours.now_closed", "We open today at 1:00 PM"},
	{one, closed, "hours", "a que hora cierran hoy", "hours.now_closed", "tomorrow at 8:00 AM and close at 5:30 PM"},
	{one, "2026-11-26 10:00", "hours", "are you open", "hours.now_closed", "(Thanksgiving)"},
	{bare, open, "hours", "are you open", "hours.now_closed_long", ""},
	{always, open, "hours", "are you open", "hours.always_open", ""},
	{sample, open, "hours", "a que hora cierran hoy", "hours.now_places", "Gulfton: open until 5:30 PM"},
	{sample, "2026-11-26 10:00", "hours", "open today?", "hours.now_places", "closed, opens tomorrow at 9:00 AM (Thanksgiving)"},
	{one, open, "hours", "are you open saturday?", "hours.day_open", "On Saturday, November 21 we are open 9:00 AM to 1:00 PM"},
	{one, open, "hours", "abren mañana", "hours.day_open", "Tomorrow we are open"},
	{one, open, "hours", "are you open on thanksgiving", "hours.day_closed", "November 26 (Thanksgiving). We open again on Friday, November 27 at 9:00 AM"},
	{one, open, "hours", "abren el domingo", "hours.day_closed", "on Monday at 8:00 AM"},
	{sample, open, "hours", "abren en accion de gracias", "hours.day_closed", "Thanksgiving"},
	{sample, open, "hours", "are you open thursday the 26th", "hours.days", ""},
	{sample, open, "hours", "y los sábados?", "hours.days", "Saturdays:\nGulfton: 9:00 AM to 1:00 PM\nEastside: closed"},
	{sample, open, "hours", "open this weekend?", "hours.days", "Sunday, November 22: closed"},
	{sample, open, "hours", "abren el 24 de diciembre", "hours.day_open", "(Christmas Eve)"},
	{sample, open, "hours", "abren el viernes despues de thanksgiving en gulfton", "hours.days", "Gulfton: 9:00 AM to 1:00 PM"},
	{sample, "2026-11-24 09:00", "hours", "los jueves abren?", "hours.days", "Thursday, November 26 (Thanksgiving): closed"},
	{one, open, "hours", "are you open tomorrow at 3", "hours.at_open", "Yes, we are open tomorrow at 3:00 PM"},
	{one, open, "hours", "abren el sabado a las 4", "hours.at_closed", "9:00 AM to 1:00 PM"},
	{one, open, "hours", "are you open thanksgiving at 10", "hours.at_closed", "(Thanksgiving)"},
	{sample, open, "hours", "are you open tomorrow at 6pm", "hours.at_places", "Eastside: open"},
	{sample, open, "hours", "horario?", "hours.week", "Monday to Thursday: 8:00 AM to 5:30 PM"},
	{sample, open, "hours", "what are your hours", "hours.week", "Thursday, November 26 (Thanksgiving): closed"},
	{sample, open, "hours", "del lunes al viernes?", "hours.week", ""},
	{sample, "2026-07-01 09:00", "hours", "horario", "hours.week", "Gulfton (summer hours)"},
	{one, open, "hours", "are you open in the evening", "hours.week", "Our hours:"},

	{one, open, "location", "where are you", "location.one", "We are at 6710 Renwick Court"},
	{sample, open, "location", "donde estan", "location.places", "We have 2 locations"},
	{sample, open, "location", "donde queda la de harrisburg", "location.one", "Eastside: 5214"},
	{one, open, "parking", "is there parking", "parking.one", "Free parking in front"},
	{sample, open, "parking", "hay estacionamiento?", "parking.places", "Eastside: Free parking lot"},
	{sample, open, "parking", "wheelchair parking at eastside?", "parking.one", "two wheelchair spaces"},
	{bare, open, "parking", "parking?", "parking.none", ""},
	{sample, open, "contact", "whats your number", "contact.all", "Eastside: (713) 555-0165"},

	{sample, open, "insurance", "do you take Medicaid?", "insurance.accepted", "Medicaid"},
	{sample, open, "insurance", "aceptan Molina?", "insurance.accepted", "Molina"},
	{sample, open, "insurance", "aceptan la tarjeta dorada", "insurance.accepted", "Harris Health"},
	{sample, open, "insurance", "do u take blue cross", "insurance.accepted", "HMO"},
	{sample, open, "insurance", "what about Aetna and Cigna?", "insurance.accepted", "Aetna and Cigna"},
	{sample, open, "insurance", "do you accept ambeter", "insurance.accepted", "Ambetter"},
	{sample, open, "insurance", "aceptan humna", "insurance.accepted", "Humana"},
	{sample, open, "insurance", "medicaid or kaiser", "insurance.accepted insurance.refused", ""},
	{sample, open, "insurance", "do you take kaiser", "insurance.refused", "Kaiser Permanente"},
	{sample, open, "insurance", "do you take Curative", "insurance.unlisted", "asked our staff"},
	{sample, closed, "insurance", "aceptan curative?", "insurance.unlisted", "tomorrow at 8:00 AM"},
	{sample, open, "insurance", "do you take my insurance", "insurance.list", "CHIP"},
	{sample, open, "insurance", "que aseguranzas aceptan", "insurance.list", ""},
	{sample, open, "insurance", "atienden sin seguro?", "insurance.uninsured", "sliding scale"},
	{sample, open, "insurance", "i dont have insurance", "insurance.uninsured", ""},
	{changed(func(p *clinic.Profile) { p.Uninsured = false }), open, "insurance", "no tengo aseguranza", "insurance.uninsured_no", ""},
	{bare, open, "insurance", "do you take aetna", "insurance.none", ""},

	{sample, open, "walk_ins", "can i walk in", "walk_ins.yes", "before 4 PM"},
	{changed(func(p *clinic.Profile) { p.WalkIns = clinic.WalkIns{} }), open, "walk_ins", "sin cita?", "walk_ins.no", "buenavista.example/book"},
	{bare, open, "walk_ins", "sin cita?", "walk_ins.no", "To make one call"},
	{sample, open, "walk_ins", "do i need an appointment for a flu shot", "walk_ins.service", "flu shots"},
	{changed(func(p *clinic.Profile) { p.WalkIns = clinic.WalkIns{} }), open, "walk_ins", "ekg without appointment?", "walk_ins.service_no", "EKGs"},
	{sample, open, "booking", "i need an appointment", "booking.link", "buenavista.example/book"},
	{bare, closed, "booking", "quiero una cita", "booking.phone", ""},
	{sample, open, "reschedule", "can i move my appointment", "visit.reschedule", ""},
	{sample, open, "cancel", "i need to cancel my appointment", "visit.cancel", ""},
	{sample, open, "cancel", "CANCEL", "cancel.which", ""},
	{sample, open, "confirm", "confirmo mi cita", "visit.confirm", ""},
	{sample, open, "first_visit", "what should i bring", "first_visit.welcome", "15 minutes early"},
	{changed(func(p *clinic.Profile) { p.FirstVisit.MinutesEarly = 1 }), open, "first_visit", "que llevo", "first_visit.welcome", "1 minute early"},
	{bare, open, "first_visit", "que llevo", "first_visit.full", ""},
	{sample, open, "forms", "where is the paperwork", "forms.link", "/forms"},
	{bare, open, "forms", "formularios", "forms.none", ""},

	{sample, open, "services", "do you treat diabetes?", "services.offered", "diabetes care"},
	{sample, open, "services", "¿ponen la vacuna de la gripe?", "services.offered", "You do not need an appointment"},
	{sample, open, "services", "flu shots and a sports physical and labs?", "services.offered", "flu shots, sports physicals and lab work"},
	{sample, open, "services", "do you have therapy", "services.offered", "Gulfton location"},
	{sample, open, "services", "tienen dentista", "services.not_offered", "dental care"},
	{sample, open, "services", "do you do x-rays", "services.not_offered", "X-rays"},
	{sample, open, "services", "blood work and dental?", "services.offered services.not_offered", ""},
	{sample, open, "services", "do you treat vertigo", "services.unlisted", "asked our staff"},
	{sample, open, "services", "what services do you offer", "services.list", "and more"},
	{sample, open, "services", "que servicios ofrecen", "services.list", ""},
	{bare, open, "services", "do you treat diabetes", "services.none", ""},

	{sample, open, "providers", "is Dr. Payne there", "providers.one", "Not taking new patients"},
	{sample, open, "providers", "atiende la dra treviño los lunes?", "providers.on_day", "on Mondays, at Gulfton"},
	{sample, open, "providers", "is dr tran in on thursday", "providers.off_day", "Monday, Wednesday and Friday"},
	{sample, open, "providers", "is dr payne in on thanksgiving", "providers.off_day", "(Thanksgiving)"},
	{sample, open, "providers", "do you have a woman doctor", "providers.found", "Dr. Ana Treviño"},
	{sample, open, "providers", "tienen pediatra?", "providers.found", "Dr. Linh Tran"},
	{sample, open, "providers", "is there a counselor", "providers.found", "Yes: Camila Duarte"},
	{sample, open, "providers", "a doctor who speaks vietnamese", "providers.found", "Dr. Linh Tran"},
	{sample, open, "providers", "hay doctor que hable coreano", "providers.none", ""},
	{sample, open, "providers", "is Dr. Smith there", "providers.none", ""},
	{sample, open, "providers", "who are your doctors", "providers.list", "Sofía Ramírez"},
	{sample, open, "providers", "estan aceptando pacientes nuevos", "providers.accepting", "Dr. Luis Ortega"},
	{bare, open, "providers", "who are your doctors", "providers.unpublished", ""},
	{sample, open, "languages", "do you speak spanish", "languages.yes", "Spanish"},
	{sample, open, "languages", "what languages do you speak", "languages.list", "English, Spanish and Vietnamese"},
	{changed(func(p *clinic.Profile) { p.Languages = []string{"en", "es"} }), open, "languages", "vietnamese?", "languages.provider", "Dr. Linh Tran speaks Vietnamese"},
	{sample, open, "languages", "hablan coreano?", "languages.no", "Korean"},

	{sample, open, "cost", "how much is a visit", "cost.named", "$85"},
	{sample, open, "cost", "cuanto cuesta la vacuna de la gripe y los analisis", "cost.named", "$25 to $90"},
	{sample, open, "cost", "how much do you charge", "cost.list", "Sports or school physical: $35"},
	{sample, open, "cost", "do you have a payment plan", "cost.payment", "sliding scale"},
	{sample, open, "cost", "how much is an EKG", "cost.unlisted", ""},
	{bare, open, "cost", "precios?", "cost.none", ""},

	{sample, open, "greeting", "hola", "greeting", "Hello"},
	{sample, open, "thanks", "gracias", "thanks", ""},
	{sample, open, "goodbye", "bye", "goodbye", ""},
	{sample, open, "unclear", "hm", "unclear", ""},
}

// fixed are the keys that callers send without a question.
var fixed = []string{
	"intro", "unclear", "unreadable", "emergency.medical", "emergency.poisoning", "emergency.self_harm", "emergency.violence",
	"handoff.care", "handoff.attachment", "human.request", "human.complaint", "human.callback", "human.other_language",
	"consent.stopped", "consent.started", "consent.help", "decline.off_topic", "decline.abuse", "decline.injection",
	"cancel.which", "greeting", "thanks", "goodbye",
}

// speechless are the keys whose answers leave the matter to staff.
func leftToStaff(key string) bool {
	for _, end := range []string{".none", ".unlisted", ".unpublished"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
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
			if leftToStaff(m.Key) && len(a.Messages) == 1 && (a.Known || !a.Staff) {
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
		if !reached[key] && !strings.HasPrefix(key, "reply.") {
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
