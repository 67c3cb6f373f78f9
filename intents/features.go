package intents

import (
	"math"

	"recado/agent/lexicon"
	"recado/agent/reading"
)

// Buckets is the number of hashed features; a power of two.
const Buckets = 1 << 17

// bucket is a hashed feature.
type bucket uint32

const _ = bucket(Buckets - 1) // every feature fits

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

// features are those of a message or a part of it, each once.
type features [groups][]bucket

// value is what each feature of a group counts.
func (f *features) value(group int) float32 {
	return weightOf[group] / float32(math.Sqrt(float64(len(f[group]))))
}

// extractor turns a message's tokens into features. What depends on one token
// alone is hashed once, however many parts of the message are extracted. One
// extractor serves one goroutine.
type extractor struct {
	classes []uint64 // hash of each lexicon class
	kin     lexicon.Class
	hasKin  bool

	reading     *reading.Reading
	plain       []uint64 // by token: hash of its word
	word        []uint64 // by token: the same, numbers alike
	letters     []bucket // of all tokens
	lettersFrom []int32  // by token: where its letters start, and where the last ends

	seen     [Buckets / 64]uint64 // a bit a bucket of features
	features features
}

func newExtractor(lex *lexicon.Lexicon) *extractor {
	x := &extractor{}
	for _, name := range lex.Classes() {
		x.classes = append(x.classes, hashString(seedClass, name))
	}
	x.kin, x.hasKin = lex.Class("kin")
	return x
}

// read prepares to extract from r, which must not change meanwhile.
func (x *extractor) read(r *reading.Reading) {
	x.reading = r
	x.plain, x.word, x.letters, x.lettersFrom = x.plain[:0], x.word[:0], x.letters[:0], append(x.lettersFrom[:0], 0)
	for i := range r.Text.Tokens {
		w := r.Text.Tokens[i].Word
		h := hashString(seedWord, w)
		x.plain = append(x.plain, h)
		if w[0] >= '0' && w[0] <= '9' {
			h = anyNumber
			if len(w) >= 7 {
				h = longNumber
			}
		}
		x.word = append(x.word, h)
		if w[0] > '9' && len(w) > 2 {
			x.spell(w)
		}
		x.lettersFrom = append(x.lettersFrom, int32(len(x.letters)))
	}
}

var anyNumber, longNumber = hashString(seedWord, "#"), hashString(seedWord, "#######")

// spell adds the 3- to 5-grams of a word with its ends marked.
func (x *extractor) spell(w string) {
	var padded [48]byte
	n := 1
	padded[0] = '^'
	n += copy(padded[1:46], w)
	padded[n] = '$'
	n++
	// each n-gram's hash goes on from the shorter one's at its place
	var hashes [48]uint64
	for i := 0; i+2 < n; i++ {
		h := uint64(seedLetters)
		h = (h ^ uint64(padded[i])) * fnvPrime
		h = (h ^ uint64(padded[i+1])) * fnvPrime
		hashes[i] = h
	}
	for size := 3; size <= 5; size++ {
		for i := 0; i+size <= n; i++ {
			hashes[i] = (hashes[i] ^ uint64(padded[i+size-1])) * fnvPrime
			x.letters = append(x.letters, bucketOf(hashes[i]))
		}
	}
}

// extract returns the features of tokens [from, to) of what was read. The
// result is valid until the next call.
func (x *extractor) extract(from, to int) *features {
	for g := range x.features {
		x.features[g] = x.features[g][:0]
	}
	clear(x.seen[:])
	x.words(from, to)
	x.terms(from, to)
	x.whole(to - from)
	return &x.features
}

func bucketOf(h uint64) bucket { return bucket((h ^ h>>29) & (Buckets - 1)) }

func (x *extractor) add(group int, h uint64) { x.addBucket(group, bucketOf(h)) }

func (x *extractor) addBucket(group int, b bucket) {
	if x.seen[b/64]&(1<<(b%64)) == 0 {
		x.seen[b/64] |= 1 << (b % 64)
		x.features[group] = append(x.features[group], b)
	}
}

func (x *extractor) words(from, to int) {
	prev := uint64(seedStart)
	for i := from; i < to; i++ {
		h := x.word[i]
		x.add(groupWords, h)
		x.add(groupWords, mix(prev, h))
		prev = h
		for _, b := range x.letters[x.lettersFrom[i]:x.lettersFrom[i+1]] {
			x.addBucket(groupLetters, b)
		}
	}
	if from < to {
		x.add(groupWords, mix(prev, seedEnd))
	}
}

// terms adds lexicon classes: alone, beside their neighbours, and together
// with the person that the message speaks of, which is what tells "do you
// treat asthma" from "my asthma".
func (x *extractor) terms(from, to int) {
	tokens := x.reading.Text.Tokens
	person := uint64(0)
	for i := from; i < to && person == 0; i++ {
		if isFirstPerson(tokens[i].Word) {
			person = seedPerson
		}
	}
	kin := false
	hits := lexicon.Within(x.reading.Terms, from, to)
	for _, h := range hits {
		if h.End <= to && x.hasKin && h.Class == x.kin {
			kin = true
		}
	}
	for _, h := range hits {
		if h.End > to {
			continue
		}
		c := x.classes[h.Class]
		x.add(groupTerms, c)
		if h.Start > from {
			x.add(groupTerms, mix(x.plain[h.Start-1], c))
		}
		if h.Start > from+1 {
			x.add(groupTerms, mix(hashString(seedSkip, tokens[h.Start-2].Word), c))
		}
		if h.End < to {
			x.add(groupTerms, mix(c, x.plain[h.End]))
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

// whole adds what is true of all of a part of n tokens.
func (x *extractor) whole(n int) {
	if x.reading.Text.Question {
		x.add(groupTerms, seedQuestion)
	}
	bin := 0
	for ; n > 0; n /= 2 {
		bin++
	}
	x.add(groupTerms, mix(seedLength, uint64(bin)))
	for _, e := range x.reading.Text.Emoji {
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
