package clinic

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Option changes what is checked beyond the file itself.
type Option func(*checks)

type checks struct {
	textKeys []string
	text     func(key, text string) error
}

// TextKeys names the catalogue keys that `texts` may replace. Without it any
// key passes.
func TextKeys(keys []string) Option { return func(c *checks) { c.textKeys = keys } }

// TextCheck checks one language of a clinic's own text, such as its
// placeholders. The error says what is wrong and what to do.
func TextCheck(check func(key, text string) error) Option {
	return func(c *checks) { c.text = check }
}

// maxFile is more than any clinic writes, and stops a wrong file early.
const maxFile = 1 << 20

// Load reads and checks the profile at path. What is wrong with its content
// is a *ProblemsError with all problems; a file that cannot be read is
// another error.
func Load(path string, options ...Option) (*Profile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read clinic profile: %w", err)
	}
	return Parse(filepath.Base(path), raw, options...)
}

// Parse reads and checks a profile. name stands for the file in problems.
func Parse(name string, raw []byte, options ...Option) (*Profile, error) {
	f := &file{name: name}
	for _, o := range options {
		o(&f.checks)
	}
	p := f.parse(raw)
	if len(f.problems) > 0 {
		slices.SortStableFunc(f.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &ProblemsError{Problems: f.problems}
	}
	return p, nil
}

func (f *file) parse(raw []byte) *Profile {
	if len(raw) > maxFile {
		f.bad(nil, "", "the file is larger than 1 MB; this is no clinic profile")
		return nil
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		f.bad(nil, "", "the file is empty; start from the sample profile")
		return nil
	}
	var doc yaml.Node
	if err := yaml.Load(raw, &doc); err != nil {
		f.syntax(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		f.bad(nil, "", "the file holds no fields; start from the sample profile")
		return nil
	}
	p := f.profile(doc.Content[0])
	f.crossCheck(p)
	return p
}

// syntax reports an error of the YAML parser at its line.
func (f *file) syntax(err error) {
	line, said := 0, err.Error()
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line, said = at.Mark.Line, at.Message
	}
	f.problems = append(f.problems, Problem{File: f.name, Line: line,
		Message: "not readable as YAML (" + clean(said) + "); look for a missing quote, colon or indent on this line or the one above"})
}
