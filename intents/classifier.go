package intents

import (
	"math"
	"sync"

	"recado/agent/lexicon"
	"recado/agent/reading"
)

// Classifier tells how likely each intent is. It is read-only after loading
// and safe for use by many goroutines.
type Classifier struct {
	intents []Intent
	weights []int8    // Buckets rows of len(intents) columns: small rows keep it in the cache
	scale   []float32 // per column
	bias    []float32
	pool    sync.Pool // of *scratch
}

type scratch struct {
	extractor *extractor
}

func newClassifier(m *Model, lex *lexicon.Lexicon) *Classifier {
	c := &Classifier{intents: m.Intents, weights: m.Weights, scale: m.Scale, bias: m.Bias}
	c.pool.New = func() any {
		return &scratch{extractor: newExtractor(lex)}
	}
	return c
}

// Intents returns what the classifier can tell apart, in the order of the
// probabilities that Classify returns.
func (c *Classifier) Intents() []Intent { return c.intents }

// Classify returns the probability of each intent for tokens [from, to) of
// r. The probabilities add up to 1.
func (c *Classifier) Classify(r *reading.Reading, from, to int) []float64 {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	sums := make([]float32, len(c.intents))
	k := len(c.intents)
	for _, f := range s.extractor.extract(r, from, to) {
		row := c.weights[int(f.bucket)*k : int(f.bucket)*k+k]
		for i, w := range row {
			sums[i] += f.value * float32(w)
		}
	}
	out := make([]float64, k)
	for i := range out {
		out[i] = float64(sums[i]*c.scale[i] + c.bias[i])
	}
	softmax(out)
	return out
}

func softmax(x []float64) {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	sum := 0.0
	for i, v := range x {
		x[i] = math.Exp(v - top)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}
