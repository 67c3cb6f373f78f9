package guard

import (
	"math/bits"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// message is a text prepared for matching. Each end of a sentence is a place
// of its own that only a gap can cross. It is used by one goroutine and then
// used again; reset makes it ready.
type message struct {
	symbols *symbols
	n       int   // places
	origin  []int // token at each place, -1 for the end of a sentence
	terms   [][]lexicon.Hit
	words   int      // 64-bit words of a set's row in places
	places  []uint64 // by set, the places that hold one of its symbols
	present []bool   // by set, whether it has a place
	touched []int32  // sets with a place
	steps   int      // left before matching gives up; see budget
}

// budget bounds the work of one pattern on one message. It is far above
// what the longest real messages need.
const budget = 20000

// reset prepares m for tokens [from, to) of a text; hits are the lexicon's
// terms in the text.
func (m *message) reset(text language.Text, hits []lexicon.Hit, from, to int) {
	for _, set := range m.touched {
		clear(m.places[int(set)*m.words : (int(set)+1)*m.words])
		m.present[set] = false
	}
	m.touched = m.touched[:0]
	m.origin = m.origin[:0]
	at := make([]int, to-from)
	for i := from; i < to; i++ {
		if text.Tokens[i].Break && i > from {
			m.origin = append(m.origin, -1)
		}
		at[i-from] = len(m.origin)
		m.origin = append(m.origin, i)
	}
	m.n = len(m.origin)
	if words := m.n/64 + 1; words != m.words || len(m.places) < words*len(m.symbols.size) {
		m.words = words
		m.places = make([]uint64, words*len(m.symbols.size))
		m.present = make([]bool, len(m.symbols.size))
	}
	for i := from; i < to; i++ {
		m.symbols.of(text.Tokens[i], func(symbol int32) {
			for _, set := range m.symbols.setsOf[symbol] {
				m.mark(set, at[i-from])
			}
		})
	}
	if cap(m.terms) < m.n {
		m.terms = make([][]lexicon.Hit, m.n)
	}
	m.terms = m.terms[:m.n]
	for i := range m.terms {
		m.terms[i] = m.terms[i][:0]
	}
	for _, h := range hits {
		if h.Start < from || h.End > to {
			continue
		}
		start, end := at[h.Start-from], at[h.End-1-from]+1
		m.terms[start] = append(m.terms[start], lexicon.Hit{Class: h.Class, Start: start, End: end})
		if set := m.symbols.classes[h.Class]; set != 0 {
			m.mark(set, start)
		}
	}
}

func (m *message) mark(set int32, place int) {
	if !m.present[set] {
		m.present[set] = true
		m.touched = append(m.touched, set)
	}
	m.places[int(set)*m.words+place/64] |= 1 << (place % 64)
}

func (m *message) at(set int32, place int) bool {
	return m.places[int(set)*m.words+place/64]&(1<<(place%64)) != 0
}

// possible reports whether the message holds every part that p requires.
func (m *message) possible(p *program) bool {
	for _, choice := range p.required {
		found := false
		for _, set := range choice {
			if m.present[set] {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// find returns the places [start, end) of the first match of p.
func (m *message) find(p *program) (start, end int, ok bool) {
	if !m.possible(p) {
		return 0, 0, false
	}
	m.steps = budget
	if p.first == nil {
		for i := range m.n {
			if m.origin[i] >= 0 {
				if end := m.run(p, 0, i); end >= 0 {
					return i, end, true
				}
			}
		}
		return 0, 0, false
	}
	for w := range m.words {
		starts := uint64(0)
		for _, set := range p.first {
			starts |= m.places[int(set)*m.words+w]
		}
		for ; starts != 0; starts &= starts - 1 {
			i := w*64 + bits.TrailingZeros64(starts)
			if end := m.run(p, 0, i); end >= 0 {
				return i, end, true
			}
		}
	}
	return 0, 0, false
}

// run returns the end of a match of p.code[pc:] that starts at a place, or -1.
func (m *message) run(p *program, pc int32, at int) int {
	for {
		if m.steps--; m.steps < 0 {
			return -1
		}
		in := &p.code[pc]
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
			if at >= m.n {
				return -1
			}
			at++
			pc++
		case opSet:
			if at >= m.n || !m.at(in.x, at) {
				return -1
			}
			at++
			pc++
		case opClass:
			if at >= m.n || !m.at(in.x, at) {
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

// span maps places back to bytes of the message.
func (m *message) span(text language.Text, start, end int) [2]int {
	first, last := -1, -1
	for i := start; i < end && i < m.n; i++ {
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
