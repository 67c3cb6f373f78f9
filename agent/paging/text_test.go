package paging

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/language"
)

func TestBothLanguagesHaveTheSameTextsWithTheSameFields(t *testing.T) {
	all, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Keys()) < 40 {
		t.Errorf("%d keys", len(all.Keys()))
	}
	for _, key := range all.Keys() {
		en, es := all.Placeholders(language.English, key), all.Placeholders(language.Spanish, key)
		if !reflect.DeepEqual(en, es) {
			t.Errorf("%s uses %v in English and %v in Spanish", key, en, es)
		}
		for _, field := range en {
			if !slices.Contains([]string{"clinic", "reference", "n", "step", "link", "since", "date", "open", "claimed", "waiting",
				"late", "age", "emergencies", "urgent", "routine", "requests"}, field) {
				t.Errorf("%s uses {{.%s}}, which pages are not given", key, field)
			}
		}
	}
}

var evening = time.Date(2030, 11, 4, 22, 15, 0, 0, time.FixedZone("CST", -6*3600))

// every is a page of each kind.
func every() []Page {
	base := Page{
		ID: "id", Thread: "thread", Clinic: "sunrise", Name: "Sunrise Family Clinic", Since: evening, At: evening,
		Link: "https://staff.example/staff/sunrise",
	}
	var all []Page
	for _, kind := range []Kind{Arrived, Late, Overdue, Acknowledged, Glass, Filing, Audit, Storage, Works, Counts, Test} {
		for _, priority := range []agent.Priority{"emergency", "urgent", "routine", "", "unheard of"} {
			for _, count := range []int{0, 1, 7} {
				p := base
				p.Kind, p.Priority, p.Count = kind, priority, count
				if count == 0 {
					p.Case, p.Reference, p.Step, p.Repeat = "c1", "K7Q-2MD", 2, 3
				}
				if kind == Counts {
					p.Digest = &Digest{Open: 3, Waiting: 2, Late: 1, Oldest: 90 * time.Minute, Priorities: map[agent.Priority]int{"urgent": 2, "routine": 1}}
				}
				all = append(all, p)
			}
		}
	}
	return all
}

func TestEveryPageCanBeWrittenInBothLanguages(t *testing.T) {
	for _, p := range every() {
		for _, lang := range []language.Language{"en", "es", "", "fr"} {
			subject, body, err := p.Write(lang)
			if err != nil {
				t.Errorf("%s %s %d in %q: %v", p.Kind, p.Priority, p.Count, lang, err)
				continue
			}
			if subject == "" || len(subject) > 120 || strings.Contains(subject, "\n") || !strings.Contains(subject, p.Name) {
				t.Errorf("%s %s in %q: subject %q", p.Kind, p.Priority, lang, subject)
			}
			if !strings.Contains(body, p.Link) || strings.Contains(subject+body, "{{") {
				t.Errorf("%s in %q: %q", p.Kind, lang, body)
			}
		}
	}
}

func TestWhatPagesSay(t *testing.T) {
	base := Page{Name: "Sunrise", Reference: "K7Q-2MD", Since: evening, Kind: Arrived, Priority: "emergency", Case: "c1"}
	for name, c := range map[string]struct {
		change func(*Page)
		en, es string
	}{
		"an emergency":            {func(*Page) {}, "EMERGENCY waiting: Sunrise, K7Q-2MD", "EMERGENCIA en espera: Sunrise, K7Q-2MD"},
		"one that is late":        {func(p *Page) { p.Kind = Late }, "EMERGENCY still waiting: Sunrise, K7Q-2MD", "La EMERGENCIA sigue en espera: Sunrise, K7Q-2MD"},
		"an urgent case":          {func(p *Page) { p.Priority = "urgent" }, "Urgent case waiting: Sunrise, K7Q-2MD", "Caso urgente en espera: Sunrise, K7Q-2MD"},
		"one of no known urgency": {func(p *Page) { p.Priority = "x" }, "Urgent case waiting: Sunrise, K7Q-2MD", "Caso urgente en espera: Sunrise, K7Q-2MD"},
		"one late case":           {func(p *Page) { p.Kind, p.Count, p.Case = Late, 1, "" }, "1 case is late: Sunrise", "1 caso atrasado: Sunrise"},
		"several late cases":      {func(p *Page) { p.Kind, p.Count, p.Case = Late, 4, "" }, "4 cases are late: Sunrise", "4 casos atrasados: Sunrise"},
		"somebody has it":         {func(p *Page) { p.Kind = Acknowledged }, "Acknowledged by staff: Sunrise, K7Q-2MD", "Ya lo atiende el personal: Sunrise, K7Q-2MD"},
	} {
		p := base
		c.change(&p)
		en, _, err := p.Write(language.English)
		if err != nil || en != c.en {
			t.Errorf("%s: %q, %v, want %q", name, en, err, c.en)
		}
		if es, _, _ := p.Write(language.Spanish); es != c.es {
			t.Errorf("%s: %q, want %q", name, es, c.es)
		}
	}
	p := base
	p.Repeat = 2
	_, body, _ := p.Write(language.English)
	want := "An emergency has been waiting for staff since 10:15 PM on Monday, November 4. Nobody has taken it yet.\n\n" +
		"Reference: K7Q-2MD\n\nThis was sent 2 times before.\n\n" +
		"This message was sent by a machine. Please do not answer it: nobody reads it.\n"
	if body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
}

func TestAClinicsNameIsOneShortLine(t *testing.T) {
	for in, want := range map[string]string{
		"Sunrise": "Sunrise", "  Sun \t rise\r\nBcc: x ": "Sun rise Bcc: x", "a\x00b\u2028c\u202ed": "a b c d",
		"\xff\xfeok": "ok", strings.Repeat("ñ", 200): strings.Repeat("ñ", 80),
	} {
		if got := plain(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestAnAgeIsRead(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 min", 59 * time.Minute: "59 min", 61 * time.Minute: "1 h 1 min", 50 * time.Hour: "2 d"} {
		if got := age(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
