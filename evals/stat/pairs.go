package stat

import (
	"math"
	"sort"
)

// McNemar is the exact two-sided p-value of pairs of which first hit alone
// and second hit alone: how often chance alone would divide them at least so
// unevenly. Without a disagreement it is 1.
func McNemar(first, second int) float64 {
	first, second = max(0, first), max(0, second)
	low, n := min(first, second), first+second
	if first == second {
		return 1
	}
	if n > 1000 { // 2^-n is too small to add up
		return clamp(2 * binomialCDF(float64(low), float64(n), 0.5))
	}
	term := math.Ldexp(1, -n)
	sum := 0.0
	for i := 0; i <= low; i++ {
		sum += term
		term *= float64(n-i) / float64(i+1)
	}
	return clamp(2 * sum)
}

// P is the exact McNemar test of p.
func (p Pairs) P() float64 { return McNemar(p.First, p.Second) }

// Shares are the shares of first and second halves that hit; 0 without pairs.
func (p Pairs) Shares() (first, second float64) {
	n := float64(p.N())
	if n == 0 {
		return 0, 0
	}
	return float64(p.Both+p.First) / n, float64(p.Both+p.Second) / n
}

// Difference is the share of first minus that of second.
func (p Pairs) Difference() float64 {
	n := p.N()
	if n == 0 {
		return 0
	}
	return float64(p.First-p.Second) / float64(n)
}

// Interval is Newcombe's hybrid score interval of Difference for pairs
// (method 10 of his paper of 1998). Without pairs it is -1 to 1.
func (p Pairs) Interval() Interval {
	return pairsInterval(float64(p.Both), float64(p.First), float64(p.Second), float64(p.Neither))
}

func pairsInterval(a, b, c, d float64) Interval {
	n := a + b + c + d
	if !(n > 0) {
		return Interval{-1, 1}
	}
	p1, p2 := (a+b)/n, (a+c)/n
	one, two := Wilson(a+b, n), Wilson(a+c, n)
	phi := 0.0
	if margins := (a + b) * (c + d) * (a + c) * (b + d); margins > 0 {
		num := a*d - b*c
		if num > 0 {
			num = max(num-n/2, 0)
		}
		phi = num / math.Sqrt(margins)
	}
	down1, up1 := p1-one.Low, one.High-p1
	down2, up2 := p2-two.Low, two.High-p2
	delta := math.Sqrt(max(0, down1*down1-2*phi*down1*up2+up2*up2))
	epsilon := math.Sqrt(max(0, up1*up1-2*phi*up1*down2+down2*down2))
	return Interval{max(-1, p1-p2-delta), min(1, p1-p2+epsilon)}
}

// Difference is Newcombe's hybrid score interval of k1/n1 - k2/n2 of sets
// that are not paired. Where a set is empty it is -1 to 1.
func Difference(k1, n1, k2, n2 float64) Interval {
	k1, n1 = sane(k1, n1)
	k2, n2 = sane(k2, n2)
	if n1 == 0 || n2 == 0 {
		return Interval{-1, 1}
	}
	p1, p2 := k1/n1, k2/n2
	one, two := Wilson(k1, n1), Wilson(k2, n2)
	return Interval{
		max(-1, p1-p2-math.Hypot(p1-one.Low, two.High-p2)),
		min(1, p1-p2+math.Hypot(one.High-p1, p2-two.Low)),
	}
}

// Holm corrects p-values of questions that were asked together, so that the
// chance of any false alarm among them stays what it would be for one. The
// order is kept.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p[order[i]] < p[order[j]] })
	out := make([]float64, len(p))
	highest := 0.0
	for rank, i := range order {
		highest = max(highest, clamp(p[i]*float64(len(p)-rank)))
		out[i] = highest
	}
	return out
}
