package language

import (
	"maps"
	"math/bits"
	"slices"
)

// Pairs tells how often two words stand side by side, as far as that was seen
// at least twice, and what stands first. Pairs are told apart by a hash of 32 bits: a few that were
// never seen are said to have been.
type Pairs struct {
	Hashes []uint32 // in order
	Counts []uint8  // of each, 255 for that or more
	Texts  int      // that were counted
}

// leastPair is how often a pair is seen that counts.
const leastPair = 2

// textStart stands before the first word of a text.
const textStart = "^"

// CountPairs counts the neighbours within the sentences of texts, and what
// texts begin with.
func CountPairs(texts []string) Pairs {
	counts := map[uint32]int{}
	for _, raw := range texts {
		tokens := Scan(raw).Tokens
		if len(tokens) > 0 {
			counts[pairHash(textStart, tokens[0].Word)]++
		}
		for i := 1; i < len(tokens); i++ {
			if !tokens[i].Break {
				counts[pairHash(tokens[i-1].Word, tokens[i].Word)]++
			}
		}
	}
	maps.DeleteFunc(counts, func(_ uint32, n int) bool { return n < leastPair })
	p := Pairs{Hashes: slices.Sorted(maps.Keys(counts)), Texts: len(texts)}
	for _, h := range p.Hashes {
		p.Counts = append(p.Counts, uint8(min(counts[h], 255)))
	}
	return p
}

// count is how often first stands before second, 255 for that or more.
func (p *pairIndex) count(first, second string) int {
	h := pairHash(first, second)
	b := h >> p.shift
	for i := p.from[b]; i < p.from[b+1]; i++ {
		if p.Hashes[i] == h {
			return int(p.Counts[i])
		}
	}
	return 0
}

// pairIndex finds pairs by the high bits of their hash.
type pairIndex struct {
	Pairs
	shift int
	from  []int32
}

func newPairIndex(p Pairs) pairIndex {
	width := bits.Len(uint(len(p.Hashes)))
	x := pairIndex{Pairs: p, shift: 32 - width, from: make([]int32, 1<<width+1)}
	for _, h := range p.Hashes {
		x.from[h>>x.shift+1]++
	}
	for i := range len(x.from) - 1 {
		x.from[i+1] += x.from[i]
	}
	return x
}

func pairHash(first, second string) uint32 {
	h := uint64(fnvOffset)
	for i := 0; i < len(first); i++ {
		h = (h ^ uint64(first[i])) * fnvPrime
	}
	h = (h ^ ' ') * fnvPrime
	for i := 0; i < len(second); i++ {
		h = (h ^ uint64(second[i])) * fnvPrime
	}
	return uint32(h>>32) ^ uint32(h)
}
