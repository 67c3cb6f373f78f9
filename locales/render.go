package locales

import (
	"fmt"
	"strings"
	"text/template"

	"recado/agent/language"
)

// UnknownKeyError says that a message has a key that the catalogue lacks.
type UnknownKeyError struct{ Key string }

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("no text has the key %q: add it to locales/en.toml and locales/es.toml", e.Key)
}

// Render writes a message in Spanish for Spanish and in English for any
// other language. The clinic's own wording goes first; where it cannot be
// filled the catalogue's is used, so that a patient is never left without an
// answer (CheckOwn tells the clinic beforehand). own may be nil. Errors name
// keys and arguments, never their values.
func (c *Catalogue) Render(lang language.Language, own Own, m Message) (string, error) {
	if lang != language.Spanish {
		lang = language.English
	}
	t := c.texts[lang]
	if !c.Has(m.Key) {
		return "", &UnknownKeyError{m.Key}
	}
	if own != nil {
		if text, ok := ownText(own, lang, m); ok {
			if tmpl := c.ownTemplate(lang, text); tmpl != nil {
				if out, err := execute(tmpl, m); err == nil {
					return out, nil
				}
			}
		}
	}
	name := m.Key
	if t.plural[m.Key] {
		name += ".other"
		if m.Args["n"] == 1 {
			name = m.Key + ".one"
		}
	}
	return execute(t.root.Lookup(name), m)
}

func execute(tmpl *template.Template, m Message) (string, error) {
	args := m.Args
	if args == nil {
		args = map[string]any{}
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, args); err != nil {
		return "", fmt.Errorf("fill text %q: %w", m.Key, err)
	}
	out := tidy(b.String())
	if strings.Contains(out, "<no value>") || strings.Contains(out, "<nil>") {
		return "", fmt.Errorf("fill text %q: an argument is nil that the text shows: guard it with {{with}}", m.Key)
	}
	return out, nil
}

// CheckOwn reports why a clinic's own text cannot replace the catalogue's for
// key. It fits clinic.TextCheck.
func (c *Catalogue) CheckOwn(key, text string) error {
	if !c.Has(key) {
		return &UnknownKeyError{key}
	}
	tmpl, err := c.parseOwn(language.English, text)
	if err != nil {
		return fmt.Errorf("is not readable (%w); placeholders look like {{.clinic}}", err)
	}
	known := map[string]bool{}
	for _, s := range Standard {
		known[s] = true
	}
	for _, s := range c.Placeholders(language.English, key) {
		known[s] = true
	}
	for name := range placeholders(tmpl, tmpl.Tree) {
		if !known[name] {
			return fmt.Errorf("uses {{.%s}}, which this text is not given; it may use {{.%s}}", name, strings.Join(sorted(known), "}}, {{."))
		}
	}
	return nil
}

// tidy mends what filling leaves behind: a full stop after "p. m.", spaces
// doubled or before a line's end.
func tidy(s string) string {
	s = strings.ReplaceAll(s, ". m..", ". m.")
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	s = strings.ReplaceAll(s, " \n", "\n")
	return strings.TrimSpace(s)
}
