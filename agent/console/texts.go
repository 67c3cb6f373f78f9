package console

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed texts
var textFiles embed.FS

// languages are those of the pages.
var languages = []string{"en", "es"}

// text is one text, or the two forms of one that counts: {{.n}} chooses.
type text struct {
	one, other string
	file       string
	line       int
}

// catalogue is all texts by language and key.
type catalogue map[string]map[string]text

var shippedTexts = sync.OnceValues(func() (catalogue, error) { return loadTexts(textFiles) })

// loadTexts reads texts/en.toml, texts/es.toml and every texts/*.en.toml and
// texts/*.es.toml. Both languages must have the same keys, and each text the
// same fields {{.name}}. All that is wrong is told at once.
func loadTexts(fsys fs.FS) (catalogue, error) {
	all := catalogue{}
	var problems []string
	for _, lang := range languages {
		all[lang] = map[string]text{}
		files, err := fs.Glob(fsys, "texts/*.toml")
		if err != nil {
			return nil, fmt.Errorf("list texts: %w", err)
		}
		for _, name := range files {
			base := strings.TrimSuffix(path.Base(name), ".toml")
			if base != lang && !strings.HasSuffix(base, "."+lang) {
				continue
			}
			raw, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, fmt.Errorf("read texts: %w", err)
			}
			problems = append(problems, readTexts(name, string(raw), all[lang])...)
		}
	}
	problems = append(problems, compare(all)...)
	if len(problems) > 0 {
		slices.Sort(problems)
		return nil, fmt.Errorf("texts of the console:\n%s", strings.Join(problems, "\n"))
	}
	return all, nil
}

func readTexts(name, raw string, into map[string]text) (problems []string) {
	var tree map[string]any
	if _, err := toml.Decode(raw, &tree); err != nil {
		return []string{fmt.Sprintf("%s: %v", name, err)}
	}
	lines := keyLines(raw)
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		at := fmt.Sprintf("%s:%d: %s", name, lines[prefix], prefix)
		switch v := v.(type) {
		case string:
			if old, twice := into[prefix]; twice {
				problems = append(problems, fmt.Sprintf("%s: is in %s:%d as well: keep one", at, old.file, old.line))
			}
			into[prefix] = text{other: v, file: name, line: lines[prefix]}
		case map[string]any:
			one, isOne := v["one"].(string)
			other, isOther := v["other"].(string)
			if isOne && isOther && len(v) == 2 {
				into[prefix] = text{one: one, other: other, file: name, line: lines[prefix]}
				return
			}
			for key, sub := range v {
				if prefix != "" {
					key = prefix + "." + key
				}
				walk(key, sub)
			}
		default:
			problems = append(problems, at+": is no text: put it in quotes")
		}
	}
	walk("", tree)
	for key, t := range into {
		if t.file != name {
			continue
		}
		for _, words := range []string{t.one, t.other} {
			if rest := field.ReplaceAllString(words, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
				problems = append(problems, fmt.Sprintf("%s:%d: %s: has something in braces that is no field: write {{.name}}", name, t.line, key))
			}
		}
		if strings.TrimSpace(t.other) == "" {
			problems = append(problems, fmt.Sprintf("%s:%d: %s: is empty", name, t.line, key))
		}
	}
	return problems
}

// field is a place for an argument.
var field = regexp.MustCompile(`\{\{\s*\.([a-z_]+)\s*\}\}`)

func fields(t text) []string {
	found := map[string]bool{}
	for _, words := range []string{t.one, t.other} {
		for _, m := range field.FindAllStringSubmatch(words, -1) {
			found[m[1]] = true
		}
	}
	if t.one != "" {
		found["n"] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func compare(all catalogue) (problems []string) {
	for _, lang := range languages {
		for _, other := range languages {
			for key, t := range all[lang] {
				twin, ok := all[other][key]
				switch {
				case !ok:
					problems = append(problems, fmt.Sprintf("%s:%d: %s: has no text in %q", t.file, t.line, key, other))
				case !slices.Equal(fields(t), fields(twin)):
					problems = append(problems, fmt.Sprintf("%s:%d: %s: has the fields %v, in %s:%d %v", t.file, t.line, key, fields(t), twin.file, twin.line, fields(twin)))
				}
			}
		}
	}
	return problems
}

var (
	tableLine = regexp.MustCompile(`^\s*\[([A-Za-z0-9_.-]+)\]`)
	keyLine   = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=`)
)

// keyLines is the line of each key, of tables as well.
func keyLines(raw string) map[string]int {
	lines, table := map[string]int{}, ""
	for i, line := range strings.Split(raw, "\n") {
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table = m[1]
			lines[table] = i + 1
		} else if m := keyLine.FindStringSubmatch(line); m != nil {
			key := m[1]
			if table != "" {
				key = table + "." + key
			}
			lines[key] = i + 1
		}
	}
	return lines
}
