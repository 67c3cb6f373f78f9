package stat_test

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"recado/evals/stat"
)

func TestCalibrationErrorsAreThoseOfTheirDefinition(t *testing.T) {
	var c stat.Confidences
	// four at 0.95 of which three are right, two at 0.35 of which one is
	for i := range 4 {
		c.Add(0.95, i > 0)
	}
	c.Add(0.35, true)
	c.Add(0.35, false)
	r := c.Reliability()
	near(t, "ECE", r.ECE, (4*0.20+2*0.15)/6, 1e-12)
	near(t, "Brier", r.Brier, (3*0.05*0.05+0.95*0.95+0.65*0.65+0.35*0.35)/6, 1e-12)
	if len(r.Bins) != 2 || r.Bins[0].From != 0.3 || r.Bins[1].N != 4 || r.Bins[1].Right != 3 || r.N != 6 {
		t.Errorf("bins %+v", r.Bins)
	}
	near(t, "accuracy", r.Bins[1].Accuracy, 0.75, 1e-12)
}

func TestCertaintyIsInTheLastBin(t *testing.T) {
	var c stat.Confidences
	c.Add(1, true)
	if r := c.Reliability(); len(r.Bins) != 1 || r.Bins[0].From != 0.9 || r.ECE != 0 || r.Brier != 0 {
		t.Errorf("%+v", r)
	}
}

func TestPercentilesAreWithinOnePercent(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var d stat.Durations
	all := make([]int64, 20_000)
	for i := range all {
		all[i] = int64(math.Exp(rng.NormFloat64()*2 + 8))
		d.Add(all[i])
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	p := d.Percentiles()
	for share, got := range map[float64]int64{0.5: p.P50, 0.9: p.P90, 0.95: p.P95, 0.99: p.P99} {
		want := float64(all[int(share*float64(len(all)))-1])
		near(t, "percentile", float64(got), want, 0.0101*want+1)
	}
	if p.Max != all[len(all)-1] || p.N != len(all) {
		t.Errorf("%+v", p)
	}
}

func TestDurationsNobodyCanHaveMeasuredDoNoHarm(t *testing.T) {
	var d stat.Durations
	for _, v := range []int64{0, -5, math.MaxInt64, math.MinInt64} {
		d.Add(v)
	}
	if p := d.Percentiles(); p.N != 4 || p.P50 != 0 || p.Mean < 0 || p.Max < p.P99 {
		t.Errorf("%+v", p)
	}
}
