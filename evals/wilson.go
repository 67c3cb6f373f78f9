package evals

import (
	"fmt"
	"math"
)

// Share is k of n, with its 95% Wilson interval.
type Share struct{ K, N int }

// Value is K/N, 0 where N is 0.
func (s Share) Value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// Interval is the 95% Wilson score interval.
func (s Share) Interval() (low, high float64) {
	if s.N == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(s.N), s.Value()
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}

func (s Share) String() string {
	if s.N == 0 {
		return "      -               "
	}
	low, high := s.Interval()
	return fmt.Sprintf("%.3f [%.3f-%.3f] %4d", s.Value(), low, high, s.N)
}

func (s *Share) add(hit bool) {
	s.N++
	if hit {
		s.K++
	}
}
