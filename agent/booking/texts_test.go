package booking_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"recado/agent/clinic"
	"recado/agent/language"
	"recado/locales"
)

func TestEveryChoiceFitsAButton(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 12, 40, 0, 0, time.UTC)
	for _, lang := range locales.Languages {
		for day := range 366 {
			at := start.AddDate(0, 0, day)
			for _, key := range c.Keys() {
				name, ok := strings.CutPrefix(key, "booking.choice.")
				if !ok || name == "place" || name == "kind" || name == "address" || day > 0 && name != "time" && name != "day" {
					continue
				}
				title, err := c.Render(lang, nil, locales.Message{Key: key, Args: map[string]any{"start": at, "date": clinic.DateOf(at)}})
				if err != nil || title == "" || utf8.RuneCountInString(title) > 20 {
					t.Fatalf("%s in %s: %q has %d letters: %v", key, lang, title, utf8.RuneCountInString(title), err)
				}
			}
		}
	}
}

// everything is what texts about booking may be given.
func everything(full bool) map[string]any {
	start := time.Date(2026, 12, 1, 14, 0, 0, 0, time.UTC)
	args := map[string]any{
		"clinic": "Sol", "phone": "7135550142", "secure": "https://s.example", "booking": "", "forms": "", "website": "", "now": start.Add(-time.Hour), "open": true, "opens": nil,
		"start": start, "date": clinic.DateOf(start), "second": nil, "place": nil, "address": nil, "ref": "K7Q2MP", "new": false, "n": 1, "minutes": 10, "moves": false,
		"goes_on": false, "days": []clinic.Date{}, "from": nil, "to": nil, "at": nil, "part": "", "after": nil, "before": nil, "nearest": false, "two": false, "asked": false, "hour": false, "holiday": nil, "name": "Sol", "visits": []any{},
	}
	if full {
		for k, v := range map[string]any{
			"booking": "https://b.example", "forms": "https://f.example", "second": start.Add(20 * time.Minute), "place": "Gulfton", "address": "1 Main", "new": true, "n": 3,
			"moves": true, "goes_on": true, "days": []clinic.Date{clinic.DateOf(start), clinic.DateOf(start.AddDate(0, 0, 1))}, "at": start, "part": "morning", "nearest": true, "two": true, "asked": true, "hour": true, "holiday": clinic.Bilingual{EN: "Thanksgiving", ES: "Acción de Gracias"},
		} {
			args[k] = v
		}
	}
	return args
}

func TestEveryTextAboutBookingIsWrittenInBothLanguages(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range c.Keys() {
		if !strings.HasPrefix(key, "booking.") || strings.HasPrefix(key, "booking.choice.") {
			continue
		}
		for _, full := range []bool{false, true} {
			en, err1 := c.Render(language.English, nil, locales.Message{Key: key, Args: everything(full)})
			es, err2 := c.Render(language.Spanish, nil, locales.Message{Key: key, Args: everything(full)})
			if err1 != nil || err2 != nil || en == es || en == "" || es == "" {
				t.Errorf("%s: %q %v, %q %v", key, en, err1, es, err2)
			}
			if n := utf8.RuneCountInString(es); n > 420 {
				t.Errorf("%s in Spanish has %d letters", key, n)
			}
			if strings.Contains(strings.ToLower(en+es), "cancel") {
				t.Errorf("%s prompts with a carrier's stop word: %s %s", key, en, es)
			}
		}
	}
}

func TestEveryTextAboutBookingIsSaidSomewhere(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			code += string(raw)
		}
	}
	for _, key := range c.Keys() {
		name := key
		if choice, ok := strings.CutPrefix(key, "booking.choice."); ok && choice != "place" && choice != "address" {
			name = choice
		}
		elsewhere := key == "booking.link" || key == "booking.phone" || strings.HasPrefix(key, "booking.reminder")
		if strings.HasPrefix(key, "booking.") && !elsewhere && !strings.Contains(code, `"`+name+`"`) {
			t.Errorf("nothing says %s", key)
		}
	}
}

func TestNoReplyAboutAVisitNamesSomebodyOrAReason(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	p := bookable()
	var private []string
	for _, v := range p.Providers {
		private = append(private, v.Name, v.NameES, v.Role.EN, v.Role.ES)
		private = append(private, strings.Fields(v.Name)[1:]...)
	}
	for _, s := range p.Services {
		private = append(private, s.Name.EN, s.Name.ES)
	}
	words := make([]string, 0, len(private))
	for _, w := range private {
		if w != "" {
			words = append(words, regexp.QuoteMeta(w))
		}
	}
	named := regexp.MustCompile(`(?i)(^|\PL)(` + strings.Join(words, "|") + `)($|\PL)`)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if !strings.HasPrefix(line, "    ") || strings.Contains(line, "911") {
				continue
			}
			if name := named.FindString(line); name != "" {
				t.Errorf("%s: %q names %q", file, strings.TrimSpace(line), name)
			}
		}
	}
}
