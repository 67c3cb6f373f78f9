package intents

// packed are a model's weights, 8 of a feature in a word, each row in as few
// cache lines as hold it: adding them up is most of what classifying costs,
// and that is mostly waiting for memory.
type packed struct {
	words []uint64 // a row a feature
	width int      // words of a row
	used  int      // those of them that hold an intent's weight
}

// Words of a cache line, and weights of a word.
const (
	lineWords   = 8
	wordWeights = 8
)

// pack packs rows of k weights.
func pack(weights []int8, k int) packed {
	p := packed{used: (k + wordWeights - 1) / wordWeights}
	p.width = (p.used + lineWords - 1) / lineWords * lineWords
	p.words = make([]uint64, len(weights)/k*p.width)
	for row := range len(weights) / k {
		words := p.words[row*p.width:]
		for column, w := range weights[row*k : row*k+k] {
			words[column/wordWeights] |= uint64(uint8(w)) << (column % wordWeights * 8)
		}
	}
	return p
}

// at is the weight of a feature for one column.
func (p *packed) at(b bucket, column int) int8 {
	return int8(p.words[int(b)*p.width+column/wordWeights] >> (column % wordWeights * 8))
}

// columns is how many sums there are, the padding's among them.
func (p *packed) columns() int { return p.used * wordWeights }

// adder adds weights up. It is used by one goroutine.
type adder struct {
	gathered []uint64
	products [256]float32 // of a group's value and each weight
	sums     []float32
}

// sum adds up each column of p over the features. The result is valid until
// the next call. The order and the rounding of each addition are fixed, so
// that a decision is the same everywhere.
func (a *adder) sum(p *packed, fs *features) []float32 {
	if a.sums == nil {
		a.sums = make([]float32, p.columns())
	}
	clear(a.sums)
	for group, buckets := range fs {
		n := len(buckets)
		if n == 0 {
			continue
		}
		a.gather(p, buckets)
		value := fs.value(group)
		for w := range a.products {
			a.products[w] = value * float32(int8(w))
		}
		for j := range p.used {
			a.add(a.gathered[j*n:j*n+n], (*[wordWeights]float32)(a.sums[j*wordWeights:]))
		}
	}
	return a.sums
}

// gather copies the features' rows, first all first words, then all second
// ones and so on. Nothing in it waits for anything else, so that many rows
// are on their way from memory at a time.
func (a *adder) gather(p *packed, buckets []bucket) {
	n := len(buckets)
	if need := n * p.used; need > cap(a.gathered) {
		a.gathered = make([]uint64, 2*need)
	}
	a.gathered = a.gathered[:n*p.used]
	for i, b := range buckets {
		row := p.words[int(b)*p.width:][:p.used]
		for j, w := range row {
			a.gathered[j*n+i] = w
		}
	}
}

// add adds the 8 columns that words hold.
func (a *adder) add(words []uint64, sums *[wordWeights]float32) {
	products := &a.products
	s0, s1, s2, s3, s4, s5, s6, s7 := sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]
	for _, w := range words {
		s0 += products[uint8(w)]
		s1 += products[uint8(w>>8)]
		s2 += products[uint8(w>>16)]
		s3 += products[uint8(w>>24)]
		s4 += products[uint8(w>>32)]
		s5 += products[uint8(w>>40)]
		s6 += products[uint8(w>>48)]
		s7 += products[w>>56]
	}
	*sums = [wordWeights]float32{s0, s1, s2, s3, s4, s5, s6, s7}
}
