// Package locales holds every text that a patient can read, in English and
// Spanish, and writes days, times, money, phone numbers and lists as each
// language does.
//
// A text is a Go template. Every text may use the standard arguments (see
// Standard); what else it may use is what its caller gives. A table with
// `one` and `other` in place of a text is a plural: the argument n chooses.
// Keys under "part." are pieces that other texts include.
package locales

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/BurntSushi/toml"

	"recado/agent/language"
)

//go:embed en.toml es.toml
var shipped embed.FS

// Languages are the languages that patients are answered in.
var Languages = []language.Language{language.English, language.Spanish}

// Standard are the arguments that every text may use: the clinic's name,
// phone, links (empty where it has none), the current time, whether it is
// open, and when it opens next (nil while open or where unknown); the holiday
// for which it stays closed today or on a day before it opens, and that day
// (nil for none).
var Standard = []string{"clinic", "phone", "secure", "booking", "forms", "website", "now", "open", "opens", "closed_for", "closed_on"}

// Catalogue is the texts of both languages. It is safe for use by many
// goroutines.
type Catalogue struct {
	texts map[language.Language]*texts
	own   ownTemplates
}

// texts are those of one language.
type texts struct {
	root   *template.Template
	keys   map[string]bool
	plural map[string]bool // the templates are key+".one" and key+".other"
}

// Default is the catalogue that ships with Recado.
var Default = sync.OnceValues(func() (*Catalogue, error) { return Load(shipped) })

// Load reads en.toml and es.toml of a folder. Both must hold the same keys.
func Load(fsys fs.FS) (*Catalogue, error) {
	c := &Catalogue{texts: map[language.Language]*texts{}}
	for _, lang := range Languages {
		name := string(lang) + ".toml"
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read texts: %w", err)
		}
		if c.texts[lang], err = parseTexts(lang, raw); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, c.sameKeys()
}

func (c *Catalogue) sameKeys() error {
	var errs []error
	for _, pair := range [][2]language.Language{{language.English, language.Spanish}, {language.Spanish, language.English}} {
		for _, key := range slices.Sorted(maps.Keys(c.texts[pair[0]].keys)) {
			if !c.texts[pair[1]].keys[key] {
				errs = append(errs, fmt.Errorf("%s.toml has no text %q, which %s.toml has: add it", pair[1], key, pair[0]))
			}
		}
	}
	return errors.Join(errs...)
}

func parseTexts(lang language.Language, raw []byte) (*texts, error) {
	var tree map[string]any
	if err := toml.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	t := &texts{
		root:   template.New("").Funcs(functions(lang)).Option("missingkey=error"),
		keys:   map[string]bool{},
		plural: map[string]bool{},
	}
	return t, t.add("", tree)
}

// add parses the texts below a prefix.
func (t *texts) add(prefix string, tree map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		key := prefix + name
		switch v := tree[name].(type) {
		case string:
			if _, err := t.root.New(key).Parse(strings.TrimSpace(v)); err != nil {
				return fmt.Errorf("text %q: %w", key, err)
			}
			t.keys[key] = true
		case map[string]any:
			if err := t.add(key+".", v); err != nil {
				return err
			}
			if _, ok := v["other"].(string); !ok {
				continue
			}
			if _, ok := v["one"].(string); !ok || len(v) != 2 {
				return fmt.Errorf("text %q: a plural has the forms one and other, no more and no less", key)
			}
			delete(t.keys, key+".one")
			delete(t.keys, key+".other")
			t.keys[key], t.plural[key] = true, true
		default:
			return fmt.Errorf("text %q is a %T: write it as a string", key, v)
		}
	}
	return nil
}

// Keys are the keys that messages may have, sorted. Parts are not among
// them.
func (c *Catalogue) Keys() []string {
	var keys []string
	for key := range c.texts[language.English].keys {
		if !strings.HasPrefix(key, partPrefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

const partPrefix = "part."

// Has reports whether a message may have this key.
func (c *Catalogue) Has(key string) bool {
	return c.texts[language.English].keys[key] && !strings.HasPrefix(key, partPrefix)
}
