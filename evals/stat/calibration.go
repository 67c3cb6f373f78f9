package stat

import "math"

// bins is how many equally wide bins a Reliability has.
const bins = 10

const million = 1_000_000

// Reliability compares confidences with what came true.
type Reliability struct {
	N int `json:"n"`
	// ECE, the expected calibration error, is the mean distance of confidence
	// and accuracy over the bins.
	ECE   float64 `json:"ece"`
	Brier float64 `json:"brier"`          // mean squared distance of confidence and truth
	Bins  []Bin   `json:"bins,omitempty"` // those with a confidence in them
}

// Bin holds confidences from From up to To, and 1 in the last one.
type Bin struct {
	From       float64 `json:"from"`
	To         float64 `json:"to"`
	N          int     `json:"n"`
	Right      int     `json:"right"`
	Confidence float64 `json:"confidence"` // mean
	Accuracy   float64 `json:"accuracy"`
	Interval           // of Accuracy, Wilson
}

// Confidences adds up confidences for a Reliability, in whole millionths, so
// that their order does not matter. The zero value is ready.
type Confidences struct {
	n, right [bins]int
	sum      [bins]int64
	squares  uint64 // of 18 million confidences at least
}

// Add counts one. A confidence outside 0 to 1 counts as the nearer end.
func (c *Confidences) Add(confidence float64, right bool) {
	confidence = unit(confidence)
	i := min(int(confidence*bins), bins-1)
	millionths := int64(math.Round(confidence * million))
	c.n[i]++
	c.sum[i] += millionths
	miss := millionths
	if right {
		c.right[i]++
		miss = million - millionths
	}
	c.squares += uint64(miss * miss)
}

// Reliability is what the confidences so far amount to.
func (c *Confidences) Reliability() Reliability {
	var r Reliability
	for _, n := range c.n {
		r.N += n
	}
	if r.N == 0 {
		return r
	}
	r.Brier = float64(c.squares) / million / million / float64(r.N)
	for i, n := range c.n {
		if n == 0 {
			continue
		}
		b := Bin{From: float64(i) / bins, To: float64(i+1) / bins, N: n, Right: c.right[i],
			Confidence: float64(c.sum[i]) / million / float64(n), Accuracy: float64(c.right[i]) / float64(n),
			Interval: Wilson(float64(c.right[i]), float64(n))}
		r.Bins = append(r.Bins, b)
		r.ECE += math.Abs(b.Confidence-b.Accuracy) * float64(n) / float64(r.N)
	}
	return r
}
