package clinic

import (
	"slices"
	"strings"
	"testing"
)

const withTemplates = least + `channels:
  whatsapp:
    number_id: "106540352242922"
    typing: no
    templates:
      booking.reminder:
        en: {name: visit_reminder, language: en_US, parameters: [clinic, when]}
        es: {name: recordatorio_cita, language: es_MX, parameters: [clinic, when]}
`

func TestTemplatesAreReadInBothLanguages(t *testing.T) {
	p, err := Parse("clinic.yaml", []byte(withTemplates), TextKeys([]string{"booking.reminder"}))
	if err != nil {
		t.Fatal(err)
	}
	w := p.Channels.WhatsApp
	both := w.Templates["booking.reminder"]
	es := both.In("es")
	if !w.NoTyping || es.Name != "recordatorio_cita" || es.Language != "es_MX" || !slices.Equal(es.Parameters, []string{"clinic", "when"}) ||
		both.In("en").Name != "visit_reminder" || both.In("").Name != "visit_reminder" {
		t.Errorf("%+v", w)
	}
}

func TestEveryMistakeInATemplateIsToldWithItsLine(t *testing.T) {
	const english, spanish = 20, 21 // lines
	for name, test := range map[string]struct {
		old, new string
		line     int
		field    string
		message  string
	}{
		"a text that is none": {"booking.reminder:", "booking.remindr:", 19, "channels.whatsapp.templates.booking.remindr", "did you mean booking.reminder?"},
		"no Spanish":          {"        es: {name: recordatorio_cita, language: es_MX, parameters: [clinic, when]}\n", "", english, "channels.whatsapp.templates.booking.reminder.es", "is missing"},
		"a name with spaces":  {"visit_reminder", "Visit Reminder", english, "channels.whatsapp.templates.booking.reminder.en.name", "lower-case letters"},
		"no language":         {"language: en_US, ", "", english, "channels.whatsapp.templates.booking.reminder.en.language", "is missing"},
		"an odd language":     {"es_MX", "español", spanish, "channels.whatsapp.templates.booking.reminder.es.language", "such as en_US"},
		"an unknown gap":      {"recordatorio_cita, language: es_MX, parameters: [clinic, when]", "r, language: es_MX, parameters: [clinic, wen]", spanish, "channels.whatsapp.templates.booking.reminder.es.parameters", "did you mean when?"},
		"typing maybe":        {"typing: no", "typing: maybe", 17, "channels.whatsapp.typing", "true or false"},
		"a list":              {"templates:", "templates: [x]\n    other:", 18, "channels.whatsapp.templates", "by the key of their text"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(withTemplates, test.old, test.new, 1)
			if text == withTemplates {
				t.Fatalf("there is no %q", test.old)
			}
			all := problems(t, text, TextKeys([]string{"booking.reminder"}))
			for _, p := range all {
				if p.Line == test.line && p.Field == test.field && strings.Contains(p.Message, test.message) {
					return
				}
			}
			t.Errorf("told: %+v; want line %d, %s: %s", all, test.line, test.field, test.message)
		})
	}
}
