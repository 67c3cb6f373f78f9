package stat

import "math"

// betaCDF is the regularised incomplete beta function I_x(a, b): the chance
// that a Beta(a, b) variable is at most x. a and b are above 0.
func betaCDF(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		return clamp(front * betaFraction(x, a, b) / a)
	}
	return clamp(1 - front*betaFraction(1-x, b, a)/b)
}

// betaFraction is the continued fraction of the incomplete beta function, by
// Lentz's method. It needs about sqrt(max(a, b)) steps.
func betaFraction(x, a, b float64) float64 {
	const tiny, enough = 1e-300, 1e-15
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c := 1.0
	d := 1 / nonzero(1-(a+b)*x/(a+1))
	f := d
	for i := 1; i <= 20000; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / nonzero(1+even*d)
		c = nonzero(1 + even/c)
		f *= c * d
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / nonzero(1+odd*d)
		c = nonzero(1 + odd/c)
		f *= c * d
		if math.Abs(c*d-1) < enough {
			break
		}
	}
	return f
}

// betaQuantile is the x at which betaCDF reaches p.
func betaQuantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 200 {
		mid := (low + high) / 2
		if mid == low || mid == high {
			break
		}
		if betaCDF(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// binomialCDF is the chance of at most k hits in n tries of chance p each.
func binomialCDF(k, n, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n:
		return 1
	}
	return 1 - betaCDF(p, k+1, n-k)
}

func clamp(v float64) float64 { return max(0, min(1, v)) }
