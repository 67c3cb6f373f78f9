package intents

import (
	"math"

	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
)

// Buckets is the number of hashed features; a power of two.
const Buckets = 1 << 16

// feature is one hashed feature of a message and its value.
type feature struct {
	bucket uint32
	value  float32
}

// The groups of features. Each is normalised by itself, so that long words
// do not drown what a message is about.
const (
	groupWords   = iota // words, pairs of neighbours
	groupLetters        // letter n-grams inside words
	groupTerms          // lexicon classes, alone and with their neighbours
	groups
)

// weightOf is each group's share of a message's length.
var weightOf = [groups]float32{groupWords: 1, groupLetters: 0.8, groupTerms: 0.9}

// extractor turns tokens into features. One serves one goroutine.
type extractor struct {
	classes  []uint64 // hash of each lexicon class
	kin      lexicon.Class
	hasKin   bool
	features [groups][]feature
	// seen holds, by bucket, the call of extract that last used it, so that a
	// feature counts once without clearing anything.
	seen []uint32
	call uint32
	out  []feature
}

func newExtractor(lex *lexicon.Lexicon) *extractor {
	x := &extractor{seen: make([]uint32, Buckets)}
	for _, name := range lex.Classes() {
		x.classes = append(x.classes, hashString(seedClass, name))
	}
	x.kin, x.hasKin = lex.Class("kin")
	return x
}

// extract returns the features of tokens [from, to) of r. The result is
// valid until the next call.
func (x *extractor) extract(r *reading.Reading, from, to int) []feature {
	for g := range x.features {
		x.features[g] = x.features[g][:0]
	}
	if x.call++; x.call == 0 {
		clear(x.seen)
		x.call = 1
	}
	tokens := r.Text.Tokens[from:to]
	x.words(tokens)
	x.terms(r, from, to)
	x.whole(r, tokens)
	x.out = x.out[:0]
	for g, fs := range x.features {
		if len(fs) == 0 {
			continue
		}
		value := weightOf[g] / float32(math.Sqrt(float64(len(fs))))
		for _, f := range fs {
			x.out = append(x.out, feature{f.bucket, value})
		}
	}
	return x.out
}

func (x *extractor) add(group int, h uint64) {
	b := uint32(h^h>>29) & (Buckets - 1)
	if x.seen[b] == x.call {
		return
	}
	x.seen[b] = x.call
	x.features[group] = append(x.features[group], feature{bucket: b})
}

func (x *extractor) words(tokens []language.Token) {
	prev := uint64(0)
	for i, t := range tokens {
		w := t.Word
		h := hashString(seedWord, w)
		if w[0] >= '0' && w[0] <= '9' {
			h = hashString(seedWord, "#")
			if len(w) >= 7 {
				h = hashString(seedWord, "#######")
			}
		}
		x.add(groupWords, h)
		if i > 0 {
			x.add(groupWords, mix(prev, h))
		} else {
			x.add(groupWords, mix(seedStart, h))
		}
		prev = h
		if w[0] > '9' && len(w) > 2 {
			x.letters(w)
		}
	}
	if len(tokens) > 0 {
		x.add(groupWords, mix(prev, seedEnd))
	}
}

// letters adds the 3- to 5-grams of a word with its ends marked.
func (x *extractor) letters(w string) {
	var padded [48]byte
	n := 1
	padded[0] = '^'
	n += copy(padded[1:46], w)
	padded[n] = '$'
	n++
	for size := 3; size <= 5; size++ {
		for i := 0; i+size <= n; i++ {
			h := uint64(seedLetters)
			for _, c := range padded[i : i+size] {
				h = (h ^ uint64(c)) * fnvPrime
			}
			x.add(groupLetters, h)
		}
	}
}

// terms adds lexicon classes: alone, beside their neighbours, and together
// with the person that the message speaks of, which is what tells "do you
// treat asthma" from "my asthma".
func (x *extractor) terms(r *reading.Reading, from, to int) {
	tokens := r.Text.Tokens
	person := uint64(0)
	for i := from; i < to && person == 0; i++ {
		if isFirstPerson(tokens[i].Word) {
			person = seedPerson
		}
	}
	kin := false
	for _, h := range r.Terms {
		if h.Start >= from && h.End <= to && x.hasKin && h.Class == x.kin {
			kin = true
		}
	}
	for _, h := range r.Terms {
		if h.Start < from || h.End > to {
			continue
		}
		c := x.classes[h.Class]
		x.add(groupTerms, c)
		if h.Start > from {
			x.add(groupTerms, mix(hashString(seedWord, tokens[h.Start-1].Word), c))
		}
		if h.Start > from+1 {
			x.add(groupTerms, mix(hashString(seedSkip, tokens[h.Start-2].Word), c))
		}
		if h.End < to {
			x.add(groupTerms, mix(c, hashString(seedWord, tokens[h.End].Word)))
		}
		x.add(groupTerms, mix(person, c))
		if kin {
			x.add(groupTerms, mix(seedKin, c))
		}
	}
	x.add(groupTerms, mix(person, seedPerson))
	if kin {
		x.add(groupTerms, seedKin)
	}
}

func (x *extractor) whole(r *reading.Reading, tokens []language.Token) {
	if r.Text.Question {
		x.add(groupTerms, seedQuestion)
	}
	bin := 0
	for n := len(tokens); n > 0; n /= 2 {
		bin++
	}
	x.add(groupTerms, mix(seedLength, uint64(bin)))
	for _, e := range r.Text.Emoji {
		x.add(groupWords, mix(seedEmoji, uint64(e)))
	}
}

func isFirstPerson(w string) bool {
	switch w {
	case "i", "im", "ive", "ill", "id", "my", "me", "mine", "mi", "mis", "yo", "tengo", "estoy", "we", "our", "nos", "nuestro", "nuestra", "ando", "traigo":
		return true
	}
	return false
}

const (
	fnvPrime     = 1099511628211
	seedWord     = 0x9E3779B97F4A7C15
	seedLetters  = 0xC2B2AE3D27D4EB4F
	seedClass    = 0x165667B19E3779F9
	seedSkip     = 0x27D4EB2F165667C5
	seedPerson   = 0x85EBCA77C2B2AE63
	seedKin      = 0xFF51AFD7ED558CCD
	seedStart    = 0xC4CEB9FE1A85EC53
	seedEnd      = 0x94D049BB133111EB
	seedLength   = 0xBF58476D1CE4E5B9
	seedEmoji    = 0xD6E8FEB86659FD93
	seedQuestion = 0xA0761D6478BD642F
)

func hashString(seed uint64, s string) uint64 {
	h := seed
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h ^ h>>31
}

func mix(a, b uint64) uint64 {
	h := (a ^ b>>7) * 0x9FB21C651E98DF25
	h ^= b * 0xD1B54A32D192ED03
	return h ^ h>>28
}
