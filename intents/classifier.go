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
	weights packed
	scale   []float32 // by intent
	bias    []float32
	pool    sync.Pool // of *scratch
}

type scratch struct {
	extractor *extractor
	adder     adder
}

func newClassifier(m *Model, lex *lexicon.Lexicon) *Classifier {
	c := &Classifier{intents: m.Intents, weights: pack(m.Weights, len(m.Intents)), scale: m.Scale, bias: m.Bias}
	c.pool.New = func() any {
		return &scratch{extractor: newExtractor(lex)}
	}
	return c
}

// Intents returns what the classifier can tell apart, in the order of the
// probabilities that Classify returns.
func (c *Classifier) Intents() []Intent { return c.intents }

// Part is tokens [From, To) of a message.
type Part struct{ From, To int }

// Classify returns the probability of each intent for tokens [from, to) of
// r. The probabilities add up to 1.
func (c *Classifier) Classify(r *reading.Reading, from, to int) []float64 {
	return c.ClassifyParts(r, []Part{{from, to}})[0]
}

// ClassifyParts is Classify for several parts of one message.
func (c *Classifier) ClassifyParts(r *reading.Reading, parts []Part) [][]float64 {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	k := len(c.intents)
	out, all := make([][]float64, len(parts)), make([]float64, k*len(parts))
	s.extractor.read(r)
	for i, part := range parts {
		out[i] = all[i*k : i*k+k : i*k+k]
		sums := s.adder.sum(&c.weights, s.extractor.extract(part.From, part.To))
		for j := range out[i] {
			out[i][j] = float64(sums[j]*c.scale[j] + c.bias[j])
		}
		softmax(out[i])
	}
	s.extractor.reading = nil // the pool keeps no patient's words
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
