package guard

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"recado/agent/language"
)

const reasonsFile = "reasons.yaml"

//go:embed reasons.yaml
var shippedReasons []byte

// Reasons tell in both languages why rules are there. It is read-only and
// safe for use by many goroutines; its zero value knows no rule.
type Reasons struct {
	byRule map[string]map[language.Language]string
}

// DefaultReasons are those of the rules that ship with Recado and of the
// shapes of numbers. They are read once.
var DefaultReasons = sync.OnceValues(func() (Reasons, error) {
	rules, err := DefaultRules()
	if err != nil {
		return Reasons{}, err
	}
	return loadReasons(shippedReasons, rules)
})

// Of is why the rule of that id is there, as a sentence in English or Spanish.
// ok is false where there is none.
func (r Reasons) Of(rule string, in language.Language) (text string, ok bool) {
	text, ok = r.byRule[rule][in]
	return text, ok
}

// loadReasons reads raw, which gives every rule's reason in the language in
// which the rule itself does not have it, or in both. It reports all mistakes
// together, each with its line. Rules that raw does not name are not known to
// what it returns.
func loadReasons(raw []byte, rules []Rule) (Reasons, error) {
	l := reasonsLoader{own: map[string]string{}, line: map[string]int{}, byRule: map[string]map[language.Language]string{}}
	for _, r := range rules {
		l.own[r.ID] = r.Reason
	}
	for _, s := range shapes {
		l.own[s.rule] = ""
	}
	var doc yaml.Node
	if err := yaml.Load(raw, &doc); err != nil {
		return Reasons{}, fmt.Errorf("%s: %w", reasonsFile, err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return Reasons{}, fmt.Errorf(`%s: must be a mapping with the key "reasons"`, reasonsFile)
	}
	for key, value := range pairs(doc.Content[0]) {
		switch {
		case key.Value != "reasons":
			l.problem(key, `key %q is unknown: there is "reasons"`, key.Value)
		case value.Kind != yaml.MappingNode:
			l.problem(value, "reasons must be a mapping of rule ids")
		default:
			for id, texts := range pairs(value) {
				l.rule(id, texts)
			}
		}
	}
	return Reasons{l.byRule}, errors.Join(l.problems...)
}

type reasonsLoader struct {
	own      map[string]string // the reason that a rule has itself, by its id
	line     map[string]int    // where a rule's entry is
	byRule   map[string]map[language.Language]string
	problems []error
}

func (l *reasonsLoader) problem(at *yaml.Node, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s:%d: %s", reasonsFile, at.Line, fmt.Sprintf(format, args...)))
}

// rule reads the entry of one rule.
func (l *reasonsLoader) rule(id, texts *yaml.Node) {
	own, known := l.own[id.Value]
	first, twice := l.line[id.Value]
	switch {
	case !known:
		l.problem(id, "no rule has the id %q: correct it, or take it out with the rule", id.Value)
		return
	case twice:
		l.problem(id, "rule %q is already at line %d: keep one", id.Value, first)
		return
	}
	l.line[id.Value] = id.Line
	if texts.Kind != yaml.MappingNode {
		l.problem(id, "rule %q must have its reason below en or es", id.Value)
		return
	}
	said := map[language.Language]string{}
	for lang, node := range pairs(texts) {
		in, text := language.Language(lang.Value), strings.TrimSpace(node.Value)
		_, again := said[in]
		switch {
		case in != language.English && in != language.Spanish:
			l.problem(lang, "rule %q: language is %q: write en or es", id.Value, lang.Value)
		case again:
			l.problem(lang, "rule %q has its reason in %s twice: keep one", id.Value, lang.Value)
		case node.Kind != yaml.ScalarNode || text == "" || node.Tag == "!!null":
			l.problem(lang, "rule %q: the reason in %s is empty: write one sentence", id.Value, lang.Value)
		default:
			said[in] = text
		}
	}
	for in, other := range map[language.Language]language.Language{language.English: language.Spanish, language.Spanish: language.English} {
		if said[in] == "" && said[other] != "" && own != "" {
			said[in] = own
		}
	}
	l.byRule[id.Value] = said
	if len(said) == 1 && own == "" {
		l.problem(id, "rule %q has no reason of its own: write both en and es", id.Value)
	}
}

// pairs yields the keys and values of a mapping, twice where a key is twice.
func pairs(mapping *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i], mapping.Content[i+1]) {
				return
			}
		}
	}
}
