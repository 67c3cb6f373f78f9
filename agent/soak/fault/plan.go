package fault

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// Fault is one planned fault.
type Fault struct {
	Kind Kind          `json:"kind"`
	At   time.Duration `json:"at"`  // since the start
	For  time.Duration `json:"for"` // how long it lasts
	// Pick chooses among what the kind may break, and how: the remainder of
	// the number of choices counts.
	Pick uint64 `json:"pick"`
}

// Options bound a plan.
type Options struct {
	Seed   uint64
	During time.Duration // no fault begins before a tenth or lasts beyond it
	Kinds  []Kind
	// Every is the mean time from the beginning of one fault to the next.
	// Defaults to 1.3 s.
	Every time.Duration
	// Longest bounds how long one lasts. Defaults to 4.5 s.
	Longest time.Duration
}

// Plan returns faults in the order in which they begin. The same options give
// the same plan. Each kind comes before any comes a second time, so that a
// long enough run has all of them.
func Plan(o Options) []Fault {
	if o.Every <= 0 {
		o.Every = 1300 * time.Millisecond
	}
	if o.Longest <= 0 {
		o.Longest = 4500 * time.Millisecond
	}
	if len(o.Kinds) == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(o.Seed, 0xfa017))
	var plan []Fault
	var left []Kind
	free := map[string]time.Duration{} // when a part is whole again
	var heavy time.Duration            // when everything works again
	at := o.During / 10
	for {
		at += o.Every/2 + time.Duration(random.Int64N(int64(o.Every)))
		if len(left) == 0 {
			left = slices.Clone(o.Kinds)
			random.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
		}
		// The first one whose part is whole, or will be first.
		kind := slices.MinFunc(left, func(a, b Kind) int {
			return cmp.Compare(max(at, free[a.Part()]), max(at, free[b.Part()]))
		})
		begin := max(at, free[kind.Part()], heavy)
		lasts := o.Longest/8 + time.Duration(random.Int64N(int64(o.Longest*7/8)))
		if begin+lasts > o.During {
			return plan
		}
		left = slices.DeleteFunc(left, func(k Kind) bool { return k == kind })
		plan = append(plan, Fault{Kind: kind, At: begin, For: lasts, Pick: random.Uint64()})
		// A part gets time to recover: what is never whole shows nothing.
		free[kind.Part()] = begin + lasts + o.Longest/5
		if kind.Heavy() {
			heavy = begin + lasts/3
		}
		at = begin
	}
}
