package language

// Vocabulary is the set of words that the detectors know, and finds the one
// that a misspelt word stands for. It is read-only after NewVocabulary and
// safe for use by many goroutines.
type Vocabulary struct {
	dictionary *Dictionary
	weight     []float32         // by WordID, 0 for a word that is not in the vocabulary
	sounds     map[string]WordID // Spanish sound key -> the most frequent word
	edits      deletions
}

// Shortest words that are repaired: shorter ones have too many neighbours.
const (
	minEdit  = 5
	minSound = 3
	// minTarget is the weight a word needs to be repaired to: what was seen
	// less may be a slip itself, and is known but nobody's correction.
	minTarget = 3
)

// NewVocabulary builds the index and adds its words to d. weights hold, per
// word, how often it is used, and add up; the most frequent word wins where a
// misspelling fits several.
func NewVocabulary(d *Dictionary, weights ...map[string]float32) *Vocabulary {
	v := &Vocabulary{dictionary: d, sounds: map[string]WordID{}}
	for _, words := range weights {
		for w, weight := range words {
			if w[0] <= '9' {
				continue // a number is nobody's misspelling
			}
			id := d.Add(w)
			if more := d.Len() - len(v.weight); more > 0 {
				v.weight = append(v.weight, make([]float32, more)...)
			}
			v.weight[id] += weight
		}
	}
	var targets []WordID
	for i, weight := range v.weight {
		id, w := WordID(i), d.Word(WordID(i))
		if weight < minTarget || hasDigit(w) {
			continue
		}
		if len(w) >= minEdit-1 {
			targets = append(targets, id)
		}
		if len(w) < minSound {
			continue
		}
		key := string(appendSound(nil, w))
		if old, ok := v.sounds[key]; !ok || v.better(id, old) {
			v.sounds[key] = id
		}
	}
	v.edits = newDeletions(d, targets)
	return v
}

// better orders words by weight, and by spelling where that is equal, so
// that a repair never depends on map order.
func (v *Vocabulary) better(a, b WordID) bool {
	if v.weight[a] != v.weight[b] {
		return v.weight[a] > v.weight[b]
	}
	return v.dictionary.Word(a) < v.dictionary.Word(b)
}

// Knows reports whether the word with a number is in the vocabulary.
func (v *Vocabulary) Knows(id WordID) bool { return int(id) < len(v.weight) && v.weight[id] > 0 }

// Repair returns the known word that w most likely stands for, and whether
// there is one: the same sound in Spanish spelling (kiero, sita, aser), the
// same word with letters stretched, or one edit away. Known words, numbers
// and short words come back as they are.
func (v *Vocabulary) Repair(w string, lang Language) (string, bool) {
	if len(w) < minSound || hasDigit(w) || v.Knows(v.dictionary.ID(w)) {
		return w, false
	}
	var space [48]byte
	if single := appendSqueezed(space[:0], w); len(single) < len(w) {
		if id := v.dictionary.ids[string(single)]; v.Knows(id) {
			return v.dictionary.Word(id), true
		}
	}
	if lang != English {
		if id, ok := v.sounds[string(appendSound(space[:0], w))]; ok {
			return v.dictionary.Word(id), true
		}
	}
	if len(w) < minEdit {
		return w, false
	}
	best := WordID(0)
	v.edits.near(w, func(id WordID) {
		// a slip of the first letter is rare, but for a swap
		if c := v.dictionary.Word(id); c[0] != w[0] && !swapped(c, w) {
			return
		}
		if best == 0 || v.better(id, best) {
			best = id
		}
	})
	if best == 0 {
		return w, false
	}
	return v.dictionary.Word(best), true
}

func swapped(a, b string) bool {
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0]
}

// appendSound spells a word by its sound in Latin American Spanish, so that
// k/qu/c, s/c/z, b/v, silent h, ll/y and g/j meet.
func appendSound(key []byte, w string) []byte {
	var last byte
	put := func(c byte) {
		if c != last {
			key = append(key, c)
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
	return key
}

// appendSqueezed writes letters once that stand twice or more in a row.
func appendSqueezed(out []byte, w string) []byte {
	for i := 0; i < len(w); i++ {
		if i == 0 || w[i] != w[i-1] {
			out = append(out, w[i])
		}
	}
	return out
}

func hasDigit(w string) bool {
	for i := 0; i < len(w); i++ {
		if w[i] >= '0' && w[i] <= '9' {
			return true
		}
	}
	return false
}
