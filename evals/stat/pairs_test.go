package stat_test

import (
	"testing"

	"recado/evals/stat"
)

// binom.test of R gives the same; 86 and 150 are Agresti's ratings of a prime
// minister, of which exact2x2::mcnemar.exact says 3.716e-05.
func TestMcNemarIsExact(t *testing.T) {
	for _, c := range []struct {
		first, second int
		p             float64
	}{
		{0, 0, 1}, {3, 3, 1}, {4, 3, 1}, {0, 1, 1}, {0, 5, 0.0625}, {6, 0, 0.03125}, {1, 5, 0.21875},
		{10, 2, 0.03857421875}, {12, 40, 0.0001275387838557407}, {86, 150, 3.715936139571442e-05},
		{411, 300, 3.578482914601176e-05}, {640, 500, 3.7616829498599596e-05},
	} {
		near(t, "p", stat.McNemar(c.first, c.second), c.p, 1e-12)
		near(t, "p the other way round", stat.McNemar(c.second, c.first), c.p, 1e-12)
	}
}

// Fagerland, Lydersen, Laake, Statistical Analysis of Contingency Tables (airway
// hyper-responsiveness before and after transplantation), and Altman,
// Statistics with Confidence, table 6.2.
func TestIntervalsOfPairedDifferencesAreThePublishedOnes(t *testing.T) {
	for _, c := range []struct {
		pairs     stat.Pairs
		low, high float64
	}{
		{stat.Pairs{Both: 1, First: 1, Second: 7, Neither: 12}, -0.507, -0.026},
		{stat.Pairs{Both: 14, First: 5, Second: 0, Neither: 22}, 0.011, 0.226},
	} {
		i := c.pairs.Interval()
		near(t, "low", i.Low, c.low, 6e-4)
		near(t, "high", i.High, c.high, 6e-4)
	}
}

// Newcombe, Interval estimation for the difference between independent
// proportions, Statistics in Medicine 17 (1998), method 10.
func TestIntervalsOfUnpairedDifferencesAreThePublishedOnes(t *testing.T) {
	for _, c := range []struct{ k1, n1, k2, n2, low, high float64 }{
		{56, 70, 48, 80, .0524, .3339},
		{9, 10, 3, 10, .1705, .8090},
		{5, 56, 0, 29, -.0381, .1926},
		{10, 10, 0, 20, .6791, 1},
	} {
		i := stat.Difference(c.k1, c.n1, c.k2, c.n2)
		near(t, "low", i.Low, c.low, 5e-5)
		near(t, "high", i.High, c.high, 5e-5)
	}
}

func TestPairsCountWhichHalfHit(t *testing.T) {
	var p stat.Pairs
	for _, hit := range [][2]bool{{true, true}, {true, false}, {true, false}, {false, true}, {false, false}} {
		p.Add(hit[0], hit[1])
	}
	if p != (stat.Pairs{Both: 1, First: 2, Second: 1, Neither: 1}) {
		t.Fatalf("counted %+v", p)
	}
	first, second := p.Shares()
	near(t, "first", first, 0.6, 1e-15)
	near(t, "second", second, 0.4, 1e-15)
	near(t, "difference", p.Difference(), 0.2, 1e-15)
}

// p.adjust(c(.01, .04, .03, .005), "holm") of R.
func TestHolmCorrectsForManyQuestions(t *testing.T) {
	want := []float64{0.03, 0.06, 0.06, 0.02}
	for i, p := range stat.Holm([]float64{.01, .04, .03, .005}) {
		near(t, "adjusted p", p, want[i], 1e-12)
	}
}
