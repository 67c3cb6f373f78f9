package guard

import (
	"recado/agent/language"
	"recado/agent/lexicon"
)

// message is a text prepared for matching. Each end of a sentence is a place
// of its own that only a gap can cross. Sets of places are rows of width
// words, a bit a place. It is used by one goroutine and then used again;
// reset makes it ready.
type message struct {
	readings *readings
	classes  *[256]int32
	n        int     // places
	origin   []int32 // token at each place, -1 for the end of a sentence
	place    []int32 // of each token
	width    int     // words of a row
	tokens   []uint64
	rowOf    []int32  // by set: where its row starts in rows; 0 for a set without a place
	rows     []uint64 // the first is empty
	touched  []int32  // sets with a place
	terms    []lexicon.Hit
	termsAt  []int32  // by place: where its terms start in terms
	good     []uint64 // a row an instruction: the places that it leads to the end from
}

func newMessage(r *readings, s *symbols) message {
	return message{readings: r, classes: &s.classes, rowOf: make([]int32, s.n)}
}

// reset prepares m for tokens [from, to) of a text; hits are the lexicon's
// terms in the text.
func (m *message) reset(text language.Text, hits []lexicon.Hit, from, to int) {
	m.origin, m.place = m.origin[:0], m.place[:0]
	for i := from; i < to; i++ {
		if text.Tokens[i].Break && i > from {
			m.origin = append(m.origin, -1)
		}
		m.place = append(m.place, int32(len(m.origin)))
		m.origin = append(m.origin, int32(i))
	}
	m.n = len(m.origin)
	m.width = m.n/64 + 1
	for _, set := range m.touched {
		m.rowOf[set] = 0
	}
	m.touched = m.touched[:0]
	m.rows = append(m.rows[:0], make([]uint64, m.width)...)
	m.tokens = append(m.tokens[:0], m.rows...)
	for i := from; i < to; i++ {
		place := m.place[i-from]
		m.tokens[place/64] |= 1 << (place % 64)
		m.token(&text.Tokens[i], place)
	}
	m.addTerms(hits, from, to)
}

// token marks the sets that hold a token, as written or as repaired.
func (m *message) token(t *language.Token, place int32) {
	add := func(set int32) { m.add(set, place) }
	m.readings.each(t.ID, t.Word, add)
	if t.Surface != t.Word {
		m.readings.each(t.SurfaceID, t.Surface, add)
	}
	if c := t.Surface[0]; c >= '0' && c <= '9' {
		for _, set := range m.readings.number {
			m.add(set, place)
		}
	}
}

// add marks a place of a set.
func (m *message) add(set, place int32) {
	row := m.rowOf[set]
	if row == 0 {
		row = int32(len(m.rows))
		m.rowOf[set] = row
		m.touched = append(m.touched, set)
		for range m.width {
			m.rows = append(m.rows, 0)
		}
	}
	m.rows[row+place/64] |= 1 << (place % 64)
}

// addTerms keeps the terms within tokens [from, to) by where they start.
func (m *message) addTerms(hits []lexicon.Hit, from, to int) {
	m.terms, m.termsAt = m.terms[:0], m.termsAt[:0]
	for _, h := range hits {
		if h.Start < from || h.End > to {
			continue
		}
		start, end := m.place[h.Start-from], m.place[h.End-1-from]+1
		for len(m.termsAt) <= int(start) {
			m.termsAt = append(m.termsAt, int32(len(m.terms)))
		}
		m.terms = append(m.terms, lexicon.Hit{Class: h.Class, Start: int(start), End: int(end)})
		if set := m.classes[h.Class]; set != 0 {
			m.add(set, start)
		}
	}
	for len(m.termsAt) <= m.n {
		m.termsAt = append(m.termsAt, int32(len(m.terms)))
	}
}

// row returns the places of a set.
func (m *message) row(set int32) []uint64 {
	at := int(m.rowOf[set])
	return m.rows[at : at+m.width]
}

// span maps places back to bytes of the message.
func (m *message) span(text language.Text, start, end int) [2]int {
	first, last := int32(-1), int32(-1)
	for _, token := range m.origin[start:min(end, m.n)] {
		if token >= 0 {
			if first < 0 {
				first = token
			}
			last = token
		}
	}
	if first < 0 {
		return [2]int{}
	}
	return [2]int{text.Tokens[first].Start, text.Tokens[last].End}
}
