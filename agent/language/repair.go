package language

import (
	"cmp"
	"slices"
	"strings"
)

// Vocabulary is the set of words that the detectors know, and finds the one
// that a misspelt word stands for. It is read-only after NewVocabulary and
// safe for use by many goroutines.
type Vocabulary struct {
	words   []string
	weight  []float32
	id      map[string]int32
	deletes []deletion       // sorted by hash: a word whole and less each one letter
	sounds  map[string]int32 // Spanish sound key -> the most frequent word
}

// Shortest words that are repaired: shorter ones have too many neighbours.
const (
	minEdit  = 5
	minSound = 3
	// minTarget is the weight a word needs to be repaired to: what was seen
	// less may be a slip itself, and is known but nobody's correction.
	minTarget = 3
)

// NewVocabulary builds the index. weights holds, per word, how often it is
// used; the most frequent wins where a misspelling fits several.
func NewVocabulary(weights map[string]float32) *Vocabulary {
	v := &Vocabulary{
		id:      make(map[string]int32, len(weights)),
		deletes: make([]deletion, 0, 9*len(weights)),
		sounds:  make(map[string]int32, len(weights)),
	}
	for w, weight := range weights {
		id := int32(len(v.words))
		v.words = append(v.words, w)
		v.weight = append(v.weight, weight)
		v.id[w] = id
	}
	for id, w := range v.words {
		if len(w) >= minEdit-1 && !hasDigit(w) {
			for i := -1; i < len(w); i++ {
				v.deletes = append(v.deletes, deletion{hashWithout(w, i), int32(id)})
			}
		}
		if len(w) >= minSound && !hasDigit(w) {
			key := soundKey(w)
			if old, ok := v.sounds[key]; !ok || v.better(int32(id), old) {
				v.sounds[key] = int32(id)
			}
		}
	}
	slices.SortFunc(v.deletes, func(a, b deletion) int { return cmp.Compare(a.hash, b.hash) })
	return v
}

// deletion is one way to lose a letter.
type deletion struct {
	hash uint64
	word int32
}

// without returns the words that become h by losing one letter or none.
func (v *Vocabulary) without(h uint64) []deletion {
	i, _ := slices.BinarySearchFunc(v.deletes, h, func(d deletion, h uint64) int { return cmp.Compare(d.hash, h) })
	j := i
	for j < len(v.deletes) && v.deletes[j].hash == h {
		j++
	}
	return v.deletes[i:j]
}

// better orders words by weight, and by spelling where that is equal, so
// that a repair never depends on map order.
func (v *Vocabulary) better(a, b int32) bool {
	if v.weight[a] != v.weight[b] {
		return v.weight[a] > v.weight[b]
	}
	return v.words[a] < v.words[b]
}

// Knows reports whether w is in the vocabulary.
func (v *Vocabulary) Knows(w string) bool { _, ok := v.id[w]; return ok }

// Len is the number of words.
func (v *Vocabulary) Len() int { return len(v.words) }

// Repair returns the known word that w most likely stands for, and whether
// there is one: the same sound in Spanish spelling (kiero, sita, aser), the
// same word with letters stretched, or one edit away. Known words, numbers
// and short words come back as they are.
func (v *Vocabulary) Repair(w string, lang Language) (string, bool) {
	if v.Knows(w) || hasDigit(w) || len(w) < minSound {
		return w, false
	}
	if single := squeeze(w); single != w && v.Knows(single) {
		return single, true
	}
	if lang != English {
		if id, ok := v.sounds[soundKey(w)]; ok && v.weight[id] >= minTarget {
			return v.words[id], true
		}
	}
	if len(w) < minEdit {
		return w, false
	}
	best := int32(-1)
	try := func(h uint64) {
		for _, d := range v.without(h) {
			id, c := d.word, v.words[d.word]
			if v.weight[id] < minTarget || c[0] != w[0] && !swapped(c, w) || !oneEdit(w, c) {
				continue
			}
			if best < 0 || v.better(id, best) {
				best = id
			}
		}
	}
	for i := -1; i < len(w); i++ {
		try(hashWithout(w, i))
	}
	if best < 0 {
		return w, false
	}
	return v.words[best], true
}

func swapped(a, b string) bool {
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0]
}

// oneEdit reports whether a becomes b by one insertion, deletion,
// substitution or swap of neighbours.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i >= len(a)-1 {
		return true
	}
	return a[i+1:] == b[i+1:] || (a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:])
}

// soundKey spells a word by its sound in Latin American Spanish, so that
// k/qu/c, s/c/z, b/v, silent h, ll/y and g/j meet.
func soundKey(w string) string {
	var b strings.Builder
	b.Grow(len(w))
	var last byte
	put := func(c byte) {
		if c != last {
			b.WriteByte(c)
			last = c
		}
	}
	for i := 0; i < len(w); i++ {
		c := w[i]
		next := byte(0)
		if i+1 < len(w) {
			next = w[i+1]
		}
		soft := next == 'e' || next == 'i'
		switch {
		case c == 'h' && last != 'c':
		case c == 'q' && next == 'u':
			put('k')
			i++
		case c == 'c' && next == 'h':
			put('C')
			i++
		case c == 'c' && soft, c == 'z':
			put('s')
		case c == 'c', c == 'q':
			put('k')
		case c == 'v':
			put('b')
		case c == 'l' && next == 'l':
			put('y')
			i++
		case c == 'g' && soft:
			put('j')
		case c == 'g' && next == 'u' && i+2 < len(w) && (w[i+2] == 'e' || w[i+2] == 'i'):
			put('g')
			i++
		case c == 'w':
			put('u')
		default:
			put(c)
		}
	}
	return b.String()
}

func squeeze(w string) string {
	var b strings.Builder
	var last byte
	for i := 0; i < len(w); i++ {
		if w[i] != last {
			b.WriteByte(w[i])
		}
		last = w[i]
	}
	return b.String()
}

func hasDigit(w string) bool {
	return strings.ContainsAny(w, "0123456789")
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hashWithout is the FNV-1a hash of w less its letter at skip; -1 keeps all.
func hashWithout(w string, skip int) uint64 {
	h := uint64(fnvOffset)
	for i := 0; i < len(w); i++ {
		if i == skip {
			continue
		}
		h = (h ^ uint64(w[i])) * fnvPrime
	}
	return h
}
