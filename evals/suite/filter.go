package suite

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Filter chooses cases. The zero Filter takes all.
type Filter struct{ any [][]term }

// term is one field with the values that it may have.
type term struct {
	field  string
	not    bool
	values []string
}

// FilterFields are what a filter may look at.
var FilterFields = []string{"suite", "id", "group", "tag", "lang", "promise", "pair", "disposition"}

// ParseFilter reads expressions: terms of the form field=value,value or
// field!=value,value, a space apart, that must all hold; values may hold * and
// ?. A case is taken that one of the expressions takes.
func ParseFilter(expressions []string) (Filter, error) {
	var f Filter
	for _, e := range expressions {
		var all []term
		for _, part := range strings.Fields(e) {
			t := term{}
			name, values, ok := strings.Cut(part, "=")
			name, t.not = strings.CutSuffix(name, "!")
			t.field, t.values = name, strings.Split(values, ",")
			switch {
			case !ok || values == "":
				return f, fmt.Errorf("filter %q: %q is no term: write field=value or field!=value, as in group=emergency lang=es", e, part)
			case !slices.Contains(FilterFields, name):
				return f, fmt.Errorf("filter %q: there is no field %q: %s", e, name, suggest(name, FilterFields))
			}
			for _, v := range t.values {
				if _, err := path.Match(v, ""); err != nil {
					return f, fmt.Errorf("filter %q: %q is no pattern: it may hold * and ?", e, v)
				}
			}
			all = append(all, t)
		}
		if len(all) > 0 {
			f.any = append(f.any, all)
		}
	}
	return f, nil
}

// Empty reports whether the filter takes every case.
func (f Filter) Empty() bool { return len(f.any) == 0 }

// Takes reports whether the filter takes case c of suite s.
func (f Filter) Takes(s *Suite, c Case) bool {
	return f.Empty() || slices.ContainsFunc(f.any, func(all []term) bool {
		return !slices.ContainsFunc(all, func(t term) bool { return !t.holds(s, c) })
	})
}

func (t term) holds(s *Suite, c Case) bool {
	var have []string
	switch t.field {
	case "suite":
		have = []string{s.Name}
	case "id":
		have = []string{c.ID}
	case "group":
		have = []string{c.Group}
	case "tag":
		have = c.Tags
	case "lang":
		have = []string{c.Lang}
	case "promise":
		have = c.Promises
	case "pair":
		have = []string{c.Pair}
	case "disposition":
		have = []string{string(c.Disposition)}
		for _, step := range c.Script {
			have = append(have, string(step.Disposition))
		}
	}
	found := slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(t.values, func(v string) bool {
			ok, err := path.Match(v, h)
			return err == nil && ok
		})
	})
	return found != t.not
}
