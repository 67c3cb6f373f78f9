package outcome

import (
	"fmt"
	"hash/fnv"

	"recado/evals/suite"
)

// Key names an outcome in its run.
type Key struct {
	Suite, ID, Variant string
	Perturbation       suite.Perturbation
	Repeat             int
}

// Key is the outcome's name in its run.
func (o Outcome) Key() Key { return Key{o.Suite, o.ID, o.Variant, o.Perturbation, o.Repeat} }

// sum stands for a key where very many are kept.
func (k Key) sum() [16]byte {
	h := fnv.New128a()
	fmt.Fprintf(h, "%q %q %q %q %d", k.Suite, k.ID, k.Variant, k.Perturbation, k.Repeat)
	return [16]byte(h.Sum(nil))
}

// WithoutTimes returns o without what differs from run to run.
func (o Outcome) WithoutTimes() Outcome {
	turns := make([]Turn, len(o.Turns))
	copy(turns, o.Turns)
	for i := range turns {
		turns[i].Micros, turns[i].Usage.LatencyMicros = 0, nil
	}
	if o.Turns != nil {
		o.Turns = turns
	}
	return o
}
