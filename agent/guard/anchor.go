package guard

import "recado/agent/lexicon"

// anchor is what a message must hold for a pattern to have a chance: one of
// some words, prefixes or classes. It keeps hundreds of patterns from being
// tried on every message.
type anchor struct {
	words    map[string]struct{}
	prefixes []string
	classes  []lexicon.Class
	number   bool
}

// size orders anchors: the one with the fewest ways to occur is used.
func (a anchor) size() int {
	n := len(a.words) + 4*len(a.prefixes) + 60*len(a.classes)
	if a.number {
		n += 40
	}
	return n
}

// anchorOf returns the rarest part that every match of e must hold; false
// when e can match without any.
func anchorOf(e expr) (anchor, bool) {
	switch e := e.(type) {
	case exprSet:
		return anchor{words: e.set.words, prefixes: e.set.prefixes, number: e.set.number}, true
	case exprClass:
		return anchor{classes: []lexicon.Class{e.class}}, true
	case exprSeq:
		var best anchor
		found := false
		for _, x := range e {
			if a, ok := anchorOf(x); ok && (!found || a.size() < best.size()) {
				best, found = a, true
			}
		}
		return best, found
	case exprAlt:
		all := anchor{words: map[string]struct{}{}}
		for _, x := range e {
			a, ok := anchorOf(x)
			if !ok {
				return anchor{}, false
			}
			for w := range a.words {
				all.words[w] = struct{}{}
			}
			all.prefixes = append(all.prefixes, a.prefixes...)
			all.classes = append(all.classes, a.classes...)
			all.number = all.number || a.number
		}
		return all, true
	}
	return anchor{}, false
}
