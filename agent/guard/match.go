package guard

import (
	"recado/agent/language"
	"recado/agent/lexicon"
)

// message is a text prepared for matching: its tokens with a marker where a
// sentence ends, and the lexicon's terms by the token they start at.
type message struct {
	tokens []language.Token
	origin []int // index of each token in the text, -1 for a marker
	terms  [][]lexicon.Hit
	steps  int // left before matching gives up; see budget
}

// endOfSentence is the marker's word; no pattern can name it.
const endOfSentence = "\x00"

// budget bounds the work of one pattern on one message. It is far above
// what the longest real messages need.
const budget = 20000

func prepare(text language.Text, hits []lexicon.Hit) *message {
	m := &message{
		tokens: make([]language.Token, 0, len(text.Tokens)+4),
		origin: make([]int, 0, len(text.Tokens)+4),
	}
	at := make([]int, len(text.Tokens)+1)
	for i, t := range text.Tokens {
		if t.Break && i > 0 {
			m.tokens = append(m.tokens, language.Token{Word: endOfSentence, Surface: endOfSentence})
			m.origin = append(m.origin, -1)
		}
		at[i] = len(m.tokens)
		m.tokens = append(m.tokens, t)
		m.origin = append(m.origin, i)
	}
	m.terms = make([][]lexicon.Hit, len(m.tokens))
	for _, h := range hits {
		start, end := at[h.Start], at[h.End-1]+1
		m.terms[start] = append(m.terms[start], lexicon.Hit{Class: h.Class, Start: start, End: end})
	}
	return m
}

// find returns the tokens [start, end) of the first match of p.
func (m *message) find(p program) (start, end int, ok bool) {
	m.steps = budget
	for i := range m.tokens {
		if m.tokens[i].Word == endOfSentence {
			continue
		}
		if end := m.run(p, 0, i); end >= 0 {
			return i, end, true
		}
	}
	return 0, 0, false
}

// run returns the end of a match of p[pc:] that starts at token at, or -1.
func (m *message) run(p program, pc, at int) int {
	for {
		if m.steps--; m.steps < 0 {
			return -1
		}
		in := &p[pc]
		switch in.op {
		case opDone:
			return at
		case opJump:
			pc = in.x
		case opSplit:
			if end := m.run(p, in.x, at); end >= 0 {
				return end
			}
			pc = in.y
		case opGap:
			if at >= len(m.tokens) {
				return -1
			}
			at++
			pc++
		case opSet:
			if at >= len(m.tokens) || m.tokens[at].Word == endOfSentence || !in.set.has(m.tokens[at]) {
				return -1
			}
			at++
			pc++
		case opClass:
			if at >= len(m.tokens) {
				return -1
			}
			for _, h := range m.terms[at] {
				if h.Class == in.class {
					if end := m.run(p, pc+1, h.End); end >= 0 {
						return end
					}
				}
			}
			return -1
		}
	}
}
