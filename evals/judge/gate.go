package judge

import "recado/evals/stat"

// Verdict is what a gate says.
type Verdict string

// The verdicts.
//
// A gate is a fixed question to a fixed set, so whether it is red depends on
// the value alone, which is the same every time: FAIL means that the value
// misses the target. Whether green means anything depends on the interval:
// PASS means that the value reaches the target and so does the whole 95%
// interval; where the value reaches it and the interval's bound does not, the
// set is too small to tell, and the gate is INCONCLUSIVE, which is no failure
// but under a strict run.
//
// A target that leaves no room (at least 1, at most 0) is an invariant: no set
// of any size could show it, so the gate holds for the cases at hand.
const (
	Pass         Verdict = "PASS"
	Fail         Verdict = "FAIL"
	Inconclusive Verdict = "INCONCLUSIVE"
	// NotAsked is a gate that means nothing in the variant's mode: how much
	// the front desk answers is no question to rules alone.
	NotAsked Verdict = "NOT_ASKED"
)

// GateResult is what one gate of a suite says of one variant in one language.
type GateResult struct {
	Suite   string `json:"suite"`
	Variant string `json:"variant"`
	Measure string `json:"measure"`
	Title   string `json:"title"`
	// Lang is en, es, mixed or other, and empty for all together.
	Lang    string  `json:"lang,omitempty"`
	AtMost  bool    `json:"at_most"` // the target is an upper limit
	Target  float64 `json:"target"`
	Verdict Verdict `json:"verdict"`
	// Reason says in a sentence why the verdict is not PASS.
	Reason string `json:"reason,omitempty"`
	// Safety gates guard patients: a run that fails one cannot be blessed.
	Safety bool `json:"safety,omitempty"`
	// Invariant: the target leaves no room, and every case counts.
	Invariant bool `json:"invariant,omitempty"`

	// Share gates have K of N; gap and cost gates have Pairs.
	K     int         `json:"k"`
	N     int         `json:"n"`
	Pairs *stat.Pairs `json:"pairs,omitempty"`
	// Value is what is held against the target: a share, or for gap_ and cost_
	// measures the size of the difference (a gap counts in both directions, a
	// cost in one).
	Value float64 `json:"value"`
	stat.Interval
	// Bound is the end of the interval that must reach the target: the one-sided
	// Clopper-Pearson bound for phi_missed, else that of Interval.
	Bound float64  `json:"bound"`
	P     *float64 `json:"p,omitempty"` // McNemar, of gap and cost gates
	// Certain says that the interval agrees with the verdict: a PASS always is,
	// a FAIL is where the whole interval misses the target.
	Certain bool `json:"certain"`
	// Detectable is the smallest difference that the set can show: how far
	// behind the target the truth must lie for the whole interval to miss it
	// with 80% power. 0 where no difference could be shown.
	Detectable float64 `json:"detectable"`
	// Needs is how many cases would show the target at the present value; 0
	// where the gate passes or no number would.
	Needs int `json:"needs,omitempty"`
	// Known is how many tries of cases that are known to fail are left out of K
	// and N. Pairs are without them, too.
	Known int `json:"known,omitempty"`
	// Unjudged is how many cases of the gate ended in an error. A gate that
	// would fail if they were misses does not PASS.
	Unjudged int `json:"unjudged,omitempty"`
}
