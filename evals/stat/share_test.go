package stat_test

import (
	"math"
	"testing"

	"recado/evals/stat"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %.10g, want %.10g", what, got, want)
	}
}

// Newcombe, Two-sided confidence intervals for the single
// proportion, Statistics in Medicine 17 (1998): the score interval without
// continuity correction.
func TestIntervalsOfSharesAreThePublishedOnes(t *testing.T) {
	for _, c := range []struct {
		k, n float64
		want stat.Interval
	}{
		{81, 263, stat.Interval{Low: .2553, High: .3662}},
		{15, 148, stat.Interval{Low: .0624, High: .1605}},
		{0, 20, stat.Interval{Low: 0, High: .1611}},
		{1, 29, stat.Interval{Low: .0061, High: .1718}},
	} {
		i := stat.Wilson(c.k, c.n)
		near(t, "low", i.Low, c.want.Low, 5e-5)
		near(t, "high", i.High, c.want.High, 5e-5)
	}
}

// Sums of binomial terms in 60 digits.
func TestExactBoundsAgreeWithSumsOfBinomialTerms(t *testing.T) {
	for _, c := range []struct{ k, n, bound float64 }{
		{0, 1, 0.95}, {0, 59, 0.049507609888226944}, {0, 100, 0.029513049607039935}, {1, 100, 0.04655981145353895},
		{3, 250, 0.0307208641453662}, {12, 400, 0.04815392102222603}, {5, 5, 1}, {0, 0, 1},
	} {
		near(t, "one-sided bound", stat.UpperBound(c.k, c.n), c.bound, 1e-12)
	}
}

func TestAnEmptySetTellsNothing(t *testing.T) {
	if i := stat.Wilson(0, 0); i != (stat.Interval{Low: 0, High: 1}) {
		t.Errorf("Wilson of nothing is %v", i)
	}
}

func TestEndsAreExactWhereNothingOrEverythingHit(t *testing.T) {
	for n := 1.0; n < 3000; n++ {
		if i := stat.Wilson(0, n); i.Low != 0 {
			t.Fatalf("0 of %v is at least %g", n, i.Low)
		}
		if i := stat.Wilson(n, n); i.High != 1 {
			t.Fatalf("%v of %v is at most %g", n, n, i.High)
		}
	}
}
