package console

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestTheTextsOfBothLanguagesHaveTheSameKeysAndFields(t *testing.T) {
	all, err := loadTexts(textFiles)
	if err != nil {
		t.Fatal(err)
	}
	if len(all["en"]) < 200 || len(all["en"]) != len(all["es"]) {
		t.Errorf("%d texts in English, %d in Spanish", len(all["en"]), len(all["es"]))
	}
}

func TestWhatIsWrongWithTextsIsToldWithItsLine(t *testing.T) {
	for name, test := range map[string]struct{ en, es, more, want string }{
		"a key is missing":    {"[a]\nb = \"x\"\n", "[a]\n", "", "texts/en.toml:2: a.b: has no text in \"es\""},
		"a field is missing":  {"a = \"{{.name}} x\"\n", "\na = \"x\"\n", "", "texts/es.toml:2: a: has the fields []"},
		"a field is no field": {"a = \"{{if .x}}\"\n", "a = \"x\"\n", "", "texts/en.toml:1: a: has something in braces"},
		"empty":               {"a = \"\"\n", "a = \"x\"\n", "", "texts/en.toml:1: a: is empty"},
		"no text":             {"a = 1\n", "a = \"x\"\n", "", "texts/en.toml:1: a: is no text"},
		"twice":               {"a = \"x\"\n", "a = \"x\"\n", "a = \"y\"\n", "is in texts/"},
		"no TOML":             {"a = \n", "a = \"x\"\n", "", "texts/en.toml"},
		"one form":            {"[a]\none = \"{{.n}} x\"\nother = \"{{.n}} x\"\n", "a = \"x\"\n", "", "texts/en.toml:1: a: has the fields [n]"},
	} {
		files := fstest.MapFS{"texts/en.toml": {Data: []byte(test.en)}, "texts/es.toml": {Data: []byte(test.es)}}
		if test.more != "" {
			files["texts/inbox.en.toml"] = &fstest.MapFile{Data: []byte(test.more)}
		}
		if _, err := loadTexts(files); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var (
	inTemplate = regexp.MustCompile(`\bt "([a-z_0-9.]+)"`)
	inGo       = regexp.MustCompile(`"((?:error|input|done|sign_in|glass|people|time|who|shell|account)\.[a-z_]+)"`)
)

// TestEveryTextThatIsAskedForIsThere reads templates and code for keys.
func TestEveryTextThatIsAskedForIsThere(t *testing.T) {
	all, err := shippedTexts()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	look := func(name, content string, pattern *regexp.Regexp) {
		for _, m := range pattern.FindAllStringSubmatch(content, -1) {
			found++
			if _, ok := all["en"][m[1]]; !ok && !strings.HasSuffix(m[1], "_") {
				t.Errorf("%s asks for the text %s, which is not there", name, m[1])
			}
		}
	}
	templates, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates {
		raw, err := fs.ReadFile(templateFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		look(name, string(raw), inTemplate)
		// What stands in a template is translated, drawn or data.
		for _, bad := range []string{" style=", "<style", "javascript:", " onclick=", " onload=", " onsubmit=", "<script>"} {
			if strings.Contains(string(raw), bad) {
				t.Errorf("%s has %q, which the policy refuses", name, bad)
			}
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		look(name, string(raw), inGo)
	}
	if found < 200 {
		t.Errorf("only %d uses of texts were found", found)
	}
}

func TestTextsAreFilledAsTheLanguageWritesThem(t *testing.T) {
	all, err := shippedTexts()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 10, 20, 30, 0, 0, time.UTC) // 15:30 in Chicago
	in := func(lang string) Texts {
		return Texts{lang: lang, zone: zone, now: func() time.Time { return now }, words: all[lang]}
	}
	en, es := in("en"), in("es")
	for _, test := range []struct{ got, want string }{
		{en.Clock(now), "3:30\u00a0PM"},
		{es.Clock(now), "3:30\u00a0p.\u00a0m."},
		{es.Clock(now.Add(-12 * time.Hour)), "3:30\u00a0a.\u00a0m."},
		{en.When(now.Add(-20 * time.Hour)), "yesterday, 7:30\u00a0PM"},
		{es.When(now.Add(-20 * time.Hour)), "ayer, 7:30\u00a0p.\u00a0m."},
		{es.When(now.Add(20 * time.Hour)), "mañana, 11:30\u00a0a.\u00a0m."},
		{en.When(now.Add(-72 * time.Hour)), "Sat, Mar 7, 2:30\u00a0PM"},
		{es.When(now.Add(-72 * time.Hour)), "sábado 7 de marzo, 2:30\u00a0p.\u00a0m."},
		{es.Day(now.AddDate(-1, 0, 0)), "lunes 10 de marzo de 2025"},
		{en.Lasting(90 * time.Second), "1 min"},
		{en.Lasting(130 * time.Minute), "2 h 10 min"},
		{es.Lasting(72 * time.Hour), "3 días"},
		{en.Ago(now.Add(-5 * time.Minute)), "5 min ago"},
		{es.Ago(now.Add(-5 * time.Minute)), "hace 5 min"},
		{es.Ago(now), "ahora mismo"},
		{en.Number(1234567), "1,234,567"}, {en.Number(-1000), "-1,000"}, {en.Number(999), "999"},
		{en.Say("account.recovery_left", "n", 1), "1 code left"},
		{es.Say("account.recovery_left", "n", 3), "Quedan 3 códigos"},
		{en.Say("setup.hello", "name", "{{.name}} <b>"), "Welcome, {{.name}} <b>"},
		{en.Say("nothing.there"), "nothing.there"},
		{en.When(time.Time{}), ""},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

func TestEveryKindOfTheAuditHasAText(t *testing.T) {
	all, err := shippedTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range auditKinds() {
		if _, ok := all["es"]["audit.kind."+kind]; !ok {
			t.Errorf("audit.kind.%s is not there", kind)
		}
	}
	if !slices.Contains(auditKinds(), "broke_glass") {
		t.Error("no kinds were looked at")
	}
}
