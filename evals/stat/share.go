package stat

import "math"

// z is the quantile of the normal distribution for two-sided 95%.
const z = 1.959963984540054

// Wilson is the score interval of k hits in n tries, without continuity
// correction. k and n may be fractions: tries that were repeated count less.
// Where n is 0 the interval is 0 to 1.
func Wilson(k, n float64) Interval {
	k, n = sane(k, n)
	if n == 0 {
		return Interval{0, 1}
	}
	p := k / n
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	i := Interval{clamp(centre - half), clamp(centre + half)}
	// the ends are exact where nothing or everything hit
	if k == 0 {
		i.Low = 0
	}
	if k == n {
		i.High = 1
	}
	return i
}

// UpperBound is the one-sided 95% Clopper-Pearson bound: a share above it
// would show more than k hits in n tries in 95 of 100 sets. 0 of 100 gives
// 0.0295.
func UpperBound(k, n float64) float64 {
	k, n = sane(k, n)
	if k >= n {
		return 1
	}
	return betaQuantile(0.95, k+1, n-k)
}

// sane brings counts into 0 <= k <= n.
func sane(k, n float64) (float64, float64) {
	if math.IsNaN(k) || math.IsNaN(n) || n <= 0 {
		return 0, 0
	}
	n = min(n, 1e15)
	return max(0, min(k, n)), n
}
