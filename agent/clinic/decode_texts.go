package clinic

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// longestText is the most characters of a clinic's own text: two SMS with
// accents, or one screen of a phone.
const longestText = 600

func (f *file) ownTexts(to *map[string]Bilingual) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind != yaml.MappingNode {
			f.bad(n, field, "must hold texts by key, each as {en: ..., es: ...}")
			return
		}
		*to = map[string]Bilingual{}
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
			var b Bilingual
			f.both(&b)(value, path)
			(*to)[key.Value] = b
			for _, text := range []string{b.EN, b.ES} {
				if len([]rune(text)) > longestText {
					f.bad(value, path, "is longer than %d characters; patients read it on a phone", longestText)
				}
				if f.checks.text == nil || text == "" {
					continue
				}
				if err := f.checks.text(key.Value, text); err != nil {
					f.bad(value, path, "%v", err)
				}
			}
		}
	}
}

// quietTexts reads the clinic's own texts for the hours in which it is closed.
func (f *file) quietTexts(to *map[string]Bilingual) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.ownTexts(to)(n, field)
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			// Danger keeps no hours, and its texts wait for no calendar.
			if key := n.Content[i]; strings.HasPrefix(key.Value, "emergency.") {
				f.bad(key, join(field, key.Value), "cannot differ while you are closed: an emergency text is the same at every hour; put it under texts")
			}
		}
	}
}
