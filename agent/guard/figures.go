package guard

import (
	"math/bits"

	"recado/agent/language"
)

// riskIdiom is the risk of rules that find figures of speech: words of danger
// that mean none ("dying to see you"), and danger asked about as a service ("do
// you treat burns"). Emergency rules do not read these words; whatever else the
// message says, they read.
const riskIdiom = "idiom"

type idiom struct {
	rule     string
	programs []program
	unless   []program // any one anywhere says that the danger is meant
}

// figures hides the words of figures of speech from the rules that are tried
// next, and names the rules that found them: signals without a risk.
func (g *Guard) figures(m *message, text language.Text) []Signal {
	var found []Signal
	hidden := make([]uint64, m.width)
	for i := range g.idioms {
		if m.any(g.idioms[i].unless) {
			continue
		}
		first, last := -1, -1
		for j := range g.idioms[i].programs {
			p := &g.idioms[i].programs[j]
			m.each(p, func(start, end int) {
				for at := start; at < end; at++ {
					hidden[at/64] |= 1 << (at % 64)
				}
				if first < 0 {
					first, last = start, end
				}
			})
		}
		if first >= 0 {
			found = append(found, Signal{
				Rule: g.idioms[i].rule, Category: CategoryEmergency, Risk: None,
				Span: m.span(text, first, last), Strength: 1,
			})
		}
	}
	if len(found) > 0 {
		m.hide(hidden)
	}
	return found
}

// each yields the places of a match of p from every place where one starts.
func (m *message) each(p *program, yield func(start, end int)) {
	if !m.solve(p) {
		return
	}
	for w := range m.width {
		for left := m.good[w] & m.tokens[w]; left != 0; left &= left - 1 {
			start := w*64 + bits.TrailingZeros64(left)
			yield(start, m.follow(p, start))
		}
	}
}

// hide takes places out of every set.
func (m *message) hide(places []uint64) {
	for at := 0; at+m.width <= len(m.rows); at += m.width {
		for w, hidden := range places {
			m.rows[at+w] &^= hidden
		}
	}
}
