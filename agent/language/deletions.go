package language

import "math/bits"

// deletions lead from a word less one letter, or less none, to the words that
// it may come from. Two words that are one edit apart meet there.
type deletions struct {
	dictionary *Dictionary
	from       []int32 // by the low bits of a hash: where its entries start
	all        []deletion
	longest    int // letters of the longest word
}

// deletion is one way to lose a letter. Its hash is not whole: some of what
// is found under it is no word that was looked for.
type deletion struct {
	hash uint32 // the high bits
	word WordID
}

// newDeletions indexes words.
func newDeletions(dictionary *Dictionary, ids []WordID) deletions {
	n := 0
	longest := 0
	for _, id := range ids {
		n += len(dictionary.Word(id)) + 1
		longest = max(longest, len(dictionary.Word(id)))
	}
	d := deletions{dictionary: dictionary, from: make([]int32, 1<<bits.Len(uint(n/2))+1), all: make([]deletion, n), longest: longest}
	for _, id := range ids {
		eachDeletion(dictionary.Word(id), func(h uint64) { d.from[d.bucket(h)+1]++ })
	}
	for i := range len(d.from) - 1 {
		d.from[i+1] += d.from[i]
	}
	next := append([]int32(nil), d.from...)
	for _, id := range ids {
		eachDeletion(dictionary.Word(id), func(h uint64) {
			at := &next[d.bucket(h)]
			d.all[*at] = deletion{uint32(h >> 32), id}
			*at++
		})
	}
	return d
}

func (d *deletions) bucket(h uint64) int { return int(h) & (len(d.from) - 2) }

// near yields the words that are one edit away from w, some of them more than
// once. What is too long for that costs nothing: it would cost its length
// squared.
func (d *deletions) near(w string, yield func(id WordID)) {
	if len(w) > d.longest+1 {
		return
	}
	eachDeletion(w, func(h uint64) {
		b := d.bucket(h)
		for _, x := range d.all[d.from[b]:d.from[b+1]] {
			if x.hash == uint32(h>>32) && oneEdit(w, d.dictionary.Word(x.word)) {
				yield(x.word)
			}
		}
	})
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// eachDeletion yields the FNV-1a hashes of w and of w less each of its
// letters.
func eachDeletion(w string, yield func(h uint64)) {
	before := uint64(fnvOffset)
	for i := 0; i < len(w); i++ {
		h := before
		for k := i + 1; k < len(w); k++ {
			h = (h ^ uint64(w[k])) * fnvPrime
		}
		yield(h)
		before = (before ^ uint64(w[i])) * fnvPrime
	}
	yield(before)
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
