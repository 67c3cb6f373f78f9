package guard

import (
	"math/bits"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// riskIdiom is the risk of rules that find figures of speech: words of danger
// that mean none ("dying to see you"), and danger asked about as a service ("do
// you treat burns"). Emergency rules do not read these words; whatever else the
// message says, they read.
const riskIdiom = "idiom"

// riskSaying is the risk of rules that find words of the body and of illness
// that mean neither ("she rolled her eyes", "me costó un ojo de la cara").
// Hints do not read these words, and Sayings names them; every rule that is a
// risk by itself reads them.
const riskSaying = "saying"

// riskEveryday is the risk of rules that find words of everyday life, of
// bakeries and brothers-in-law. Every rule reads them; Sayings names them.
const riskEveryday = "everyday"

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

// sayings hides the words of sayings from the rules that are tried next. It
// reports whether there are any; expose undoes it.
func (g *Guard) sayings(s *search) bool {
	found := false
	hidden := make([]uint64, s.message.width)
	s.message.eachOf(g.says, func(start, end int) {
		found = true
		for at := start; at < end; at++ {
			hidden[at/64] |= 1 << (at % 64)
		}
	})
	if found {
		s.exposed = append(s.exposed[:0], s.message.rows...)
		s.message.hide(hidden)
	}
	return found
}

// expose brings back what sayings hid.
func (s *search) expose() { copy(s.message.rows, s.exposed) }

// eachOf yields the places of every match.
func (m *message) eachOf(all []idiom, yield func(start, end int)) {
	for i := range all {
		if m.any(all[i].unless) {
			continue
		}
		for j := range all[i].programs {
			m.each(&all[i].programs[j], yield)
		}
	}
}

// Sayings returns the tokens [start, end) of each saying, words of the body
// and of illness that speak of neither, and of each word of everyday life.
// hits are the lexicon's terms in the text, in order of Start.
func (g *Guard) Sayings(text language.Text, hits []lexicon.Hit) (sayings, everyday [][2]int) {
	text = g.dictionary.Numbered(text)
	s := g.pool.Get().(*search)
	defer g.pool.Put(s)
	m := &s.message
	for from := 0; ; from += window - overlap {
		to := min(from+window, len(text.Tokens))
		m.reset(text, hits, from, to)
		m.eachOf(g.says, func(start, end int) { sayings = append(sayings, m.tokensAt(start, end)) })
		m.eachOf(g.everyday, func(start, end int) { everyday = append(everyday, m.tokensAt(start, end)) })
		if to == len(text.Tokens) {
			return sayings, everyday
		}
	}
}

// tokensAt returns the tokens [from, to) at places [start, end).
func (m *message) tokensAt(start, end int) [2]int {
	from, to := -1, 0
	for at := start; at < end && at < m.n; at++ {
		if token := int(m.origin[at]); token >= 0 {
			if from < 0 {
				from = token
			}
			to = token + 1
		}
	}
	return [2]int{max(from, 0), to}
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
