package clinic

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestAProfileNamesItsChannels(t *testing.T) {
	p, err := Parse("clinic.yaml", []byte(least+`channels:
  whatsapp: {number_id: "106540352242922"}
  sms: {number: "+17135550142"}
  web:
    key: sol-web-1
    origins: [https://www.sol.example, "http://localhost:8000"]
`))
	if err != nil {
		t.Fatal(err)
	}
	c := p.Channels
	if c.WhatsApp.NumberID != "106540352242922" || c.SMS.Number != "+17135550142" || c.Web.Key != "sol-web-1" ||
		!reflect.DeepEqual(c.Web.Origins, []string{"https://www.sol.example", "http://localhost:8000"}) {
		t.Errorf("channels are %+v", c)
	}
}

func TestEveryMistakeOfChannelsAndQuietTextsIsToldWithItsLine(t *testing.T) {
	for name, test := range map[string]struct{ text, field, message string }{
		"a telephone number for an id": {"channels:\n  whatsapp: {number_id: \"+17135550142\"}\n", "channels.whatsapp.number_id", "digits only"},
		"no id":                        {"channels:\n  whatsapp: {}\n  sms: {number: 713 555 0142}\n", "channels.sms.number", "+17135550100"},
		"a short key":                  {"channels:\n  web: {key: sol}\n", "channels.web.key", "8 to 64"},
		"an address for an origin":     {"channels:\n  web: {key: sol-web-1, origins: [https://sol.example/chat]}\n", "channels.web.origins", "no origin"},
		"an origin in clear":           {"channels:\n  web: {key: sol-web-1, origins: [http://sol.example]}\n", "channels.web.origins", "no origin"},
		"every origin":                 {"channels:\n  web: {key: sol-web-1, origins: [\"https://*.sol.example\"]}\n", "channels.web.origins", "no origin"},
		"two origins in one":           {"channels:\n  web: {key: sol-web-1, origins: [\"https://sol.example https://evil.example\"]}\n", "channels.web.origins", "no origin"},
		"a policy in an origin":        {"channels:\n  web: {key: sol-web-1, origins: [\"https://sol.example;script-src\"]}\n", "channels.web.origins", "no origin"},
		"a comma in an origin":         {"channels:\n  web: {key: sol-web-1, origins: [\"https://sol.example,https://evil.example\"]}\n", "channels.web.origins", "no origin"},
		"a line break in an origin":    {"channels:\n  web: {key: sol-web-1, origins: [\"https://sol.example\\nX: y\"]}\n", "channels.web.origins", "no origin"},
		"a port that browsers leave":   {"channels:\n  web: {key: sol-web-1, origins: [\"https://sol.example:443\"]}\n", "channels.web.origins", "leave out :443"},
		"a port that is none":          {"channels:\n  web: {key: sol-web-1, origins: [\"https://sol.example:70000\"]}\n", "channels.web.origins", "no origin"},
		"a token":                      {"channels:\n  sms: {number: \"+17135550142\", auth_token: x}\n", "channels.sms.auth_token", "unknown field"},
		"an unknown quiet text":        {"quiet_texts:\n  handoff.caer: {en: a, es: b}\n", "quiet_texts.handoff.caer", "did you mean handoff.care"},
		"a quiet text in one language": {"quiet_texts:\n  handoff.care: {en: a}\n", "quiet_texts.handoff.care", "has no Spanish text"},
		"a quiet emergency":            {"quiet_texts:\n  emergency.medical: {en: a, es: b}\n", "quiet_texts.emergency.medical", "the same at every hour"},
		"a quiet text with a fault":    {"quiet_texts:\n  handoff.care: {en: bad, es: b}\n", "quiet_texts.handoff.care", "is bad"},
	} {
		check := func(_, text string) error {
			if text == "bad" {
				return errors.New("is bad")
			}
			return nil
		}
		got := problems(t, least+test.text, TextKeys([]string{"handoff.care", "emergency.medical"}), TextCheck(check))
		if len(got) != 1 || got[0].Field != test.field || !strings.Contains(got[0].Message, test.message) || got[0].Line < 14 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestQuietTextsGoBeforeTheOthersAndThoseBeforeNone(t *testing.T) {
	p, err := Parse("clinic.yaml", []byte(least+`texts:
  a: {en: always, es: siempre}
  b: {en: always, es: siempre}
quiet_texts:
  b: {en: at night, es: de noche}
  c: {en: at night, es: de noche}
`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][2]string{"a": {"siempre", "siempre"}, "b": {"siempre", "de noche"}, "c": {"", "de noche"}, "d": {"", ""}} {
		open, _ := p.Own(key, "es")
		quiet, _ := p.OwnQuiet(key, "es")
		if got := [2]string{open, quiet}; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	var none *Profile
	if _, ok := none.OwnQuiet("a", "en"); ok {
		t.Error("no clinic has a text")
	}
}
