package guard

import "math/bits"

// index leads from the sets that a message touches to the patterns that it
// may match, so that few of the thousands are tried on it.
type index struct{ bySet lists }

// newIndex lists each pattern under the rarest thing that it requires, and
// leaves it the rest as its needs. sources are what the patterns were compiled
// from, and touched tells how common each set is.
func newIndex(patterns []pattern, sources []expr, s *symbols, touched []int32) index {
	bySet := make([][]int32, s.n)
	for i, e := range sources {
		all := required(e, s, touched)
		for _, set := range all[0] {
			bySet[set] = append(bySet[set], int32(i))
		}
		patterns[i].need(all[1:])
	}
	return index{newLists(bySet)}
}

// candidates is a set of patterns, a bit each.
type candidates []uint64

// find adds the patterns that a message which touches these sets may match.
func (x *index) find(touched []int32, c candidates) {
	for _, set := range touched {
		for _, p := range x.bySet.of(set) {
			c[p/64] |= 1 << (p % 64)
		}
	}
}

// each yields the candidates in order, and empties c.
func (c candidates) each(yield func(p int32)) {
	for w, left := range c {
		c[w] = 0
		for ; left != 0; left &= left - 1 {
			yield(int32(w*64 + bits.TrailingZeros64(left)))
		}
	}
}
