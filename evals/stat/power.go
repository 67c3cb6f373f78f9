package stat

import "math"

// power is the chance with which a difference should show.
const power = 0.8

// Below is the smallest distance by which the truth must lie below target for
// the whole Wilson interval of n tries to lie below it with 80% power. It is 0
// where n tries can show no such distance.
func Below(target float64, n int) float64 {
	target = unit(target)
	// the most hits with which the whole interval misses the target
	most := last(n, func(k int) bool { return Wilson(float64(k), float64(n)).High < target })
	if most < 0 {
		return 0
	}
	// P(hits <= most) falls as the truth rises
	truth := betaQuantile(1-power, float64(most)+1, float64(n-most))
	return max(0, target-truth)
}

// Above is Below for the other side: how far above target the truth must lie.
func Above(target float64, n int) float64 { return Below(1-unit(target), n) }

// Needed is the smallest number of tries of which the Wilson interval reaches
// target from above at share p, 0 where no number up to ten million would.
func Needed(p, target float64) int {
	p, target = unit(p), unit(target)
	return first(func(n int) bool { return Wilson(p*float64(n), float64(n)).Low >= target })
}

// NeededBelow is Needed for an upper limit. With exact the one-sided
// Clopper-Pearson bound must reach the target, else Wilson's interval.
func NeededBelow(p, target float64, exact bool) int {
	p, target = unit(p), unit(target)
	return first(func(n int) bool {
		k := p * float64(n)
		if exact {
			return UpperBound(k, float64(n)) <= target
		}
		return Wilson(k, float64(n)).High <= target
	})
}

// Detectable is the smallest difference that n pairs show with 80% power in
// the exact McNemar test, where a share noise of the pairs disagrees by chance
// in either direction. It is 0 where n pairs can show none.
func Detectable(n int, noise float64) float64 {
	// Fewer than six disagreements never reach 5%, however one-sided.
	const least = 6
	if n < least {
		return 0
	}
	exact := betaQuantile(power, least, float64(n-least+1))
	// Miettinen's approximation, in which at least as many pairs disagree as
	// make the difference.
	const zb = 0.8416212335729143
	shows := func(d float64) bool {
		psi := max(unit(noise), d)
		return d*math.Sqrt(float64(n)) >= z*math.Sqrt(psi)+zb*math.Sqrt(max(0, psi-d*d))
	}
	low, high := 0.0, 1.0
	if !shows(high) {
		return exact
	}
	for range 60 {
		mid := (low + high) / 2
		if shows(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return max(exact, high)
}

// last is the greatest k in 0..n for which ok holds, -1 for none. ok holds up
// to some k and not beyond.
func last(n int, ok func(int) bool) int {
	low, high := -1, n+1
	for high-low > 1 {
		mid := (low + high) / 2
		if ok(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// first is the smallest n for which ok holds, 0 for none up to ten million.
// ok holds from some n on.
func first(ok func(int) bool) int {
	const limit = 10_000_000
	if !ok(limit) {
		return 0
	}
	low, high := 0, limit
	for high-low > 1 {
		mid := (low + high) / 2
		if ok(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

// unit brings v into 0..1.
func unit(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return clamp(v)
}

// NeededWithin is the smallest number of pairs that, divided as these are, has
// an interval of the difference within low to high; 0 where no number up to
// ten million would.
func (p Pairs) NeededWithin(low, high float64) int {
	n := float64(p.N())
	if n == 0 {
		return 0
	}
	return first(func(m int) bool {
		f := float64(m) / n
		i := pairsInterval(f*float64(p.Both), f*float64(p.First), f*float64(p.Second), f*float64(p.Neither))
		return low <= i.Low && i.High <= high
	})
}
