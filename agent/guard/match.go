package guard

import (
	"math/bits"

	"recado/agent/lexicon"
)

// find returns the places [start, end) of the first match of p.
func (m *message) find(p *program) (start, end int, ok bool) {
	if !m.solve(p) {
		return 0, 0, false
	}
	for w, places := range m.good[:m.width] {
		if places &= m.tokens[w]; places != 0 {
			start = w*64 + bits.TrailingZeros64(places)
			return start, m.follow(p, start), true
		}
	}
	return 0, 0, false
}

// possible reports whether the message holds whatever p needs.
func (m *message) possible(p *program) bool {
	found := false
	for _, set := range p.needs {
		switch {
		case set == noSet && !found:
			return false
		case set == noSet:
			found = false
		default:
			found = found || m.rowOf[set] != 0
		}
	}
	return true
}

// solve finds for each step of p, from the last to the first, the places from
// which it leads to the end. It reports false where none of them can be.
func (m *message) solve(p *program) bool {
	if !m.possible(p) {
		return false
	}
	w := m.width
	if need := len(p.code) * w; need > len(m.good) {
		m.good = make([]uint64, 2*need)
	}
	for pc := len(p.code) - 1; pc >= 0; pc-- {
		in := &p.code[pc]
		good := m.good[pc*w : pc*w+w]
		switch in.op {
		case opDone:
			for i := range good {
				good[i] = ^uint64(0)
			}
			good[w-1] = 2<<(m.n%64) - 1 // a match may end behind the last place
		case opJump:
			copy(good, m.good[int(in.x)*w:])
		case opSplit:
			x, y := m.good[int(in.x)*w:], m.good[int(in.y)*w:]
			for i := range good {
				good[i] = x[i] | y[i]
			}
		case opSet:
			row := m.row(in.x)
			next := m.good[pc*w+w : pc*w+2*w]
			for i := range good {
				good[i] = row[i] & earlier(next, i)
			}
		case opGap:
			next := m.good[pc*w+w : pc*w+2*w]
			copy(good, next)
			for range in.x {
				for i := range good {
					good[i] = earlier(good, i) | next[i]
				}
			}
		case opClass:
			m.startsOf(in.class, m.row(in.x), m.good[pc*w+w:], good)
		}
		if in.passed && empty(good) {
			return false
		}
	}
	return true
}

// earlier is word i of a row with each place moved one towards the start.
func earlier(row []uint64, i int) uint64 {
	if i+1 < len(row) {
		return row[i]>>1 | row[i+1]<<63
	}
	return row[i] >> 1
}

func empty(row []uint64) bool {
	all := uint64(0)
	for _, w := range row {
		all |= w
	}
	return all == 0
}

// startsOf sets in good the places of row where a term of a class starts
// that ends at a place of next.
func (m *message) startsOf(class lexicon.Class, row, next, good []uint64) {
	for i := range good {
		good[i] = 0
		for left := row[i]; left != 0; left &= left - 1 {
			at := i*64 + bits.TrailingZeros64(left)
			for _, h := range m.termsFrom(at) {
				if h.Class == class && holds(next, h.End) {
					good[i] |= left & -left
				}
			}
		}
	}
}

func (m *message) termsFrom(place int) []lexicon.Hit {
	return m.terms[m.termsAt[place]:m.termsAt[place+1]]
}

func holds(row []uint64, place int) bool { return row[place/64]&(1<<(place%64)) != 0 }

// follow returns the end of the match of p from a place on: the first
// alternative that leads to the end, and the shortest gap. solve has run.
func (m *message) follow(p *program, at int) int {
	good := func(pc int32, at int) bool { return holds(m.good[int(pc)*m.width:], at) }
	for pc := int32(0); ; {
		in := &p.code[pc]
		switch in.op {
		case opDone:
			return at
		case opJump:
			pc = in.x
			continue
		case opSplit:
			if pc = in.x; !good(pc, at) {
				pc = in.y
			}
			continue
		case opSet:
			at++
		case opGap:
			for !good(pc+1, at) {
				at++
			}
		case opClass:
			for _, h := range m.termsFrom(at) {
				if h.Class == in.class && good(pc+1, h.End) {
					at = h.End
					break
				}
			}
		}
		pc++
	}
}
