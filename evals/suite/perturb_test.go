package suite_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"recado/evals/suite"
)

func typed(t *testing.T, lang, text string, p suite.Perturbation, seed uint64) string {
	t.Helper()
	c, _ := suite.Case{ID: "x", Lang: lang, Text: text}.Typed(p, seed)
	return c.Text
}

func TestMessagesAreTypedAnew(t *testing.T) {
	for _, c := range []struct {
		p          suite.Perturbation
		lang, text string
		want       string
	}{
		{suite.NoAccents, "es", "¿A qué hora abren mañana, señorita?", "A que hora abren manana, senorita?"},
		{suite.SMS, "en", "Can you book an appointment tomorrow, please?", "can u book an appt tmrw pls"},
		{suite.SMS, "es", "¿Por favor, quiero una cita para mi mamá?", "xfa kiero una sita pa mi mamá"},
		{suite.AsWritten, "en", "Hi!", "Hi!"},
	} {
		if got := typed(t, c.lang, c.text, c.p, 1); got != c.want {
			t.Errorf("%s: got %q, want %q", c.p, got, c.want)
		}
	}
}

func TestSomeWordsAreSaidInTheOtherLanguage(t *testing.T) {
	for _, c := range []struct {
		lang, text string
		any        []string // acceptable, by seed
	}{
		{"es", "¿Tienen estacionamiento ahí en el centro o hay que buscar?", []string{"parking", "downtown"}},
		{"en", "Can I bring my mom tomorrow, please?", []string{"mi mamá", "mañana", "por favor"}},
		{"es", "Buenos días, necesito una cita para el lunes por la mañana temprano", []string{"Good morning", "an appointment", "monday", "early"}},
	} {
		for seed := range uint64(20) {
			got := typed(t, c.lang, c.text, suite.CodeSwitch, seed)
			if !slices.ContainsFunc(c.any, func(w string) bool { return strings.Contains(got, w) }) {
				t.Errorf("seed %d: %q", seed, got)
			}
		}
	}
}

func TestAMessageStaysInItsLanguageAndItsCaseIsNotTouched(t *testing.T) {
	for _, c := range []struct{ lang, text string }{
		{"es", "hola gracias"},             // a third of two words is none
		{"en", "chest pain"},               // no everyday word
		{"mixed", "hola tomorrow gracias"}, // both languages are there already
		{"en", "Good. Morning"},
	} {
		if got := typed(t, c.lang, c.text, suite.CodeSwitch, 1); got != c.text {
			t.Errorf("%q became %q", c.text, got)
		}
	}
	says := []string{"¿Qué tal?", "¿Abren mañana por la tarde?"}
	item := suite.Case{ID: "x", Lang: "es", Script: []suite.Step{{Says: says}}}
	other, changed := item.Typed(suite.NoAccents, 1)
	if !changed || says[0] != "¿Qué tal?" || other.Script[0].Says[0] != "Que tal?" {
		t.Errorf("the original is %q, typed anew it is %q", says, other.Script[0].Says)
	}
	if _, changed := (suite.Case{ID: "x", Lang: "en", Text: "hello"}).Typed(suite.NoAccents, 1); changed {
		t.Error("a message that stays as it is counts as typed anew")
	}
}

func TestTheSameSeedTypesTheSame(t *testing.T) {
	words := []string{"hola", "mañana", "my", "mom", "appointment", "cita", "por", "favor", "where", "¿abren", "el", "lunes?", "so", "el centro"}
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(r, "words"), " ")
		c := suite.Case{ID: rapid.StringN(1, 8, 20).Draw(r, "id"), Lang: rapid.SampledFrom([]string{"en", "es"}).Draw(r, "lang"), Text: text}
		seed := rapid.Uint64().Draw(r, "seed")
		for _, p := range suite.Perturbations() {
			first, _ := c.Typed(p, seed)
			second, _ := c.Typed(p, seed)
			if first.Text != second.Text {
				r.Fatalf("%s: %q and %q", p, first.Text, second.Text)
			}
		}
	})
}

func TestFiltersTakeWhatTheySay(t *testing.T) {
	s := &suite.Suite{Name: "line"}
	c := suite.Case{ID: "li-7", Group: "care", Lang: "es", Tags: []string{"kin", "refill"}, Promises: []string{"P1"}, Pair: "p7",
		Script: []suite.Step{{Expect: suite.Expect{Disposition: "escalate"}}}}
	for filter, want := range map[string]bool{
		"":                         true,
		"id=li-7":                  true,
		"id=li-*":                  true,
		"id=x,li-?":                true,
		"lang=en":                  false,
		"lang!=en":                 true,
		"group=care lang=es":       true,
		"group=care lang=en":       false,
		"tag=refill":               true,
		"tag!=refill":              false,
		"promise=P1 pair=p7":       true,
		"suite=line":               true,
		"disposition=escalate":     true,
		"disposition=answer,human": false,
	} {
		f, err := suite.ParseFilter([]string{filter})
		if err != nil {
			t.Fatal(err)
		}
		if f.Takes(s, c) != want {
			t.Errorf("%q takes the case: %t", filter, !want)
		}
	}
	either, err := suite.ParseFilter([]string{"lang=en", "tag=kin"})
	if err != nil || !either.Takes(s, c) {
		t.Errorf("one of two filters is not enough (%v)", err)
	}
	for filter, want := range map[string]string{"grup=care": "did you mean group?", "care": "write field=value", "id=": "write field=value", "id=[": "is no pattern"} {
		if _, err := suite.ParseFilter([]string{filter}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", filter, err)
		}
	}
}
