package guard

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// Guard finds the rules that a message fires. It is read-only after New and
// safe for use by many goroutines.
type Guard struct {
	rules    []compiled
	symbols  *symbols
	patterns []pattern
	bySet    [][]int32 // set -> patterns that it is the rarest part of
	words    map[string]float32
	pool     sync.Pool // of *search
}

type compiled struct {
	Rule
	unless   []program
	category Category
}

// pattern is one pattern of one rule.
type pattern struct {
	program
	rule int32
}

// search is the memory of one Find.
type search struct {
	message message
	seen    []bool // by pattern
	found   []int32
}

// New compiles rules against a lexicon. It reports every pattern that cannot
// be read, with its file and line.
func New(rules []Rule, lex *lexicon.Lexicon) (*Guard, error) {
	g := &Guard{symbols: newSymbols(), words: map[string]float32{}}
	macros, err := buildMacros(lex)
	if err != nil {
		return nil, err
	}
	var problems []error
	read := func(r Rule, kind, source string) (program, bool) {
		e, err := parsePattern(source, lex, macros)
		var p program
		if err == nil {
			p, err = compile(e, g.symbols)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: rule %q: %s %q: %w", r.File, r.Line, r.ID, kind, source, err))
			return p, false
		}
		learn(e, g.words)
		return p, true
	}
	for i, r := range rules {
		c := compiled{Rule: r, category: categoryOf(r)}
		for _, source := range r.Patterns {
			if p, ok := read(r, "pattern", source); ok {
				g.patterns = append(g.patterns, pattern{p, int32(i)})
			}
		}
		for _, source := range r.Unless {
			if p, ok := read(r, "unless", source); ok {
				c.unless = append(c.unless, p)
			}
		}
		g.rules = append(g.rules, c)
	}
	g.bySet = make([][]int32, len(g.symbols.size))
	for i, p := range g.patterns {
		for _, set := range p.required[0] {
			g.bySet[set] = append(g.bySet[set], int32(i))
		}
	}
	g.pool.New = func() any {
		return &search{message: message{symbols: g.symbols}, seen: make([]bool, len(g.patterns))}
	}
	return g, errors.Join(problems...)
}

func categoryOf(r Rule) Category {
	switch {
	case r.Risk == "emergency":
		return CategoryEmergency
	case r.Risk == "consent":
		return CategoryConsent
	case r.Intent == "identity":
		return CategoryIdentifier
	}
	return CategoryCare
}

// learn keeps a pattern's whole words for the repair of misspellings.
func learn(e expr, words map[string]float32) {
	switch e := e.(type) {
	case exprSet:
		for w := range e.set.words {
			words[w]++
		}
	case exprSeq:
		for _, part := range e {
			learn(part, words)
		}
	case exprAlt:
		for _, part := range e {
			learn(part, words)
		}
	case exprOpt:
		learn(e.of, words)
	}
}

// Words returns the whole words that the rules name.
func (g *Guard) Words() map[string]float32 { return g.words }

// Rules returns the rules in the order they were given.
func (g *Guard) Rules() []Rule {
	out := make([]Rule, len(g.rules))
	for i, c := range g.rules {
		out[i] = c.Rule
	}
	return out
}

// A long text is matched in windows, so that memory and time stay in
// proportion; they overlap by more than any pattern spans in practice.
const (
	window  = 1024
	overlap = 96
)

// Find returns one signal for every rule that the text fires, the highest
// risk first and in rule order within it. hits are the lexicon's terms in it.
func (g *Guard) Find(text language.Text, hits []lexicon.Hit) []Signal {
	s := g.pool.Get().(*search)
	defer g.pool.Put(s)
	var signals []Signal
	for from := 0; ; from += window - overlap {
		to := min(from+window, len(text.Tokens))
		signals = g.scan(s, text, hits, from, to, signals)
		if to == len(text.Tokens) {
			break
		}
	}
	signals = append(signals, identifierShapes(text)...)
	sort.SliceStable(signals, func(i, j int) bool { return signals[i].Risk > signals[j].Risk })
	return signals
}

// scan adds the rules that tokens [from, to) fire and that are not among
// signals yet.
func (g *Guard) scan(s *search, text language.Text, hits []lexicon.Hit, from, to int, signals []Signal) []Signal {
	known := len(signals)
	m := &s.message
	m.reset(text, hits, from, to)
	s.found = s.found[:0]
	for _, set := range m.touched {
		for _, p := range g.bySet[set] {
			if !s.seen[p] {
				s.seen[p] = true
				s.found = append(s.found, p)
			}
		}
	}
	for _, p := range s.found {
		s.seen[p] = false
	}
	slices.Sort(s.found)
	fired := int32(-1)
	for _, i := range s.found {
		p := &g.patterns[i]
		if p.rule == fired {
			continue // one signal a rule; its patterns are neighbours
		}
		start, end, ok := m.find(&p.program)
		if !ok {
			continue
		}
		fired = p.rule
		c := &g.rules[p.rule]
		if m.any(c.unless) || slices.ContainsFunc(signals[:known], func(s Signal) bool { return s.Rule == c.ID }) {
			continue
		}
		signals = append(signals, Signal{
			Rule: c.ID, Category: c.category, Risk: c.risk(), Intent: c.Intent,
			Span: m.span(text, start, end), Strength: 1,
		})
	}
	return signals
}

func (m *message) any(programs []program) bool {
	for i := range programs {
		if _, _, ok := m.find(&programs[i]); ok {
			return true
		}
	}
	return false
}
