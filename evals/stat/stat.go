// Package stat is the statistics of evals: intervals of shares, exact tests of
// pairs, the smallest difference that a set can show, calibration and
// percentiles. No function returns NaN or an infinity, whatever it is given.
package stat

// Interval holds the values that the data do not contradict, at 95%.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Holds reports whether v lies in i, its ends included.
func (i Interval) Holds(v float64) bool { return i.Low <= v && v <= i.High }

// Pairs counts pairs of which each half hit or missed: the same case in two
// runs, twins in two languages, a message and its perturbation.
type Pairs struct {
	Both    int `json:"both"`    // first and second hit
	First   int `json:"first"`   // only the first hit
	Second  int `json:"second"`  // only the second hit
	Neither int `json:"neither"` // both missed
}

// Add counts one pair.
func (p *Pairs) Add(first, second bool) {
	switch {
	case first && second:
		p.Both++
	case first:
		p.First++
	case second:
		p.Second++
	default:
		p.Neither++
	}
}

// N is how many pairs there are.
func (p Pairs) N() int { return p.Both + p.First + p.Second + p.Neither }

// Discordant is how many pairs disagree.
func (p Pairs) Discordant() int { return p.First + p.Second }
