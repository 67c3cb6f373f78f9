package intents

import (
	"math/rand/v2"
	"testing"
)

func TestPackedWeightsAddUpBitForBit(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 4))
	for _, k := range []int{1, 7, 8, 9, 42, 64, 65} {
		weights := make([]int8, Buckets*k)
		for i := range weights {
			weights[i] = int8(rng.IntN(256) - 128)
		}
		p := pack(weights, k)
		var fs features
		for group := range fs {
			for range rng.IntN(200) {
				fs[group] = append(fs[group], bucket(rng.IntN(Buckets)))
			}
		}
		want := make([]float32, k)
		for group, buckets := range fs {
			for _, b := range buckets {
				for c := range want {
					product := fs.value(group) * float32(weights[int(b)*k+c])
					want[c] += product
					if p.at(b, c) != weights[int(b)*k+c] {
						t.Fatalf("%d columns: weight %d of feature %d is lost", k, c, b)
					}
				}
			}
		}
		var a adder
		for range 2 { // the second time in used memory
			got := a.sum(&p, &fs)
			for c := range want {
				if got[c] != want[c] {
					t.Fatalf("%d columns: sum %d is %v, want %v", k, c, got[c], want[c])
				}
			}
		}
	}
}
