package stat_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"recado/evals/stat"
)

func finite(t *rapid.T, what string, values ...float64) {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s is %v", what, v)
		}
	}
}

func in(t *rapid.T, what string, i stat.Interval, low, high float64) {
	finite(t, what, i.Low, i.High)
	if i.Low > i.High || i.Low < low || i.High > high {
		t.Fatalf("%s is %v", what, i)
	}
}

func TestNoFigureIsEverNaNOrInfinite(t *testing.T) {
	anything := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1, 2), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1}))
	rapid.Check(t, func(t *rapid.T) {
		k, n, k2, n2 := anything.Draw(t, "k"), anything.Draw(t, "n"), anything.Draw(t, "k2"), anything.Draw(t, "n2")
		in(t, "Wilson", stat.Wilson(k, n), 0, 1)
		in(t, "Difference", stat.Difference(k, n, k2, n2), -1, 1)
		finite(t, "UpperBound", stat.UpperBound(k, n))
		size := rapid.IntRange(-3, 5000).Draw(t, "size")
		finite(t, "power", stat.Below(k, size), stat.Above(k, size), stat.Detectable(size, n))
		finite(t, "sizes", float64(stat.Needed(k, n)), float64(stat.NeededBelow(k, n, true)))
		var c stat.Confidences
		for _, v := range rapid.SliceOf(anything).Draw(t, "confidences") {
			c.Add(v, v > 0.5)
		}
		r := c.Reliability()
		finite(t, "calibration", r.ECE, r.Brier)
	})
}

func TestIntervalsHoldTheShareAndNarrowWithMoreCases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 100_000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		share := float64(k) / float64(n)
		i := stat.Wilson(float64(k), float64(n))
		in(t, "Wilson", i, 0, 1)
		if share < i.Low-1e-12 || share > i.High+1e-12 {
			t.Fatalf("Wilson of %d/%d is %v", k, n, i)
		}
		if twice := stat.Wilson(2*float64(k), 2*float64(n)); twice.High-twice.Low > i.High-i.Low {
			t.Fatalf("Wilson of %d/%d widens with more cases", k, n)
		}
		if mirror := stat.Wilson(float64(n-k), float64(n)); math.Abs(1-mirror.High-i.Low) > 1e-9 {
			t.Fatalf("Wilson of %d/%d: misses do not mirror hits", k, n)
		}
		if b := stat.UpperBound(float64(k), float64(n)); b < share || b > 1 || k < n && stat.UpperBound(float64(k+1), float64(n)) < b {
			t.Fatalf("bound of %d/%d is %v", k, n, b)
		}
	})
}

func TestPairedFiguresAgreeWithEachOther(t *testing.T) {
	count := rapid.IntRange(0, 2000)
	rapid.Check(t, func(t *rapid.T) {
		p := stat.Pairs{Both: count.Draw(t, "both"), First: count.Draw(t, "first"), Second: count.Draw(t, "second"), Neither: count.Draw(t, "neither")}
		i := p.Interval()
		in(t, "interval", i, -1, 1)
		d := p.Difference()
		if p.N() > 0 && (d < i.Low-1e-12 || d > i.High+1e-12) {
			t.Fatalf("%v does not hold %v", i, d)
		}
		if v := p.P(); !(v >= 0 && v <= 1) {
			t.Fatalf("p is %v", v)
		}
		turned := stat.Pairs{Both: p.Both, First: p.Second, Second: p.First, Neither: p.Neither}
		if j := turned.Interval(); math.Abs(i.Low+j.High) > 1e-9 || turned.P() != p.P() {
			t.Fatalf("turned round %v becomes %v", i, j)
		}
	})
}
