package language

import "slices"

// Lengths in letters.
const (
	minWord = 3  // of words that are repaired, and that are repaired to
	minRun  = 5  // of what may be two words run together
	maxRun  = 24 // of the same
	sure    = 4  // shorter ones have so many neighbours that those beside them must speak for a repair
)

// What speaks for a repair, in nats.
const (
	leastScore = -13.0 // of the word that was meant, for one of sure letters
	perLetter  = 1.3   // less for each letter more, up to longest: the longer, the fewer words are one slip away
	longest    = 9
	leastLead  = 1.2 // over the next best word
	ofName     = 2.0 // more, for what may be a name
	ofWord     = 5.0 // over the word that was written, where that is one
)

// Two words that were run together are taken apart where they were seen side
// by side, and each by itself, this often.
const (
	leastRun = 4
	oftenRun = 30
)

// Repair writes down in each token of text that does not fit the word that it
// most likely stands for, if one clearly leads: by its sound in Spanish
// spelling (kiero, sita, aser), with letters stretched, or one slip away; by
// how common it is in the language around it and beside the words there. Words
// run together become two tokens. The Surface of a token stays what it was.
// text has the numbers of the speller's dictionary.
//
// It returns the tokens as they were, nil where nothing was repaired.
func (s *Speller) Repair(text *Text) (before []Token) {
	keep := func() {
		if before == nil {
			before = slices.Clone(text.Tokens)
		}
	}
	for i := 0; i < len(text.Tokens); i++ {
		t := &text.Tokens[i]
		if t.Word != t.Surface || len(t.Word) < minWord || hasDigit(t.Word) {
			continue // a chat form, written out, or nothing that is misspelt
		}
		used := s.weightOf(t.ID)
		c := s.around(text.Tokens, i)
		if used >= leastUsed && (len(t.Word) < sure || c.fits(t.ID)) {
			continue
		}
		id := WordID(0)
		if used > 0 {
			id = c.instead(t)
		} else {
			id = c.meant(t, mayBeName(text, i))
		}
		if id != 0 {
			keep()
			t.Word, t.ID = s.dictionary.Word(id), id
		} else if at := s.run(t.Word); at > 0 && used == 0 {
			keep()
			s.split(text, i, at)
		}
	}
	return before
}

// mayBeName reports whether token i is written like a name.
func mayBeName(text *Text, i int) bool {
	t := &text.Tokens[i]
	return i > 0 && !t.Break && upper(text.Raw[t.Start]) && !upper(text.Raw[t.End-1])
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }

// run returns where a word of two that were run together ends; 0 where w is
// not that.
func (s *Speller) run(w string) int {
	at, most := 0, leastRun-1
	if len(w) < minRun || len(w) > maxRun {
		return 0
	}
	for k := 1; k < len(w); k++ {
		left, right := s.dictionary.ids[w[:k]], s.dictionary.ids[w[k:]]
		if s.weightOf(left) < oftenRun || s.weightOf(right) < oftenRun {
			continue
		}
		if n := s.pairs.count(w[:k], w[k:]); n > most {
			at, most = k, n
		}
	}
	return at
}

// split makes two tokens of token i.
func (s *Speller) split(text *Text, i, at int) {
	w := text.Tokens[i].Word
	text.Tokens = slices.Insert(text.Tokens, i+1, text.Tokens[i])
	left, right := &text.Tokens[i], &text.Tokens[i+1]
	left.Word, left.ID = w[:at], s.dictionary.ids[w[:at]]
	right.Word, right.ID = w[at:], s.dictionary.ids[w[at:]]
	right.Break, right.Glue = false, 0
}
