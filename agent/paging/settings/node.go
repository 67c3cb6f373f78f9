package settings

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Problem is one mistake in a file.
type Problem struct {
	File    string
	Line    int    // from 1; 0 where it is about the whole file
	Field   string // path in the file, e.g. clinics[0].steps[1].after
	Message string // what is wrong and what to do; never an address or a token
}

// String is the problem as file:line: field: message.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	return s + ": " + p.Message
}

// ProblemsError holds every problem of a file, in the order of its lines.
type ProblemsError struct{ Problems []Problem }

// Error lists all problems, one a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// file reads nodes and collects what is wrong with them, so that all of it is
// told at once.
type file struct {
	name     string
	problems []Problem
}

func (f *file) bad(n *yaml.Node, field, format string, args ...any) {
	line := 0
	if n != nil {
		line = n.Line
	}
	f.problems = append(f.problems, Problem{f.name, line, field, fmt.Sprintf(format, args...)})
}

// fields are the names of a mapping with what reads each.
type fields map[string]func(n *yaml.Node, field string)

func (k fields) names() string {
	all := make([]string, 0, len(k))
	for name := range k {
		all = append(all, name)
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}

func (f *file) mapping(n *yaml.Node, field string, known fields, required ...string) {
	if n = aliased(n); n.Kind != yaml.MappingNode {
		f.bad(n, field, "must hold fields (%s), one a line as name: value", known.names())
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], aliased(n.Content[i+1])
		path := strings.TrimPrefix(field+"."+key.Value, ".")
		read, ok := known[key.Value]
		switch {
		case !ok && secret(key.Value):
			f.bad(key, path, "secrets never stand in this file: they are set by flags or environment variables; an address that holds a token is named by webhook_env")
		case !ok:
			f.bad(key, path, "unknown field; known are %s", known.names())
		case seen[key.Value]:
			f.bad(key, path, "stands here twice; keep one")
		case value.Tag == "!!null" || value.Kind == yaml.ScalarNode && strings.TrimSpace(value.Value) == "":
			f.bad(key, path, "is empty; fill it in or remove the line")
		default:
			read(value, path)
		}
		seen[key.Value] = true
	}
	for _, name := range required {
		if !seen[name] {
			f.bad(n, strings.TrimPrefix(field+"."+name, "."), "is missing; add it")
		}
	}
}

// aliased follows an alias to what it stands for.
func aliased(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// secret reports whether a field's name promises a secret.
func secret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"key", "token", "secret", "password"} {
		if strings.HasSuffix(name, word) {
			return true
		}
	}
	return false
}

// list reads each item of a list of 1 to most.
func (f *file) list(n *yaml.Node, field, of string, most int, read func(n *yaml.Node, field string)) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		f.bad(n, field, "must list %s, each after a dash", of)
		return
	}
	if len(n.Content) > most {
		f.bad(n, field, "lists %d %s; %d at most", len(n.Content), of, most)
		return
	}
	for i, item := range n.Content {
		read(aliased(item), fmt.Sprintf("%s[%d]", field, i))
	}
}

func (f *file) text(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind != yaml.ScalarNode {
			f.bad(n, field, "must be a single value")
			return
		}
		*to = strings.TrimSpace(n.Value)
		if strings.ContainsFunc(*to, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			f.bad(n, field, "holds a line break or a control character; type it anew")
		}
	}
}

// duration reads a time between two bounds.
func (f *file) duration(to *time.Duration, least, most time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		v, err := time.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			f.bad(n, field, "must be a time from %s to %s, such as 30s, 5m or 1h", least, most)
			return
		}
		*to = v
	}
}

func (f *file) truth(to *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		switch strings.ToLower(n.Value) {
		case "true", "yes":
			*to = true
		case "false", "no":
			*to = false
		default:
			f.bad(n, field, "must be yes or no")
		}
	}
}
