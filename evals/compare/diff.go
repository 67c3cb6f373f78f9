// Package compare holds two runs against each other, case by case, and a run
// against a baseline that was committed.
package compare

import (
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/stat"
)

// Version of the diff's JSON.
const Version = 1

// Diff is what changed from run A (before) to run B (after).
type Diff struct {
	V int  `json:"v"`
	A Side `json:"a"`
	B Side `json:"b"`
	// Baseline: A is a committed baseline, which knows dispositions and
	// statuses only.
	Baseline bool          `json:"baseline,omitempty"`
	Variants []VariantDiff `json:"variants"`
	// OnlyA and OnlyB are variants without a counterpart.
	OnlyA []string `json:"only_a,omitempty"`
	OnlyB []string `json:"only_b,omitempty"`
}

// Broken is how many cases passed before and fail now, over all variants.
func (d Diff) Broken() int {
	n := 0
	for _, v := range d.Variants {
		n += v.Broken.Count
	}
	return n
}

// Side is one run.
type Side struct {
	Name string         `json:"name"` // usually its file
	Run  outcome.Header `json:"run"`
}

// VariantDiff is the difference of one variant.
type VariantDiff struct {
	A string `json:"a"` // names of the variants
	B string `json:"b"`
	// Status pairs the cases that both runs judged and whose words and
	// expectations are the same: First passes in A alone (broken), Second in B
	// alone (mended). A case passes where most of its repeats do. All
	// perturbations count.
	Status stat.Pairs `json:"status"`
	// Difference is the pass rate of B - A.
	Difference judge.Difference `json:"difference"`
	Measures   []MeasureDiff    `json:"measures,omitempty"`

	Broken  CaseList `json:"broken"`  // passed, fails now
	Mended  CaseList `json:"mended"`  // failed, passes now
	Changed CaseList `json:"changed"` // as good or bad as before, but decided in another way
	// Texts are cases that were decided alike and say other words to the
	// patient.
	Texts CaseList `json:"texts"`
	// Edited are cases whose words or expectations are not the same, which are
	// compared with nothing.
	Edited CaseList `json:"edited"`
	// New are only in B, Removed only in A. Neither is told where the other run
	// was of chosen cases only, or was interrupted.
	New      CaseList `json:"new"`
	Removed  CaseList `json:"removed"`
	Unjudged CaseList `json:"unjudged"` // ended in an error in A or B
}

// MeasureDiff is the difference of one measure, on the cases that both runs
// judged, as written.
type MeasureDiff struct {
	Measure    string  `json:"measure"`
	Lang       string  `json:"lang,omitempty"` // empty for all together
	stat.Pairs         // First hit in A alone, Second in B alone
	A          float64 `json:"a"`
	B          float64 `json:"b"`
	// Difference is B - A.
	Difference judge.Difference `json:"difference"`
	// Adjusted is P corrected for asking so many measures (Holm).
	Adjusted  float64 `json:"adjusted"`
	LowIsGood bool    `json:"low_is_good,omitempty"`
	Change    Change  `json:"change"`
}

// Change says what a difference means for patients.
type Change string

// The changes. Better and Worse are shown by the test at 5% after
// correction; Likely ones are a difference that chance may have made.
const (
	Same         Change = "same"
	Better       Change = "better"
	Worse        Change = "worse"
	LikelyBetter Change = "likely_better"
	LikelyWorse  Change = "likely_worse"
)

// CaseList is a bounded list in the order of B (Removed: of A).
type CaseList struct {
	Count int        `json:"count"` // of all, listed or not
	Cases []CaseDiff `json:"cases,omitempty"`
}

// CaseDiff is one case in both runs. A is nil for new cases, B for removed
// ones. Of repeats the first that shows what most do is taken.
type CaseDiff struct {
	Suite        string `json:"suite"`
	ID           string `json:"id"`
	Perturbation string `json:"perturbation"`
	Group        string `json:"group,omitempty"`
	Lang         string `json:"lang,omitempty"`
	File         string `json:"file,omitempty"`
	Line         int    `json:"line,omitempty"`
	// Care: a turn of the case is labelled escalate or emergency.
	Care bool `json:"care,omitempty"`
	// Flaky: its repeats disagree in A or in B, so that the change may be
	// chance.
	Flaky bool      `json:"flaky,omitempty"`
	A     *CaseSide `json:"a,omitempty"`
	B     *CaseSide `json:"b,omitempty"`
}

// CaseSide is what a run made of a case. Of a baseline only Status, Pass, Of
// and the turns' dispositions are known.
type CaseSide struct {
	Status outcome.Status `json:"status"` // of most repeats
	Pass   int            `json:"pass"`   // repeats that passed
	Of     int            `json:"of"`     // repeats
	Error  string         `json:"error,omitempty"`
	Turns  []TurnSide     `json:"turns,omitempty"`
}

// TurnSide is one turn of it.
type TurnSide struct {
	Says        []string        `json:"says,omitempty"`
	Attachment  string          `json:"attachment,omitempty"`
	Want        string          `json:"want,omitempty"` // disposition of the label
	Disposition string          `json:"disposition"`
	Rule        string          `json:"rule,omitempty"`
	Intents     []string        `json:"intents,omitempty"`
	ReplyLang   string          `json:"reply_lang,omitempty"`
	Reply       []string        `json:"reply,omitempty"`
	Text        string          `json:"text,omitempty"`
	Attribution string          `json:"attribution,omitempty"`
	Failed      []outcome.Check `json:"failed,omitempty"`
}
