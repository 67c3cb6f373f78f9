package private

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"recado/agent/language"
	"recado/locales"
)

//go:embed texts
var textFiles embed.FS

// texts are the page's words by language and key, such as "code.title".
type texts map[language.Language]map[string]string

var shippedTexts = sync.OnceValues(func() (texts, error) {
	sub, err := fs.Sub(textFiles, "texts")
	if err != nil {
		return nil, err
	}
	return loadTexts(sub)
})

// loadTexts reads en.toml and es.toml. Both languages have the same keys, and
// each text the same {places} in both. All that is wrong is told at once, with
// its line.
func loadTexts(fsys fs.FS) (texts, error) {
	all, lines := texts{}, map[language.Language]map[string]int{}
	var problems []string
	for _, lang := range locales.Languages {
		name := string(lang) + ".toml"
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read the private page's texts: %w", err)
		}
		var tables map[string]map[string]string
		if err := toml.Unmarshal(raw, &tables); err != nil {
			return nil, fmt.Errorf("read the private page's texts: %s: %w", name, err)
		}
		all[lang], lines[lang] = map[string]string{}, linesOf(string(raw))
		for table, entries := range tables {
			for key, text := range entries {
				key = table + "." + key
				if all[lang][key] = strings.TrimSpace(text); all[lang][key] == "" {
					problems = append(problems, fmt.Sprintf("%s:%d: %s is empty", name, lines[lang][key], key))
				}
			}
		}
	}
	for _, pair := range [][2]language.Language{{language.English, language.Spanish}, {language.Spanish, language.English}} {
		here, there := all[pair[0]], all[pair[1]]
		for key, text := range here {
			at := fmt.Sprintf("%s.toml:%d: %s", pair[0], lines[pair[0]][key], key)
			other, ok := there[key]
			switch a, b := placesIn(text), placesIn(other); {
			case !ok:
				problems = append(problems, fmt.Sprintf("%s is missing in %s.toml", at, pair[1]))
			case !slices.Equal(a, b):
				problems = append(problems, fmt.Sprintf("%s has the places %v, in %s.toml %v", at, a, pair[1], b))
			}
		}
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return nil, fmt.Errorf("the private page's texts:\n%s", strings.Join(problems, "\n"))
	}
	return all, nil
}

var placeForm = regexp.MustCompile(`\{([a-z]+)\}`)

// placesIn are the names of a text's places, sorted, each once.
func placesIn(text string) []string {
	found := map[string]bool{}
	for _, m := range placeForm.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// linesOf is where each key stands.
func linesOf(raw string) map[string]int {
	lines, table := map[string]int{}, ""
	for i, line := range strings.Split(raw, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			table = strings.TrimSuffix(name, "]")
			continue
		}
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			lines[table+"."+strings.TrimSpace(name)] = i + 1
		}
	}
	return lines
}

// fill puts values in a text's places; one without a value stays.
func fill(text string, values map[string]string) string {
	return placeForm.ReplaceAllStringFunc(text, func(place string) string {
		if v, ok := values[strings.Trim(place, "{}")]; ok {
			return v
		}
		return place
	})
}
