package intents

import (
	"io/fs"
	"math"
	"sort"
	"sync"

	"recado/agent/reading"
)

// Near finds the training examples that speak most like a message, so that a
// person can see what the classifier had learned from. It reads the examples
// when it is first asked, an intent at a time, and is safe for use by many
// goroutines.
type Near struct {
	classifier *Classifier
	reader     *reading.Reader
	dir        fs.FS

	load     sync.Once
	err      error
	byIntent map[string]*nearest
}

// Likeness is an example with how like it is: 0 is nothing shared, 1 the
// same evidence.
type Likeness struct {
	Example
	Like float64
}

type nearest struct {
	once     sync.Once
	examples []Example
	vectors  []evidenceVector
}

// evidenceVector holds what a text says for one intent, by feature, with
// length 1.
type evidenceVector map[bucket]float32

// NewNear looks for examples in dir, the folder that c was trained from.
func NewNear(c *Classifier, reader *reading.Reader, dir fs.FS) *Near {
	return &Near{classifier: c, reader: reader, dir: dir}
}

// To returns the n examples of an intent that share most of what speaks for
// that intent in tokens [from, to) of r, the likest first. Examples that
// share nothing are left out.
func (x *Near) To(r *reading.Reading, from, to int, intent string, n int) ([]Likeness, error) {
	x.load.Do(x.read)
	if x.err != nil {
		return nil, x.err
	}
	of := x.byIntent[intent]
	column := x.classifier.column(intent)
	if of == nil || column < 0 {
		return nil, nil
	}
	of.once.Do(func() {
		for _, e := range of.examples {
			r := x.reader.Read(e.Text)
			of.vectors = append(of.vectors, x.classifier.evidence(&r, 0, len(r.Text.Tokens), column))
		}
	})
	asked := x.classifier.evidence(r, from, to, column)
	var out []Likeness
	for i, v := range of.vectors {
		if like := asked.dot(v); like > 0 {
			out = append(out, Likeness{of.examples[i], like})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Like > out[j].Like })
	return out[:min(n, len(out))], nil
}

func (x *Near) read() {
	set, err := Load(x.dir)
	if err != nil {
		x.err = err
		return
	}
	x.byIntent = map[string]*nearest{}
	for _, e := range set.Examples {
		of := x.byIntent[e.Intent]
		if of == nil {
			of = &nearest{}
			x.byIntent[e.Intent] = of
		}
		of.examples = append(of.examples, e)
	}
}

// column is the place of an intent in Classify's result, or -1.
func (c *Classifier) column(intent string) int {
	for i, in := range c.intents {
		if in.Name == intent {
			return i
		}
	}
	return -1
}

// evidence returns the features that speak for the intent of a column.
func (c *Classifier) evidence(r *reading.Reading, from, to, column int) evidenceVector {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	v := evidenceVector{}
	sum := 0.0
	s.extractor.read(r)
	fs := s.extractor.extract(from, to)
	for group, buckets := range fs {
		for _, b := range buckets {
			if w := fs.value(group) * float32(c.weights.at(b, column)); w > 0 {
				v[b] = w
				sum += float64(w) * float64(w)
			}
		}
	}
	s.extractor.reading = nil // the pool keeps no patient's words
	for b := range v {
		v[b] /= float32(math.Sqrt(sum))
	}
	return v
}

func (v evidenceVector) dot(other evidenceVector) float64 {
	sum := 0.0
	for b, w := range other {
		sum += float64(v[b]) * float64(w)
	}
	return sum
}
