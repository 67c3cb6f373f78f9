package guard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// A pattern is written over tokens, so that case, accents, punctuation and
// spacing cannot matter:
//
//	word        a token           wor*      a prefix of at least 3 letters
//	#           a number          (a|b c)   alternatives
//	[x]         optional          <body>    a term of a lexicon class, a macro or a shared word
//	..          up to 3 tokens    ..5       up to 5 tokens
//
// The end of a sentence counts as one token that only a gap can cross.

// wordSet is a choice of single tokens.
type wordSet struct {
	words    []string // each once
	prefixes []string
	number   bool
	// What compiling finds out: the set's number, 0 for none yet, and how
	// often patterns use it.
	id   int32
	uses int
}

// Limits that keep matching linear in practice.
const (
	defaultGap = 3
	maxGap     = 8
	minStem    = 3
)

// expr is a parsed pattern.
type expr interface{}

type (
	exprSet   struct{ set *wordSet }
	exprClass struct{ class lexicon.Class }
	exprGap   struct{ n int }
	exprSeq   []expr
	exprAlt   []expr
	exprOpt   struct{ of expr }
)

type parser struct {
	in     string
	at     int
	lex    *lexicon.Lexicon
	macros map[string]expr
	words  words
	inside map[string]bool // words that are being read
}

func parsePattern(in string, lex *lexicon.Lexicon, macros map[string]expr, shared words) (expr, error) {
	p := &parser{in: in, lex: lex, macros: macros, words: shared}
	return p.whole()
}

// whole reads all of p.in.
func (p *parser) whole() (expr, error) {
	e, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.in) {
		return nil, fmt.Errorf("column %d: %q closes nothing", p.at+1, p.in[p.at])
	}
	return e, nil
}

func (p *parser) alternatives() (expr, error) {
	var alt exprAlt
	for {
		seq, err := p.sequence()
		if err != nil {
			return nil, err
		}
		alt = append(alt, seq)
		if p.at >= len(p.in) || p.in[p.at] != '|' {
			break
		}
		p.at++
	}
	return simplify(alt), nil
}

func (p *parser) sequence() (expr, error) {
	var seq exprSeq
	for {
		for p.at < len(p.in) && p.in[p.at] == ' ' {
			p.at++
		}
		if p.at >= len(p.in) || strings.IndexByte("|)]", p.in[p.at]) >= 0 {
			break
		}
		e, err := p.item()
		if err != nil {
			return nil, err
		}
		seq = append(seq, e)
	}
	if len(seq) == 0 {
		return nil, fmt.Errorf("column %d: an alternative is empty", p.at+1)
	}
	if len(seq) == 1 {
		return seq[0], nil
	}
	return seq, nil
}

func (p *parser) item() (expr, error) {
	at := p.at
	switch c := p.in[p.at]; c {
	case '(', '[':
		p.at++
		inner, err := p.alternatives()
		if err != nil {
			return nil, err
		}
		closing := byte(')')
		if c == '[' {
			closing = ']'
		}
		if p.at >= len(p.in) || p.in[p.at] != closing {
			return nil, fmt.Errorf("column %d: %q is never closed by %q", at+1, c, closing)
		}
		p.at++
		if c == '[' {
			return exprOpt{inner}, nil
		}
		return inner, nil
	case '<':
		end := strings.IndexByte(p.in[p.at:], '>')
		if end < 0 {
			return nil, fmt.Errorf("column %d: < is never closed by >", at+1)
		}
		name := p.in[p.at+1 : p.at+end]
		p.at += end + 1
		if m, ok := p.macros[name]; ok {
			return m, nil
		}
		if e, err := p.words.named(name, p); e != nil || err != nil {
			return e, err
		}
		class, ok := p.lex.Class(name)
		if !ok {
			return nil, fmt.Errorf("column %d: <%s> is neither a lexicon class nor a macro nor a shared word", at+1, name)
		}
		return exprClass{class}, nil
	}
	for p.at < len(p.in) && strings.IndexByte(" |()[]<>", p.in[p.at]) < 0 {
		p.at++
	}
	return p.atom(p.in[at:p.at], at)
}

func (p *parser) atom(s string, at int) (expr, error) {
	if rest, ok := strings.CutPrefix(s, ".."); ok {
		n := defaultGap
		if rest != "" {
			var err error
			if n, err = strconv.Atoi(rest); err != nil || n < 1 || n > maxGap {
				return nil, fmt.Errorf("column %d: %q is no gap: write .. or ..1 to ..%d", at+1, s, maxGap)
			}
		}
		return exprGap{n}, nil
	}
	if s == "#" {
		return exprSet{&wordSet{number: true}}, nil
	}
	stem, prefix := strings.CutSuffix(s, "*")
	if !prefix && language.IsWord(stem) {
		return exprSet{&wordSet{words: []string{stem}}}, nil
	}
	tokens := language.Scan(stem).Tokens
	if len(tokens) == 0 {
		return nil, fmt.Errorf("column %d: %q has no letters", at+1, s)
	}
	var seq exprSeq
	for i, t := range tokens {
		set := &wordSet{}
		if prefix && i == len(tokens)-1 {
			if len(t.Word) < minStem {
				return nil, fmt.Errorf("column %d: %q needs %d letters before *", at+1, s, minStem)
			}
			set.prefixes = []string{t.Word}
		} else {
			set.words = []string{t.Word}
		}
		seq = append(seq, exprSet{set})
	}
	if len(seq) == 1 {
		return seq[0], nil
	}
	return seq, nil
}

// simplify merges alternatives of single words into one set, so that a long
// list costs one look-up.
func simplify(alt exprAlt) expr {
	if len(alt) == 1 {
		return alt[0]
	}
	merged := &wordSet{}
	var rest exprAlt
	n := 0
	for _, e := range alt {
		s, ok := e.(exprSet)
		if !ok {
			rest = append(rest, e)
			continue
		}
		n++
		merged.words = append(merged.words, s.set.words...)
		merged.prefixes = append(merged.prefixes, s.set.prefixes...)
		merged.number = merged.number || s.set.number
	}
	if n == 0 {
		return alt
	}
	slices.Sort(merged.words)
	merged.words = slices.Compact(merged.words)
	if len(rest) == 0 {
		return exprSet{merged}
	}
	return append(exprAlt{exprSet{merged}}, rest...)
}
