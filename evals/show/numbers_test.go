package show

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for got, want := range map[string]string{
		percent(0): "0%", percent(1): "100%", percent(0.9999): "99.9%", percent(0.0004): "<0.1%", percent(0.986): "98.6%",
		percents(0.974, 1): "97.4–100%", target(0.98): "98%", target(0.015): "1.5%",
		points(0.017): "+1.7", points(-0.4): "−40.0", points(0.0004): "0.0",
		micros(0): "0", micros(137): "137 µs", micros(1500): "1.5 ms", micros(612_000): "612 ms", micros(2_400_000): "2.4 s", micros(90e6): "1m30s",
		dollars(0): "$0", dollars(210): "$0.00021", dollars(1_234_567): "$1.23",
		count(0): "0", count(999): "999", count(1000): "1,000", count(1_234_567): "1,234,567", count(-1234): "-1,234",
		of(1, "case", "cases"): "1 case", of(2000, "case", "cases"): "2,000 cases",
		pValue(1): "p = 1", pValue(0.0004): "p < 0.001", pValue(0.125): "p = 0.125",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAPartIsNeverWrittenAsNoneOrAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200_000).Draw(t, "n")
		k := rapid.IntRange(1, n-1).Draw(t, "k")
		if s := percent(float64(k) / float64(n)); s == "0%" || s == "100%" || s == "0.0%" || s == "100.0%" {
			t.Fatalf("%d of %d is %s", k, n, s)
		}
	})
}

func TestACellIsExactlyAsWideAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		n := rapid.IntRange(1, 40).Draw(t, "n")
		for _, cell := range []string{fit(s, n), fitRight(s, n)} {
			if got := columns(cell); got != n {
				t.Fatalf("%q in %d columns takes %d: %q", s, n, got, cell)
			}
		}
	})
}

func TestWordsPutTogetherAreTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"we ", "open ", "at ", "8\n", "9 ", " ", "now"})
		a, b := "", ""
		for range rapid.IntRange(0, 12).Draw(t, "a") {
			a += words.Draw(t, "word")
		}
		for range rapid.IntRange(0, 12).Draw(t, "b") {
			b += words.Draw(t, "word")
		}
		inA, inB := changedWords(a, b)
		text := func(all []change, common bool) string {
			s := ""
			for _, c := range all {
				if !common || !c.Only {
					s += c.Text
				}
			}
			return s
		}
		if text(inA, false) != a || text(inB, false) != b {
			t.Fatalf("%q and %q became %v and %v", a, b, inA, inB)
		}
		if text(inA, true) != text(inB, true) {
			t.Fatalf("what %q and %q have in common differs: %v and %v", a, b, inA, inB)
		}
	})
}

func TestAPlotHoldsItsIntervalAndReachesTheGoodEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(0, 1).Draw(t, "low")
		high := rapid.Float64Range(low, 1).Draw(t, "high")
		lowIsGood := rapid.Bool().Draw(t, "low is good")
		s := spanOf(lowIsGood, low, high)
		if s.from > low || s.to < high || s.from < 0 || s.to > 1 {
			t.Fatalf("%v to %v is shown from %v to %v", low, high, s.from, s.to)
		}
		if lowIsGood && s.from != 0 || !lowIsGood && s.to != 1 {
			t.Fatalf("the good end is missing: %v to %v", s.from, s.to)
		}
	})
}
