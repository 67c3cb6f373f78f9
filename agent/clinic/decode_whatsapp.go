package clinic

import (
	"regexp"

	"go.yaml.in/yaml/v4"
)

// Template is one text that Meta approved for the clinic's number.
type Template struct {
	Name     string // as in WhatsApp Manager
	Language string // as there: en_US, es_MX
	// Parameters fill its gaps {{1}}, {{2}} ..., in this order; each is one of
	// TemplateFacts.
	Parameters []string
}

// Templates is a template in both languages.
type Templates struct{ EN, ES Template }

// In returns the Spanish one for "es" and the English one for any other code.
func (t Templates) In(code string) Template {
	if code == "es" {
		return t.ES
	}
	return t.EN
}

// TemplateFacts are what a template's gaps may be filled with.
var TemplateFacts = []string{
	"clinic", "phone", "website", "booking", "secure", // of the profile
	"text", // the whole text in whose place the template goes
	"link", // the first link in it: the patient's own private page, or a booking
	// What the text was filled with, where whoever sends it tells: a reminder
	// the visit's day and time, alone and together, and its place.
	"when", "day", "time", "place",
}

var (
	templateNameForm     = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	templateLanguageForm = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2})?$`)
)

// templates reads what may be sent when the 24 hours after a patient's message
// are over, by the key of the text in whose place it goes.
func (f *file) templates(to *map[string]Templates) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind != yaml.MappingNode {
			f.bad(n, field, "must hold templates by the key of their text, each as {en: {...}, es: {...}}")
			return
		}
		*to = map[string]Templates{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], deref(n.Content[i+1])
			path := join(field, key.Value)
			if f.checks.textKeys != nil && !contains(f.checks.textKeys, key.Value) {
				f.bad(key, path, "is no text of the catalogue; %s", suggest(key.Value, f.checks.textKeys))
				continue
			}
			if _, twice := (*to)[key.Value]; twice {
				f.bad(key, path, "stands here twice; keep one")
				continue
			}
			var t Templates
			f.mapping(value, path, fields{"en": f.template(&t.EN), "es": f.template(&t.ES)}, "en", "es")
			(*to)[key.Value] = t
		}
	}
}

func (f *file) template(to *Template) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"name": f.formed(&to.Name, templateNameForm,
				"must be the template's name in WhatsApp Manager: lower-case letters, digits and underscores"),
			"language": f.formed(&to.Language, templateLanguageForm,
				"must be the template's language code in WhatsApp Manager, such as en_US or es_MX"),
			"parameters": func(n *yaml.Node, field string) {
				var all []string
				f.texts(&all)(n, field)
				for _, name := range all {
					if !contains(TemplateFacts, name) {
						f.bad(n, field, "%q is nothing that a gap can be filled with; %s", name, suggest(name, TemplateFacts))
					}
				}
				to.Parameters = append(to.Parameters, all...)
			},
		}, "name", "language")
	}
}

// not reads a truth whose opposite is kept.
func (f *file) not(to *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		yes := true
		f.truth(&yes)(n, field)
		*to = !yes
	}
}
