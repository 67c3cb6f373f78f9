package language

import "math"

// context is what stands around a word.
type context struct {
	s                     *Speller
	lang                  Language
	before, after         string // known neighbours in the sentence, textStart before the first word; empty for none
	usedBefore, usedAfter float64
}

// around is what stands around token i.
func (s *Speller) around(tokens []Token, i int) context {
	c := context{s: s, lang: tokens[i].Language}
	if i == 0 {
		c.before, c.usedBefore = textStart, float64(s.pairs.Texts)
	} else if !tokens[i].Break && s.Knows(tokens[i-1].ID) {
		c.before, c.usedBefore = tokens[i-1].Word, s.weightOf(tokens[i-1].ID)
	}
	if i+1 < len(tokens) && !tokens[i+1].Break && s.Knows(tokens[i+1].ID) {
		c.after, c.usedAfter = tokens[i+1].Word, s.weightOf(tokens[i+1].ID)
	}
	return c
}

// fits reports whether a word was seen beside one of those around it.
func (c *context) fits(id WordID) bool {
	w := c.s.dictionary.Word(id)
	return c.before != "" && c.s.pairs.count(c.before, w) > 0 || c.after != "" && c.s.pairs.count(w, c.after) > 0
}

// believe is the share of a word's chance that its neighbours tell. The rest
// is left to words that were never seen there.
const believe = 0.6

// score is how likely a word is in its place, as a natural logarithm.
func (c *context) score(id WordID) float64 {
	s := c.s
	used, w := s.weightOf(id), s.dictionary.Word(id)
	share := used / s.total
	if c.usedBefore > 0 {
		share = believe*float64(s.pairs.count(c.before, w))/c.usedBefore + (1-believe)*share
	}
	score := math.Log(share)
	if c.after != "" {
		score += math.Log(believe*float64(s.pairs.count(w, c.after))*s.total/(used*c.usedAfter) + (1 - believe))
	}
	switch c.lang {
	case English:
		score += float64(s.english[id])
	case Spanish:
		score += float64(s.spanish[id])
	}
	return score
}

// meant returns the word that an unknown token stands for, 0 for none that
// is likely enough and leads.
func (c *context) meant(t *Token, name bool) WordID {
	best := c.best(t)
	least := leastScore - perLetter*float64(min(len(t.Word), longest)-sure)
	if name {
		least += ofName
	}
	if best.id == 0 || best.score < least || len(t.Word) < sure && !c.fits(best.id) {
		return 0
	}
	return best.id
}

// instead returns the word that a token stands for which is a word itself,
// but fits worse by far; 0 for none.
func (c *context) instead(t *Token) WordID {
	best := c.best(t)
	if best.id == 0 || best.score < c.score(t.ID)+ofWord || !c.fits(best.id) {
		return 0
	}
	return best.id
}

// candidate is a word that may have been meant.
type candidate struct {
	id    WordID
	score float64
}

// best is the likeliest of the words that t may be a slip of. Its id is 0
// where there is none, or none that leads.
func (c *context) best(t *Token) candidate {
	s := c.s
	var best, second candidate
	c.candidates(t, func(id WordID, cost float64) {
		score := c.score(id) - cost
		switch {
		case id == best.id:
			best.score = max(best.score, score)
		case best.id == 0 || score > best.score || score == best.score && s.dictionary.Word(id) < s.dictionary.Word(best.id):
			best, second = candidate{id, score}, best
		case second.id == 0 || score > second.score:
			second = candidate{id, score}
		}
	})
	if second.id != 0 && best.score-second.score < leastLead && !sameStem(s.dictionary.Word(best.id), s.dictionary.Word(second.id)) {
		return candidate{}
	}
	return best
}

// candidates yields the words that t may be a slip of with what the slip
// costs, some of them more than once.
func (c *context) candidates(t *Token, yield func(id WordID, cost float64)) {
	s, w := c.s, t.Word
	var space [48]byte
	if single := appendSqueezed(space[:0], w); len(single) < len(w) && len(single) >= minWord {
		if id := s.dictionary.ids[string(single)]; s.weightOf(id) >= leastUsed && id != t.ID {
			yield(id, slipDouble)
		}
	}
	if t.Language != English {
		for id := s.sounds[string(appendSound(space[:0], w))]; id != 0; id = s.alike[id] {
			if id != t.ID {
				yield(id, slipSound)
			}
		}
	}
	s.edits.near(w, func(id WordID) {
		meant := s.dictionary.Word(id)
		if len(w) <= minWord && len(meant) <= minWord {
			return // too little is left of either
		}
		if cost, ok := slip(meant, w); ok && id != t.ID {
			yield(id, cost)
		}
	})
}

// sameStem reports whether two words differ at their ends alone, so that it
// matters little which of them was meant.
func sameStem(a, b string) bool {
	n := min(len(a), len(b)) - 2
	return n >= 3 && a[:n] == b[:n]
}
