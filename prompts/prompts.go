// Package prompts holds what a language model is told: versioned templates
// and the JSON schemas of its replies. The part that never changes comes
// first, so that providers serve it from their cache.
//
// A change of meaning gets a new version beside the old one; Hash names what
// was used, and goes on every decision that a model took part in. The schema
// stands in the prompt only where an endpoint cannot be given it apart.
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
)

//go:embed *.tmpl *.schema.json
var shipped embed.FS

// The files of this package by what they are for.
const (
	UnderstandTemplate = "understand.v1.tmpl"
	UnderstandSchema   = "understand.v1.schema.json"
	TranslateTemplate  = "translate.v1.tmpl"
	TranslateSchema    = "translate.v1.schema.json"
)

// Names lists every file, sorted.
func Names() []string {
	names := []string{UnderstandTemplate, UnderstandSchema, TranslateTemplate, TranslateSchema}
	sort.Strings(names)
	return names
}

// Set is the files that are used: the shipped ones, or what replaces them.
type Set struct{ files map[string]string }

// Load reads the shipped files, and in their place those of the same name in
// override, which may be nil. A file in override that replaces none is an
// error, since a misspelt name would otherwise change nothing in silence.
func Load(override fs.FS) (*Set, error) {
	s := &Set{files: map[string]string{}}
	for _, name := range Names() {
		raw, err := shipped.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read shipped prompt %s: %w", name, err)
		}
		s.files[name] = string(raw)
	}
	if override == nil {
		return s, nil
	}
	entries, err := fs.ReadDir(override, ".")
	if err != nil {
		return nil, fmt.Errorf("read prompt folder: %w", err)
	}
	var problems []error
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if _, ok := s.files[e.Name()]; !ok {
			problems = append(problems, fmt.Errorf("prompt folder: %s replaces nothing: name it as one of %s", e.Name(), strings.Join(Names(), ", ")))
			continue
		}
		raw, err := fs.ReadFile(override, e.Name())
		if err != nil {
			problems = append(problems, fmt.Errorf("read prompt %s: %w", e.Name(), err))
			continue
		}
		s.files[e.Name()] = string(raw)
	}
	return s, errors.Join(problems...)
}

// Hash names prompt, schema, model and settings together: 16 hexadecimal
// digits that differ when any of them does.
func Hash(prompt, schema, model, settings string) string {
	h := sha256.New()
	for _, part := range []string{prompt, schema, model, settings} {
		fmt.Fprintf(h, "%d\n%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
