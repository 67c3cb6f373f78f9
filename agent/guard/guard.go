package guard

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// Guard finds the rules that a message fires. It is read-only after New and
// safe for use by many goroutines.
type Guard struct {
	rules    []compiled
	byWord   map[string][]int32 // anchor word -> rules
	byPrefix map[string][]prefixRef
	byClass  map[lexicon.Class][]int32
	byNumber []int32
	words    map[string]float32
}

type compiled struct {
	Rule
	patterns []program
	unless   []program
	category Category
}

type prefixRef struct {
	prefix string
	rule   int32
}

// New compiles rules against a lexicon. It reports every pattern that cannot
// be read, with its file and line.
func New(rules []Rule, lex *lexicon.Lexicon) (*Guard, error) {
	g := &Guard{
		byWord: map[string][]int32{}, byPrefix: map[string][]prefixRef{},
		byClass: map[lexicon.Class][]int32{}, words: map[string]float32{},
	}
	macros, err := buildMacros(lex)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, r := range rules {
		c := compiled{Rule: r, category: categoryOf(r)}
		id := int32(len(g.rules))
		for _, source := range r.Patterns {
			e, err := parsePattern(source, lex, macros)
			if err == nil {
				var p program
				if p, err = compile(e); err == nil {
					c.patterns = append(c.patterns, p)
					a, _ := anchorOf(e)
					g.index(a, id)
					g.learn(p)
				}
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: rule %q: pattern %q: %w", r.File, r.Line, r.ID, source, err))
			}
		}
		for _, source := range r.Unless {
			e, err := parsePattern(source, lex, macros)
			var p program
			if err == nil {
				p, err = compile(e)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: rule %q: unless %q: %w", r.File, r.Line, r.ID, source, err))
				continue
			}
			c.unless = append(c.unless, p)
			g.learn(p)
		}
		g.rules = append(g.rules, c)
	}
	return g, errors.Join(problems...)
}

func categoryOf(r Rule) Category {
	switch {
	case r.Risk == "emergency":
		return CategoryEmergency
	case r.Intent == "identity":
		return CategoryIdentifier
	}
	return CategoryCare
}

func (g *Guard) index(a anchor, rule int32) {
	for w := range a.words {
		g.byWord[w] = append(g.byWord[w], rule)
	}
	for _, p := range a.prefixes {
		g.byPrefix[p[:minStem]] = append(g.byPrefix[p[:minStem]], prefixRef{p, rule})
	}
	for _, c := range a.classes {
		g.byClass[c] = append(g.byClass[c], rule)
	}
	if a.number {
		g.byNumber = append(g.byNumber, rule)
	}
}

// learn keeps a pattern's whole words for the repair of misspellings.
func (g *Guard) learn(p program) {
	for _, in := range p {
		if in.op == opSet {
			for w := range in.set.words {
				g.words[w]++
			}
		}
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

// Find returns one signal for every rule that the text fires, the highest
// risk first and in rule order within it. hits are the lexicon's terms in it.
func (g *Guard) Find(text language.Text, hits []lexicon.Hit) []Signal {
	m := prepare(text, hits)
	var signals []Signal
	for _, id := range g.candidates(text, hits) {
		c := &g.rules[id]
		for _, p := range c.patterns {
			start, end, ok := m.find(p)
			if !ok {
				continue
			}
			if !m.any(c.unless) {
				signals = append(signals, Signal{
					Rule: c.ID, Category: c.category, Risk: c.risk(), Intent: c.Intent,
					Span: m.span(text, start, end), Strength: 1,
				})
			}
			break
		}
	}
	signals = append(signals, identifierShapes(text)...)
	sort.SliceStable(signals, func(i, j int) bool { return signals[i].Risk > signals[j].Risk })
	return signals
}

func (m *message) any(programs []program) bool {
	for _, p := range programs {
		if _, _, ok := m.find(p); ok {
			return true
		}
	}
	return false
}

// span maps matched tokens back to bytes of the message.
func (m *message) span(text language.Text, start, end int) [2]int {
	first, last := -1, -1
	for i := start; i < end && i < len(m.origin); i++ {
		if m.origin[i] >= 0 {
			if first < 0 {
				first = m.origin[i]
			}
			last = m.origin[i]
		}
	}
	if first < 0 {
		return [2]int{}
	}
	return [2]int{text.Tokens[first].Start, text.Tokens[last].End}
}

// candidates returns, sorted, the rules of which the text holds an anchor.
func (g *Guard) candidates(text language.Text, hits []lexicon.Hit) []int32 {
	var ids []int32
	add := func(w string) {
		ids = append(ids, g.byWord[w]...)
		if len(w) >= minStem {
			for _, ref := range g.byPrefix[w[:minStem]] {
				if strings.HasPrefix(w, ref.prefix) {
					ids = append(ids, ref.rule)
				}
			}
		}
		if w[0] >= '0' && w[0] <= '9' {
			ids = append(ids, g.byNumber...)
		}
	}
	for _, t := range text.Tokens {
		add(t.Word)
		if t.Surface != t.Word {
			add(t.Surface)
		}
	}
	for _, h := range hits {
		ids = append(ids, g.byClass[h.Class]...)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	out := ids[:0]
	for i, id := range ids {
		if i == 0 || id != ids[i-1] {
			out = append(out, id)
		}
	}
	return out
}
