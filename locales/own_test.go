package locales

import (
	"fmt"
	"testing"

	"recado/agent/language"
)

// quietOwn has a text for every hour and one for closed hours.
type quietOwn struct{ always, quiet map[string]string }

func (q quietOwn) Own(key string, _ language.Language) (string, bool) {
	s, ok := q.always[key]
	return s, ok
}

func (q quietOwn) OwnQuiet(key string, lang language.Language) (string, bool) {
	if s, ok := q.quiet[key]; ok {
		return s, true
	}
	return q.Own(key, lang)
}

func TestAQuietTextIsForMessagesOfAClosedClinic(t *testing.T) {
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	own := quietOwn{map[string]string{"thanks": "by day"}, map[string]string{"thanks": "by night", "goodbye": "{{.nothing}}"}}
	for _, test := range []struct {
		key  string
		args map[string]any
		want string
	}{
		{"thanks", map[string]any{"open": true}, "by day"}, {"thanks", map[string]any{"open": false}, "by night"}, {"thanks", nil, "by day"},
		// One that cannot be filled is replaced by the catalogue's.
		{"goodbye", map[string]any{"open": false, "clinic": "Sol"}, "Thank you for writing to Sol. Take care!"},
	} {
		if got, err := c.Render(language.English, own, Message{test.key, test.args}); err != nil || got != test.want {
			t.Errorf("%s with %v: %q, %v", test.key, test.args, got, err)
		}
	}
}

// Clinics change their texts for as long as a process runs.
func TestTextsThatNobodyUsesAnyMoreAreForgotten(t *testing.T) {
	c, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	used := "used all the time: {{.clinic}}"
	first := c.ownTemplate(language.English, used)
	for i := range 3 * mostOwn {
		if c.ownTemplate(language.English, fmt.Sprint("version ", i)) == nil {
			t.Fatal("a text is no template")
		}
		if i%1000 == 0 && c.ownTemplate(language.English, used) != first {
			t.Fatalf("a text in use was forgotten after %d others", i)
		}
	}
	kept := 0
	for _, g := range []*generation{c.own.young.Load(), c.own.old.Load()} {
		g.all.Range(func(_, _ any) bool { kept++; return true })
	}
	if kept > 2*mostOwn {
		t.Errorf("%d texts are kept", kept)
	}
	for range 2 { // found, and found again
		if c.ownTemplate(language.English, "{{") != nil {
			t.Error("what is no template is one")
		}
	}
}

func TestAClinicsOwnTextMayIncludeThePiecesOfTheCatalogue(t *testing.T) {
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	own := quietOwn{always: map[string]string{"thanks": `{{if .open}}{{template "part.call" .}}{{end}} {{template "part.read" .}}`}}
	got, err := c.Render(language.English, own, Message{"thanks", map[string]any{"open": true, "phone": "7135550142"}})
	if want := "You can also call (713) 555-0142. We are open now, so someone will read it soon."; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if err := c.CheckOwn("thanks", own.always["thanks"]); err != nil {
		t.Error(err)
	}
}
