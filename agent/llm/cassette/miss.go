package cassette

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// MissError says that a request was never recorded, and how it differs from
// the recording that is most like it.
type MissError struct {
	Path    string // of the cassette
	Key     string
	Repeat  int
	Nearest string   // key of the recording most like it; empty in an empty cassette
	Differs []string // one line a field: its path, recorded and asked
}

// Error tells the difference and how to record.
func (e *MissError) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("cassette %s holds no recording: record it first (asked for %s, repeat %d)", e.Path, e.Key, e.Repeat)
	}
	return fmt.Sprintf("cassette %s does not hold request %s (repeat %d); the nearest recording %s differs:\n  %s\nrecord it again, or undo the change",
		e.Path, e.Key, e.Repeat, e.Nearest, strings.Join(e.Differs, "\n  "))
}

// mostDiffering bounds the lines of a miss.
const mostDiffering = 8

func (c *Cassette) miss(asked Recording) *MissError {
	e := &MissError{Path: c.path, Key: asked.Key, Repeat: asked.Repeat}
	want := flat(asked)
	best := -1
	keys := make([]string, 0, len(c.recordings))
	for key := range c.recordings {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		lines, distance := differ(flat(c.recordings[key]), want)
		if best < 0 || distance < best {
			best, e.Nearest, e.Differs = distance, key, lines
		}
	}
	if n := len(e.Differs); n > mostDiffering {
		e.Differs = append(e.Differs[:mostDiffering:mostDiffering], fmt.Sprintf("and %d more", n-mostDiffering))
	}
	return e
}

// flat lists a recording's request as path and value.
func flat(r Recording) map[string]string {
	out := map[string]string{"repeat": fmt.Sprint(r.Repeat)}
	_, tree, err := canon(r.Request)
	if err != nil {
		return out
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, child := range v {
				walk(path+"."+k, child)
			}
		case []any:
			for i, child := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), child)
			}
		case string:
			out[strings.TrimPrefix(path, ".")] = v
		default:
			raw, err := json.Marshal(v)
			if err == nil {
				out[strings.TrimPrefix(path, ".")] = string(raw)
			}
		}
	}
	walk("", tree)
	return out
}

// differ tells two requests apart: a line a field, and how far they are from
// each other in characters.
func differ(recorded, asked map[string]string) (lines []string, distance int) {
	paths := map[string]bool{}
	for p := range recorded {
		paths[p] = true
	}
	for p := range asked {
		paths[p] = true
	}
	for p := range paths {
		a, inA := recorded[p]
		b, inB := asked[p]
		switch {
		case inA && !inB:
			lines = append(lines, p+": recorded, not asked")
			distance += 10 + len(a)
		case !inA && inB:
			lines = append(lines, p+": asked, not recorded")
			distance += 10 + len(b)
		case a != b:
			x, y := around(a, b)
			lines = append(lines, fmt.Sprintf("%s: recorded %q, asked %q", p, x, y))
			distance += 1 + len(x) + len(y)
		}
	}
	sort.Strings(lines)
	return lines, distance
}

// window is how much of two long texts is shown where they part.
const window = 40

// around cuts what two texts have in common at both ends.
func around(a, b string) (string, string) {
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	x, y := len(a), len(b)
	for x > from && y > from && a[x-1] == b[y-1] {
		x, y = x-1, y-1
	}
	show := func(s string, end int) string {
		start := max(0, from-window/4)
		end = min(len(s), end+window/4)
		out := s[start:min(end, start+3*window)]
		if start > 0 {
			out = "…" + out
		}
		if start+len(out) < len(s) {
			out += "…"
		}
		return strings.ToValidUTF8(out, "")
	}
	return show(a, x), show(b, y)
}
