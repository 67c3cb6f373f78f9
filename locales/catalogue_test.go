package locales

import (
	"strings"
	"testing"
	"testing/fstest"

	"recado/agent/language"
)

func shippedCatalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBothLanguagesHoldTheSameTexts(t *testing.T) {
	c := shippedCatalogue(t)
	en, es := c.texts[language.English], c.texts[language.Spanish]
	for key := range en.keys {
		if en.plural[key] != es.plural[key] {
			t.Errorf("%s is a plural in one language only", key)
		}
		a := strings.Join(c.Placeholders(language.English, key), " ")
		b := strings.Join(c.Placeholders(language.Spanish, key), " ")
		if a != b {
			t.Errorf("%s uses\n  en: %s\n  es: %s", key, a, b)
		}
	}
	if len(en.keys) != len(es.keys) {
		t.Errorf("en.toml has %d texts, es.toml %d", len(en.keys), len(es.keys))
	}
}

func TestEveryPartIsIncludedSomewhere(t *testing.T) {
	c := shippedCatalogue(t)
	for _, lang := range Languages {
		raw, err := shipped.ReadFile(string(lang) + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		for key := range c.texts[lang].keys {
			if strings.HasPrefix(key, partPrefix) && !strings.Contains(string(raw), `{{template \"`+key+`\"`) {
				t.Errorf("%s: %s is included nowhere", lang, key)
			}
		}
	}
}

func TestTheTextForOtherLanguagesIsOneAndTheSame(t *testing.T) {
	c := shippedCatalogue(t)
	m := Message{Key: "human.other_language", Args: map[string]any{"phone": "7135550142"}}
	en, err1 := c.Render(language.English, nil, m)
	es, err2 := c.Render(language.Spanish, nil, m)
	if err1 != nil || err2 != nil || en != es || !strings.Contains(en, "(713) 555-0142") {
		t.Errorf("%v %v\n%s\n%s", err1, err2, en, es)
	}
}

func TestEmergencyTextsNameTheirNumbersInBothLanguages(t *testing.T) {
	c := shippedCatalogue(t)
	for key, numbers := range map[string][]string{
		"emergency.medical":   {"911"},
		"emergency.poisoning": {"1-800-222-1222", "911"},
		"emergency.self_harm": {"988", "911"},
		"emergency.violence":  {"1-800-799-7233", "911", "988"},
	} {
		for _, lang := range Languages {
			text, err := c.Render(lang, nil, Message{Key: key})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range numbers {
				if !strings.Contains(text, n) {
					t.Errorf("%s %s lacks %s: %s", lang, key, n, text)
				}
			}
			watched := map[language.Language]string{language.English: "Nobody watches this chat for emergencies", language.Spanish: "Nadie vigila este chat para emergencias"}
			if !strings.Contains(text, watched[lang]) {
				t.Errorf("%s %s does not say that the chat is not watched", lang, key)
			}
			if lang == language.Spanish && strings.HasPrefix(key, "emergency.self") && !strings.Contains(text, "AYUDA") {
				t.Errorf("es %s does not offer AYUDA by text", key)
			}
		}
	}
}

func TestNoTextAsksForTheWordThatStopsMessages(t *testing.T) {
	c := shippedCatalogue(t)
	for _, lang := range Languages {
		for _, m := range []string{"cancel.which"} {
			text, err := c.Render(lang, nil, Message{Key: m})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(strings.ToLower(text), "cancel") {
				t.Errorf("%s %s prompts with a carrier's stop word: %s", lang, m, text)
			}
		}
	}
}

func TestAMissingArgumentIsAnErrorAndNotAHole(t *testing.T) {
	c := shippedCatalogue(t)
	_, err := c.Render(language.English, nil, Message{Key: "intro"})
	if err == nil {
		t.Fatal("rendered without the clinic's name")
	}
	_, err = c.Render(language.English, nil, Message{Key: "intro", Args: map[string]any{"clinic": nil, "phone": "7135550142"}})
	if err == nil {
		t.Fatal("rendered with no clinic's name")
	}
}

func TestAnUnknownKeyIsNamed(t *testing.T) {
	c := shippedCatalogue(t)
	for _, key := range []string{"intr", "part.read", "first_visit.welcome.one"} {
		_, err := c.Render(language.English, nil, Message{Key: key})
		if e, ok := err.(*UnknownKeyError); !ok || e.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

type ownTexts map[string]string

func (o ownTexts) Own(key string, _ language.Language) (string, bool) { s, ok := o[key]; return s, ok }

func TestAClinicsOwnTextGoesFirstAndABrokenOneIsPassedOver(t *testing.T) {
	c := shippedCatalogue(t)
	args := map[string]any{"clinic": "Sol", "phone": "7135550142"}
	for own, want := range map[string]string{
		"Soy {{.clinic}} {{phone .phone}}": "Soy Sol (713) 555-0142",
		"{{.nothing}}":                     "Soy el asistente automático de Sol.",
		"{{if}}":                           "Soy el asistente automático de Sol.",
	} {
		for range 2 { // the second time from the cache
			got, err := c.Render(language.Spanish, ownTexts{"intro": own}, Message{Key: "intro", Args: args})
			if err != nil || !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q, %v", own, got, err)
			}
		}
	}
}

func TestCheckOwnTellsWhatAnOwnTextMayUse(t *testing.T) {
	c := shippedCatalogue(t)
	for _, test := range []struct{ key, text, want string }{
		{"intro", "Hi from {{.clinic}}", ""},
		{"hours.day_open", "{{hours .hours}} {{.phone}}", ""},
		{"intro", "Hi {{.name}}", "uses {{.name}}"},
		{"intro", "Hi {{.clinic", "not readable"},
		{"intor", "Hi", "no text has the key"},
	} {
		err := c.CheckOwn(test.key, test.text)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s %q: %v, want %q", test.key, test.text, err, test.want)
		}
	}
}

func TestLoadRefusesWhatDoesNotMatch(t *testing.T) {
	for name, test := range map[string]struct{ en, es, want string }{
		"key":      {"a = \"x\"\nb = \"y\"", "a = \"x\"", `es.toml has no text "b"`},
		"template": {"a = \"{{.b\"", "a = \"x\"", `text "a"`},
		"function": {"a = \"{{shout .b}}\"", "a = \"x\"", `text "a"`},
		"plural":   {"[a]\nother = \"x\"", "a = \"x\"", "one and other"},
		"type":     {"a = 3", "a = \"x\"", `text "a"`},
		"toml":     {"a = ", "a = \"x\"", "en.toml"},
	} {
		_, err := Load(fstest.MapFS{"en.toml": {Data: []byte(test.en)}, "es.toml": {Data: []byte(test.es)}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("loaded a catalogue without files")
	}
}

func TestPluralsChooseByNumber(t *testing.T) {
	toml := "[a]\none = \"{{.n}} dia\"\nother = \"{{.n}} dias\""
	c, err := Load(fstest.MapFS{"en.toml": {Data: []byte(toml)}, "es.toml": {Data: []byte(toml)}})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{0: "0 dias", 1: "1 dia", 2: "2 dias"} {
		if got, err := c.Render(language.Spanish, nil, Message{Key: "a", Args: map[string]any{"n": n}}); got != want || err != nil {
			t.Errorf("%d: %q %v", n, got, err)
		}
	}
}
