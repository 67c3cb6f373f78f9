package intents

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestNoiseIsWhatASentenceStandsAndAlwaysTheSame(t *testing.T) {
	const text = "necesito una cita con la doctora para mañana por favor, what time do you open"
	changed := 0
	for seed := range uint64(200) {
		got := noisy(text, rand.New(rand.NewPCG(seed, 1)))
		if again := noisy(text, rand.New(rand.NewPCG(seed, 1))); again != got {
			t.Fatalf("seed %d gave %q and %q", seed, got, again)
		}
		if got != text {
			changed++
		}
		if n := len([]rune(text)); len([]rune(got)) < n-16 || len([]rune(got)) > n+16 {
			t.Errorf("little is left of it: %q", got)
		}
	}
	if changed < 150 {
		t.Errorf("%d of 200 have a slip in them", changed)
	}
	for _, short := range []string{"", "a", "si", "ok"} {
		for seed := range uint64(50) {
			if got := noisy(short, rand.New(rand.NewPCG(seed, 1))); strings.TrimSpace(got) != short {
				t.Errorf("%q became %q", short, got)
			}
		}
	}
}
