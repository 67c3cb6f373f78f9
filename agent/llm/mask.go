package llm

import (
	"sort"
	"strings"
)

// masked is a text with what identifies a person taken out, and the way back
// to the text as it was written.
type masked struct {
	Text   string
	pieces []piece
}

// piece says which bytes of the original a placeholder stands for.
type piece struct {
	from, to           int // in the masked text
	original, originTo int // in the original
}

// hidden is a part of a text that is to be masked, and what it is.
type hidden struct {
	from, to int
	kind     string
}

// mask takes out names, numbers, addresses, dates of birth and ids. It would
// rather take out too much: what is lost costs a little understanding, what
// is left costs a person's privacy.
func mask(text string) masked {
	found := find(text)
	sort.Slice(found, func(i, j int) bool {
		if found[i].from != found[j].from {
			return found[i].from < found[j].from
		}
		return found[i].to > found[j].to
	})
	var joined []hidden
	for _, h := range found {
		if h.from >= h.to {
			continue
		}
		if n := len(joined); n > 0 && h.from < joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, h.to)
			continue
		}
		joined = append(joined, h)
	}
	var m masked
	var b strings.Builder
	at := 0
	for _, h := range joined {
		b.WriteString(text[at:h.from])
		from := b.Len()
		b.WriteString("[" + h.kind + "]")
		m.pieces = append(m.pieces, piece{from, b.Len(), h.from, h.to})
		at = h.to
	}
	b.WriteString(text[at:])
	m.Text = b.String()
	return m
}

// unmasked returns a text that is sent as it was written.
func unmasked(text string) masked { return masked{Text: text} }

// original maps a span of the masked text to the original. A span that
// touches a placeholder covers all that it stands for.
func (m masked) original(span [2]int) [2]int {
	shift := 0
	start, end := -1, -1
	for _, p := range m.pieces {
		if start < 0 {
			switch {
			case span[0] < p.from:
				start = span[0] + shift
			case span[0] < p.to:
				start = p.original
			}
		}
		if end < 0 {
			switch {
			case span[1] <= p.from:
				end = span[1] + shift
			case span[1] <= p.to:
				end = p.originTo
			}
		}
		shift = p.originTo - p.to
	}
	if start < 0 {
		start = span[0] + shift
	}
	if end < 0 {
		end = span[1] + shift
	}
	return [2]int{start, end}
}
