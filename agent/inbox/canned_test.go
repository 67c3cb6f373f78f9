package inbox

import (
	"slices"
	"strings"
	"testing"

	"recado/agent/clinic"
	"recado/locales"
)

func TestStaffSendOnlyTextsOfTheCatalogueThatAreTheirs(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	keys := Canned(c)
	for _, want := range []string{"staff.call_us", "staff.we_called", KeySeePrivate, "staff.come_in", "staff.booked", "staff.wrong_person"} {
		if !slices.Contains(keys, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, key := range []string{"staff.nothing", "handoff.care", "emergency.medical", KeyCode, "staff", "part.read"} {
		if IsCanned(c, key) {
			t.Errorf("staff may send %s", key)
		}
	}
	p := clinic.Sample()
	for _, key := range keys {
		for _, lang := range locales.Languages {
			text, err := Render(c, key, lang, p, at(0), map[string]any{"secure": "https://clinic.example/p#x"})
			if err != nil {
				t.Errorf("%s %s: %v", lang, key, err)
			}
			if n := len([]rune(text)); n > 230 || !strings.Contains(text, p.Name) {
				t.Errorf("%s %s has %d characters and has to name the clinic: %s", lang, key, n, text)
			}
			if (key == KeySeePrivate) != strings.Contains(text, "https://clinic.example/p#x") {
				t.Errorf("%s %s: the patient's own link is not where it belongs: %s", lang, key, text)
			}
		}
	}
}

func TestTheCodeForThePrivatePageIsInItsText(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locales.Languages {
		text, err := Render(c, KeyCode, lang, clinic.Sample(), at(0), map[string]any{"code": "123456", "minutes": 10})
		if err != nil || !strings.HasPrefix(text, "123456 ") || len([]rune(text)) > 200 {
			t.Errorf("%s: %q, %v", lang, text, err)
		}
	}
}
