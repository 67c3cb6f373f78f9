package intents

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent/language"
)

//go:embed *.yaml
var shipped embed.FS

// file is the form of an intent's file. Examples are nodes so that each
// keeps its line.
type file struct {
	Name        string              `yaml:"name"`
	Description string              `yaml:"description"`
	Kind        Kind                `yaml:"kind"`
	Reply       string              `yaml:"reply"`
	Slots       []string            `yaml:"slots"`
	Examples    examples            `yaml:"examples"`
	NearMisses  map[string]examples `yaml:"near_misses"`
}

type examples struct {
	EN    []yaml.Node `yaml:"en"`
	ES    []yaml.Node `yaml:"es"`
	Mixed []yaml.Node `yaml:"mixed"`
}

// Shipped is the folder of the intents that ship with Recado.
func Shipped() fs.FS { return shipped }

// Load reads every .yaml file of dir in name order. Near misses count as
// examples of the intent they name. All mistakes are reported together, each
// with file and line: unknown fields, kinds and intents, empty examples, and
// messages that stand twice.
func Load(dir fs.FS) (*Set, error) {
	paths, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list intents: %w", err)
	}
	sort.Strings(paths)
	l := loader{set: &Set{}, seen: map[string]Example{}}
	for _, p := range paths {
		l.file(dir, p)
	}
	sort.Slice(l.set.Intents, func(i, j int) bool { return l.set.Intents[i].Name < l.set.Intents[j].Name })
	for _, e := range l.set.Examples {
		if l.set.Index(e.Intent) < 0 {
			l.fail(e.File, e.Line, "no intent is named %q: add %s.yaml or correct the name", e.Intent, e.Intent)
		}
	}
	if len(l.set.Intents) == 0 {
		l.problems = append(l.problems, errors.New("no intents: the folder has no .yaml file"))
	}
	return l.set, errors.Join(l.problems...)
}

type loader struct {
	set      *Set
	seen     map[string]Example
	problems []error
}

func (l *loader) fail(file string, line int, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s:%d: "+format, append([]any{file, line}, args...)...))
}

func (l *loader) file(dir fs.FS, p string) {
	raw, err := fs.ReadFile(dir, p)
	if err != nil {
		l.problems = append(l.problems, fmt.Errorf("read intent %s: %w", p, err))
		return
	}
	var f file
	if err := yaml.Load(raw, &f, yaml.WithKnownFields()); err != nil {
		l.problems = append(l.problems, fmt.Errorf("%s: %w", p, err))
		return
	}
	if f.Name != strings.TrimSuffix(path.Base(p), ".yaml") {
		l.fail(p, 1, "name is %q: it must be the file's name", f.Name)
	}
	if strings.TrimSpace(f.Description) == "" {
		l.fail(p, 1, "description is empty: say what the patient wants")
	}
	switch f.Kind {
	case FrontDesk, Conversation, Request, Consent, Sensitive, Emergency, Decline:
	default:
		l.fail(p, 1, "kind is %q: one of front_desk, conversation, request, consent, sensitive, emergency, decline", f.Kind)
	}
	l.set.Intents = append(l.set.Intents, Intent{
		Name: f.Name, Description: strings.TrimSpace(f.Description), Kind: f.Kind, Reply: f.Reply, Slots: f.Slots,
	})
	l.examples(p, f.Name, f.Examples)
	names := make([]string, 0, len(f.NearMisses))
	for name := range f.NearMisses {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		l.examples(p, name, f.NearMisses[name])
	}
}

func (l *loader) examples(p, intent string, e examples) {
	for _, group := range []struct {
		language string
		nodes    []yaml.Node
	}{{"en", e.EN}, {"es", e.ES}, {"mixed", e.Mixed}} {
		for _, n := range group.nodes {
			if n.Kind != yaml.ScalarNode {
				l.fail(p, n.Line, "an example must be one line of text: put it in double quotes")
				continue
			}
			ex := Example{Text: n.Value, Intent: intent, Language: group.language, File: p, Line: n.Line}
			key := Fold(ex.Text)
			if key == "" && strings.TrimSpace(ex.Text) == "" {
				l.fail(p, n.Line, "an example is empty")
				continue
			}
			if first, ok := l.seen[key]; ok && key != "" {
				l.fail(p, n.Line, "this example of %s stands already at %s:%d for %s", intent, first.File, first.Line, first.Intent)
				continue
			}
			l.seen[key] = ex
			l.set.Examples = append(l.set.Examples, ex)
		}
	}
}

// Fold spells a message without case, accents and punctuation, so that two
// that differ in nothing else are equal.
func Fold(text string) string {
	return strings.Join(language.Scan(text).Words(), " ")
}
