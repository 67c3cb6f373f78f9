package guard

import (
	"fmt"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// builder compiles the patterns of rules and keeps what is wrong with them.
type builder struct {
	lex      *lexicon.Lexicon
	macros   map[string]expr
	symbols  *symbols
	problems []error
}

func newBuilder(lex *lexicon.Lexicon) (*builder, error) {
	macros, err := buildMacros(lex)
	if err != nil {
		return nil, err
	}
	return &builder{lex: lex, macros: macros, symbols: newSymbols()}, nil
}

// read compiles a pattern, which is of that kind in its rule. It does not set
// its needs.
func (b *builder) read(r *Rule, kind, source string) (p program, e expr, ok bool) {
	e, err := parsePattern(source, b.lex, b.macros, r.words)
	if err == nil {
		p, err = compile(e, b.symbols)
	}
	if err != nil {
		b.problems = append(b.problems, fmt.Errorf("%s:%d: rule %q: %s %q: %w", r.File, r.Line, r.ID, kind, source, err))
		return program{}, nil, false
	}
	return p, e, true
}

// context compiles patterns that are only tried where another one matched.
func (b *builder) context(r *Rule, kind string, sources []string) []program {
	var all []program
	for _, source := range sources {
		if p, e, ok := b.read(r, kind, source); ok {
			p.need(required(e, b.symbols, nil))
			all = append(all, p)
		}
	}
	return all
}

// touches counts, by set, the rules' own examples that touch it: a sample of
// what patients write that is always at hand.
func touches(rules []Rule, lex *lexicon.Lexicon, m message) []int32 {
	n := make([]int32, len(m.rowOf))
	for i := range rules {
		for _, examples := range [][]string{rules[i].Match, rules[i].Not} {
			for _, e := range examples {
				text := lex.Dictionary().Numbered(language.Scan(e))
				m.reset(text, lex.Scan(text), 0, len(text.Tokens))
				for _, set := range m.touched {
					n[set]++
				}
			}
		}
	}
	return n
}
