package guard

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// words are what many patterns share, by name: a pattern writes <name> for
// any of them. A word may name others.
type words map[string]word

type word struct {
	pattern string
	file    string
	line    int
}

// add takes over the words of a file.
func (w words) add(file string, nodes map[string]yaml.Node) error {
	for name, node := range nodes {
		if old, ok := w[name]; ok {
			return fmt.Errorf("%s:%d: word %q is already at %s:%d: give it another name", file, node.Line, name, old.file, old.line)
		}
		var pattern string
		if err := node.Load(&pattern); err != nil {
			return fmt.Errorf("%s:%d: word %q: %w", file, node.Line, name, err)
		}
		w[name] = word{pattern, file, node.Line}
	}
	return nil
}

// named returns what <name> stands for, nil where it is no word. It reads
// each word once, into macros.
func (w words) named(name string, p *parser) (expr, error) {
	at, ok := w[name]
	if !ok {
		return nil, nil
	}
	if p.inside[name] {
		return nil, fmt.Errorf("word %q (%s:%d) names itself", name, at.file, at.line)
	}
	if p.inside == nil {
		p.inside = map[string]bool{}
	}
	p.inside[name] = true
	defer delete(p.inside, name)
	inner := &parser{in: at.pattern, lex: p.lex, macros: p.macros, words: w, inside: p.inside}
	e, err := inner.whole()
	if err != nil {
		return nil, fmt.Errorf("word %q (%s:%d): %w", name, at.file, at.line, err)
	}
	p.macros[name] = e
	return e, nil
}
