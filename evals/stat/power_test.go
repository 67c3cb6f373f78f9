package stat_test

import (
	"math/rand/v2"
	"testing"

	"recado/evals/stat"
)

func TestASetOfEnoughCasesShowsTheTarget(t *testing.T) {
	// the rule of thumb: n hits of n show 1 - z²/(n+z²)
	n := stat.Needed(1, 0.98)
	if stat.Wilson(float64(n), float64(n)).Low < 0.98 || stat.Wilson(float64(n-1), float64(n-1)).Low >= 0.98 {
		t.Errorf("%d cases without a miss are said to show 98%%", n)
	}
	if n != 189 {
		t.Errorf("98%% needs %d cases without a miss, want 189", n)
	}
	if n := stat.NeededBelow(0, 0.03, true); n != 99 {
		t.Errorf("at most 3%% needs %d cases without a miss, want 99", n)
	}
	if n := stat.Needed(0.97, 0.98); n != 0 {
		t.Errorf("a share below the target shows it with %d cases", n)
	}
}

// The promise of Below is put to the test by drawing sets.
func TestTheSmallestShownShortfallShowsWithEightyPercentPower(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		target float64
		n      int
	}{{0.98, 200}, {0.9, 100}, {0.5, 60}} {
		below := stat.Below(c.target, c.n)
		if below <= 0 {
			t.Errorf("%d cases show no shortfall of %v", c.n, c.target)
			continue
		}
		shown, draws := 0, 4000
		for range draws {
			hits := 0
			for range c.n {
				if rng.Float64() < c.target-below {
					hits++
				}
			}
			if stat.Wilson(float64(hits), float64(c.n)).High < c.target {
				shown++
			}
		}
		near(t, "power", float64(shown)/float64(draws), 0.8, 0.02)
		near(t, "the mirrored distance", stat.Above(1-c.target, c.n), below, 1e-9)
	}
	if d := stat.Below(0.5, 1); d != 0 {
		t.Errorf("one case is said to show a shortfall of %v", d)
	}
}

func TestTheSmallestShownDifferenceOfPairsShowsWithEightyPercentPower(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		n     int
		noise float64
	}{{50, 0}, {400, 0}, {200, 0.1}, {400, 0.2}} {
		d := stat.Detectable(c.n, c.noise)
		psi := max(c.noise, d)
		first := (psi + d) / 2
		shown, draws := 0, 4000
		for range draws {
			var p stat.Pairs
			for range c.n {
				switch v := rng.Float64(); {
				case v < first:
					p.First++
				case v < psi:
					p.Second++
				default:
					p.Both++
				}
			}
			if p.P() < 0.05 {
				shown++
			}
		}
		// the exact test is a little stricter than the approximation
		if power := float64(shown) / float64(draws); power < 0.7 || power > 0.92 {
			t.Errorf("%d pairs with noise %v show %.3f with power %.3f", c.n, c.noise, d, power)
		}
	}
	if d := stat.Detectable(5, 0); d != 0 {
		t.Errorf("five pairs are said to show %v", d)
	}
}
