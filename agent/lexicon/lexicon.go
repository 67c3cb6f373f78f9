// Package lexicon holds the words that tell what a message is about: parts
// of the body, symptoms, medicines, tests, kin and so on, in both languages.
// Each class is a file in terms/ that a clinician can read and extend.
package lexicon

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
	root  *node
	words map[string]float32 // every single word of every term, for repair
}

// node is a place in the trie of terms, one edge a word.
type node struct {
	next     map[string]*node
	prefixes map[string][]prefixEdge // by the first minPrefix letters
	ends     []Class
}

type prefixEdge struct {
	prefix string
	to     *node
}

// minPrefix is the least number of letters before a trailing *.
const minPrefix = 4

type file struct {
	Class       string   `yaml:"class"`
	Description string   `yaml:"description"`
	EN          []string `yaml:"en"`
	ES          []string `yaml:"es"`
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
	l := &Lexicon{ids: map[string]Class{}, root: &node{}, words: map[string]float32{}}
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
	at := l.root
	for _, field := range fields {
		stem, isPrefix := strings.CutSuffix(field, "*")
		tokens := language.Scan(stem).Tokens
		if len(tokens) == 0 {
			continue // a lone sign, as in "lost & found"
		}
		for j, tok := range tokens {
			if isPrefix && j == len(tokens)-1 {
				if len(tok.Word) < minPrefix {
					return fmt.Errorf("needs %d letters before *", minPrefix)
				}
				at = at.prefix(tok.Word)
				continue
			}
			l.words[tok.Word]++
			at = at.word(tok.Word)
		}
	}
	if at == l.root {
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

func (n *node) word(w string) *node {
	if n.next == nil {
		n.next = map[string]*node{}
	}
	if n.next[w] == nil {
		n.next[w] = &node{}
	}
	return n.next[w]
}

func (n *node) prefix(p string) *node {
	if n.prefixes == nil {
		n.prefixes = map[string][]prefixEdge{}
	}
	key := p[:minPrefix]
	for _, e := range n.prefixes[key] {
		if e.prefix == p {
			return e.to
		}
	}
	to := &node{}
	n.prefixes[key] = append(n.prefixes[key], prefixEdge{p, to})
	return to
}

// Class returns the class of that name.
func (l *Lexicon) Class(name string) (Class, bool) {
	c, ok := l.ids[name]
	return c, ok
}

// Classes returns the names of all classes, by Class.
func (l *Lexicon) Classes() []string { return l.names }

// Words returns the single words of all terms with how many terms use them.
func (l *Lexicon) Words() map[string]float32 { return l.words }

// Scan returns the longest term of each class at each place, in order of
// Start. A term never crosses the end of a sentence. Both what was written
// and its repaired form may match.
func (l *Lexicon) Scan(tokens []language.Token) []Hit {
	var hits []Hit
	for i := range tokens {
		from := len(hits)
		l.walk(l.root, tokens, i, i, func(class Class, end int) {
			for k := from; k < len(hits); k++ {
				if hits[k].Class == class {
					hits[k].End = max(hits[k].End, end)
					return
				}
			}
			hits = append(hits, Hit{class, i, end})
		})
	}
	return hits
}

func (l *Lexicon) walk(n *node, tokens []language.Token, start, at int, found func(Class, int)) {
	for _, class := range n.ends {
		found(class, at)
	}
	if at == len(tokens) || at > start && tokens[at].Break {
		return
	}
	tok := tokens[at]
	if to := n.next[tok.Word]; to != nil {
		l.walk(to, tokens, start, at+1, found)
	}
	if tok.Surface != tok.Word {
		if to := n.next[tok.Surface]; to != nil {
			l.walk(to, tokens, start, at+1, found)
		}
	}
	if len(n.prefixes) == 0 || len(tok.Word) < minPrefix {
		return
	}
	for _, e := range n.prefixes[tok.Word[:minPrefix]] {
		if strings.HasPrefix(tok.Word, e.prefix) {
			l.walk(e.to, tokens, start, at+1, found)
		}
	}
}
