// Package lexicon holds the words that tell what a message is about: parts
// of the body, symptoms, medicines, tests, kin and so on, in both languages.
// Each class is a file in terms/ that a clinician can read and extend.
package lexicon

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"

	"recado/agent/language"
)

//go:embed terms/*.yaml
var shipped embed.FS

// Class is one kind of words, by its place in Lexicon.Classes.
type Class uint8

// Hit is a term found in a message: tokens [Start, End) belong to Class.
type Hit struct {
	Class      Class
	Start, End int
}

// Lexicon finds terms in tokens. It is read-only after loading and safe for
// use by many goroutines.
type Lexicon struct {
	names []string
	ids   map[string]Class
	terms trie
	words map[string]float32 // every single word of every term, for repair
}

type file struct {
	Class       string   `yaml:"class"`
	Description string   `yaml:"description"`
	EN          []string `yaml:"en"`
	ES          []string `yaml:"es"`
}

// Within returns those of the hits of a text that start at tokens [from, to).
func Within(hits []Hit, from, to int) []Hit {
	at := func(token int) int {
		i, _ := slices.BinarySearchFunc(hits, token, func(h Hit, token int) int { return cmp.Compare(h.Start, token) })
		return i
	}
	return hits[at(from):at(to)]
}

// Default loads the lexicon that ships with Recado.
func Default() (*Lexicon, error) {
	sub, err := fs.Sub(shipped, "terms")
	if err != nil {
		return nil, fmt.Errorf("open shipped lexicon: %w", err)
	}
	return Load(sub)
}

// Load reads every .yaml file of dir, in name order. All mistakes are
// reported together, each with its file.
func Load(dir fs.FS) (*Lexicon, error) {
	paths, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list lexicon files: %w", err)
	}
	sort.Strings(paths)
	l := &Lexicon{ids: map[string]Class{}, terms: newTrie(), words: map[string]float32{}}
	var problems []error
	for _, p := range paths {
		if err := l.load(dir, p); err != nil {
			problems = append(problems, err)
		}
	}
	if len(l.names) == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("lexicon has no class: add a .yaml file with class, en and es"))
	}
	return l, errors.Join(problems...)
}

func (l *Lexicon) load(dir fs.FS, p string) error {
	raw, err := fs.ReadFile(dir, p)
	if err != nil {
		return fmt.Errorf("read lexicon %s: %w", p, err)
	}
	var f file
	if err := yaml.Load(raw, &f, yaml.WithKnownFields()); err != nil {
		return fmt.Errorf("lexicon %s: %w", p, err)
	}
	switch {
	case f.Class != strings.TrimSuffix(path.Base(p), ".yaml"):
		return fmt.Errorf("lexicon %s: class is %q: it must be the file's name", p, f.Class)
	case len(f.EN) == 0 || len(f.ES) == 0:
		return fmt.Errorf("lexicon %s: both en and es need terms", p)
	}
	class := Class(len(l.names))
	l.names = append(l.names, f.Class)
	l.ids[f.Class] = class
	var problems []error
	for _, term := range append(f.EN, f.ES...) {
		if err := l.add(term, class); err != nil {
			problems = append(problems, fmt.Errorf("lexicon %s: term %q: %w", p, term, err))
		}
	}
	return errors.Join(problems...)
}

func (l *Lexicon) add(term string, class Class) error {
	fields := strings.Fields(term)
	var at *node // nil is the root
	for _, field := range fields {
		stem, isPrefix := strings.CutSuffix(field, "*")
		if !isPrefix && language.IsWord(stem) {
			l.words[stem]++
			at = l.terms.word(at, stem)
			continue
		}
		tokens := language.Scan(stem).Tokens
		if len(tokens) == 0 {
			continue // a lone sign, as in "lost & found"
		}
		for j, tok := range tokens {
			if isPrefix && j == len(tokens)-1 {
				if len(tok.Word) < minPrefix {
					return fmt.Errorf("needs %d letters before *", minPrefix)
				}
				at = l.terms.prefix(at, tok.Word)
				continue
			}
			l.words[tok.Word]++
			at = l.terms.word(at, tok.Word)
		}
	}
	if at == nil {
		return errors.New("is empty")
	}
	for _, c := range at.ends {
		if c == class {
			return nil // the two languages share many terms
		}
	}
	at.ends = append(at.ends, class)
	return nil
}

// Class returns the class of that name.
func (l *Lexicon) Class(name string) (Class, bool) {
	c, ok := l.ids[name]
	return c, ok
}

// Classes returns the names of all classes, by Class.
func (l *Lexicon) Classes() []string { return l.names }

// Dictionary numbers the words of the terms. Other detectors that read the
// same messages add theirs.
func (l *Lexicon) Dictionary() *language.Dictionary { return l.terms.dictionary }

// Words returns the single words of all terms with how many terms use them.
func (l *Lexicon) Words() map[string]float32 { return l.words }

// Scan returns the longest term of each class at each place, in order of
// Start. A term never crosses the end of a sentence. Both what was written
// and its repaired form may match.
func (l *Lexicon) Scan(text language.Text) []Hit {
	w := walker{trie: &l.terms, tokens: l.terms.dictionary.Numbered(text).Tokens}
	for i := range w.tokens {
		w.from(i)
	}
	return w.hits
}
