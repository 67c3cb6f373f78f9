package clinic

import (
	"fmt"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"
)

// file reads the nodes of one profile file and collects what is wrong with
// them. Reading goes on after a problem, so that all are told at once.
type file struct {
	name     string
	checks   checks
	problems []Problem
	// places are the location ids that other parts of the file name, checked
	// once all locations are read.
	places []reference
	// people are the names of providers that other parts of the file use,
	// checked likewise.
	people []reference
	// coded are the visit ids that the codes of a FHIR server are given for,
	// checked likewise.
	coded []reference
	// booked is where the section of bookings stands; empty for none.
	booked string
	// names are what patients may call a thing, for finding two things with
	// the same name.
	names []naming
}

type reference struct {
	id, field string
	line      int
}

// naming is one name of one thing of a kind ("plan", "service").
type naming struct {
	kind, thing, name, field string
	line                     int
}

func (f *file) bad(n *yaml.Node, field, format string, args ...any) {
	line := 0
	if n != nil {
		line = n.Line
	}
	f.problems = append(f.problems, Problem{File: f.name, Line: line, Field: field, Message: fmt.Sprintf(format, args...)})
}

// deref follows an alias to what it stands for. An alias chain cannot be
// longer than one: the parser resolves an alias to the anchored node.
func deref(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// field names and what reads them.
type fields map[string]func(n *yaml.Node, field string)

// mapping reads the fields of n, names those that do not exist, and reports
// the required ones that are missing.
func (f *file) mapping(n *yaml.Node, field string, known fields, required ...string) {
	n = deref(n)
	if n == nil || n.Kind != yaml.MappingNode {
		f.bad(n, field, "must hold fields (%s), one a line as name: value", joinKeys(known))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], deref(n.Content[i+1])
		path := join(field, key.Value)
		read, ok := known[key.Value]
		switch {
		case !ok:
			f.bad(key, path, "unknown field; %s", suggest(key.Value, keysOf(known)))
			continue
		case seen[key.Value]:
			f.bad(key, path, "stands here twice; keep one")
			continue
		}
		seen[key.Value] = true
		if empty(value) {
			if !contains(required, key.Value) {
				continue
			}
			f.bad(key, path, "is empty; fill it in")
			continue
		}
		read(value, path)
	}
	for _, name := range required {
		if !seen[name] {
			f.bad(n, join(field, name), "is missing; add it")
		}
	}
}

// list reads each item of n.
func (f *file) list(n *yaml.Node, field string, read func(n *yaml.Node, field string)) {
	n = deref(n)
	if n.Kind != yaml.SequenceNode {
		f.bad(n, field, "must be a list: one item a line, each after a dash")
		return
	}
	for i, item := range n.Content {
		path := fmt.Sprintf("%s[%d]", field, i)
		if item = deref(item); empty(item) {
			f.bad(item, path, "is empty; fill it in or remove the dash")
			continue
		}
		read(item, path)
	}
}

// text reads a plain value.
func (f *file) text(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind != yaml.ScalarNode {
			f.bad(n, field, "must be a single value")
			return
		}
		*to = clean(n.Value)
		if i := strings.IndexFunc(*to, control); i >= 0 {
			f.bad(n, field, "holds a control character; type the text anew")
		}
	}
}

// texts reads a list of plain values; a single value is a list of one.
func (f *file) texts(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind == yaml.ScalarNode {
			var s string
			f.text(&s)(n, field)
			*to = append(*to, s)
			return
		}
		f.list(n, field, func(n *yaml.Node, field string) {
			var s string
			f.text(&s)(n, field)
			if s != "" {
				*to = append(*to, s)
			}
		})
	}
}

func (f *file) truth(to *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		switch strings.ToLower(n.Value) {
		case "true", "yes", "y", "on", "si", "sí":
			*to = true
		case "false", "no", "n", "off":
			*to = false
		default:
			f.bad(n, field, "must be true or false")
		}
	}
}

// both reads a text in both languages.
func (f *file) both(to *Bilingual) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		if n.Kind != yaml.MappingNode {
			f.bad(n, field, "must be given in both languages: {en: ..., es: ...}")
			return
		}
		var b Bilingual
		before := len(f.problems)
		f.mapping(n, field, fields{"en": f.text(&b.EN), "es": f.text(&b.ES)})
		switch {
		case len(f.problems) > before:
		case b.EN == "" && b.ES == "":
			f.bad(n, field, "is empty; write it as {en: ..., es: ...}")
		case b.EN == "":
			f.bad(n, field, "has no English text; add en")
		case b.ES == "":
			f.bad(n, field, "has no Spanish text; add es")
		}
		*to = b
	}
}

func empty(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && clean(n.Value) == "" || n.Kind == yaml.ScalarNode && n.Tag == "!!null" ||
		(n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode) && len(n.Content) == 0
}

// clean folds the white space that YAML's block texts bring, since replies
// are built of single lines.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

func control(r rune) bool { return r < ' ' || r == 0x7f }

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

func keysOf(m fields) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func joinKeys(m fields) string { return strings.Join(keysOf(m), ", ") }
