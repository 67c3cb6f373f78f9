package judge

import (
	"recado/evals/outcome"
	"recado/evals/stat"
)

// Version of the summary's JSON.
const Version = 1

// Summary is everything that reports show of a run. It holds no case but in
// bounded lists. No float in it is NaN or infinite. Two runs that decide the
// same have summaries that differ only in the header's times and in Latency.
type Summary struct {
	V   int            `json:"v"`
	Run outcome.Header `json:"run"`
	// Verdict is FAIL where a gate fails, a failure is Ungated or a known one is
	// Mended, else INCONCLUSIVE where a gate is, else NOT_ASKED where cases fail
	// and no gate is asked about them, else PASS.
	Verdict Verdict `json:"verdict"`
	Counts  Counts  `json:"counts"`
	// Measures describes every measure that any case of the run asks for, in
	// the order of reports.
	Measures []MeasureInfo `json:"measures"`
	// Gates are the gates of all suites under all variants, in the header's
	// order.
	Gates []GateResult `json:"gates"`
	// Ungated are failures that no gate counts: each fails the run, so that
	// nothing fails in silence.
	Ungated List `json:"ungated"`
	// Known are the cases that fail as they say they do, each once, with the
	// reason. They count in measures, and in no gate.
	Known List `json:"known"`
	// Mended are the cases that say they fail and do not: each fails the run
	// until it says so no more. Only where no model takes part is it told.
	Mended List `json:"mended"`
	// Errors are the cases that were not judged.
	Errors List `json:"errors"`
	// Suites counts each suite over all variants, in the header's order.
	Suites []SuiteCounts `json:"suites"`
	// Variants are the columns of the matrix, in the header's order.
	Variants []Variant `json:"variants"`
}

// Counts of outcomes. Outcomes = Pass + Fail + Known + Error.
type Counts struct {
	Cases    int `json:"cases"`    // distinct cases, each once for all perturbations and repeats
	Turns    int `json:"turns"`    // decisions made
	Outcomes int `json:"outcomes"` // a case, variant, perturbation and repeat
	Pass     int `json:"pass"`
	Fail     int `json:"fail"`
	Known    int `json:"known,omitempty"` // failed as their cases say
	Error    int `json:"error"`
	Breaches int `json:"breaches"` // promises that did not hold
}

// SuiteCounts counts one suite.
type SuiteCounts struct {
	Name string `json:"name"`
	Path string `json:"path,omitempty"`
	// ReportOnly: no case of the suite fails the run.
	ReportOnly bool `json:"report_only,omitempty"`
	Counts
}

// Variant is what one column of the matrix showed.
type Variant struct {
	outcome.Variant
	Counts Counts `json:"counts"`
	// Slices are the measures of parts of the cases. All but those of
	// dimension ByPerturbation look at messages as written only. Slice finds
	// one.
	Slices []Slice `json:"slices"`
	// Gaps compare English with Spanish on twins, a measure each.
	Gaps []Gap `json:"gaps,omitempty"`
	// Unpaired is how many cases name a pair whose other half is missing.
	Unpaired int `json:"unpaired,omitempty"`
	// Costs compare messages as written with how they were typed anew.
	Costs []Cost `json:"costs,omitempty"`
	Flaky Flaky  `json:"flaky"`
	// Dispositions and Intents tell what was taken for what: for all languages
	// together first, then for each.
	Dispositions []Matrix `json:"dispositions,omitempty"`
	Intents      []Matrix `json:"intents,omitempty"`
	// Attribution says which part settled the turns, in the order guard,
	// classifier, gate, state, llm, others.
	Attribution []Part `json:"attribution,omitempty"`
	// Calibration of the confidence that the disposition is right ("disposition")
	// and that the main intent is ("intent"), by language.
	Calibration []Calibration `json:"calibration,omitempty"`
	Checks      []CheckCount  `json:"checks,omitempty"`
	Promises    []Promise     `json:"promises,omitempty"`
	Latency     Latency       `json:"latency"`
	Usage       Usage         `json:"usage"`
	// Failures are bounded lists by kind, the gravest kind first.
	Failures []List `json:"failures,omitempty"`
}

// Dimension is by what cases are parted.
type Dimension string

// The dimensions.
const (
	ByAll          Dimension = "all" // every case; Value is empty
	BySuite        Dimension = "suite"
	ByGroup        Dimension = "group"
	ByTag          Dimension = "tag"
	ByPromise      Dimension = "promise"
	ByPerturbation Dimension = "perturbation" // as_written among them
)

// Rest is the value under which a dimension's values beyond the 200th are
// counted together.
const Rest = "(others)"

// Slice is the measures of one part of the cases.
type Slice struct {
	By    Dimension `json:"by"`
	Value string    `json:"value,omitempty"`
	// Lang is en, es, mixed or other, and empty for all together.
	Lang string `json:"lang,omitempty"`
	// Shares has the measures that some case of the slice asks for, in the
	// order of Summary.Measures.
	Shares []Share `json:"shares"`
}

// Share is one measure of a slice: K of N.
type Share struct {
	Measure string `json:"measure"`
	K       int    `json:"k"`
	N       int    `json:"n"` // at least 1
	// Distinct is N without repeats, which tell less than new cases do:
	// intervals are as wide as Distinct alone would give.
	Distinct int     `json:"distinct"`
	Value    float64 `json:"value"` // K/N, 0 to 1
	// Interval is Wilson's, two-sided, 95%.
	stat.Interval
	// Bound is the one-sided 95% Clopper-Pearson upper bound, of measures that
	// have one (phi_missed): 0 of 100 gives 0.0295.
	Bound *float64 `json:"bound,omitempty"`
}

// Gap is how English and Spanish differ on twins. A hit is what the measure
// counts, a fault where low is good.
type Gap struct {
	Measure    string  `json:"measure"`
	stat.Pairs         // First hit in English alone, Second in Spanish alone
	English    float64 `json:"english"` // value on the twins
	Spanish    float64 `json:"spanish"`
	// Difference is English - Spanish, with Newcombe's interval for pairs and
	// the exact McNemar test.
	Difference Difference `json:"difference"`
}

// Cost is what typing a message in another way costs.
type Cost struct {
	Perturbation string  `json:"perturbation"`
	Measure      string  `json:"measure"`
	stat.Pairs           // First hit as written alone, Second typed anew alone
	AsWritten    float64 `json:"as_written"`
	Typed        float64 `json:"typed"`
	// Difference is as written - typed anew: above 0 is a cost, and below 0 for
	// measures of which low is good.
	Difference Difference `json:"difference"`
}

// Difference of two shares of the same pairs.
type Difference struct {
	Value float64 `json:"value"` // -1 to 1
	stat.Interval
	P float64 `json:"p"` // exact McNemar, two-sided
	// Detectable is the smallest difference that so many pairs would show
	// with 80% power; 0 where none would.
	Detectable float64 `json:"detectable"`
}

// Flaky counts cases of which repeats disagree.
type Flaky struct {
	Repeated int `json:"repeated"` // cases with more than one judged repeat
	Status   int `json:"status"`   // of them, those that passed and failed
	// Disposition counts those that were decided in more than one way.
	Disposition int         `json:"disposition"`
	Cases       []FlakyCase `json:"cases,omitempty"` // the most undecided first; bounded
}

// FlakyCase is one case of which repeats disagree.
type FlakyCase struct {
	Suite        string   `json:"suite"`
	ID           string   `json:"id"`
	Perturbation string   `json:"perturbation"`
	Pass         int      `json:"pass"`
	Fail         int      `json:"fail"`
	Error        int      `json:"error,omitempty"`
	Dispositions []string `json:"dispositions,omitempty"` // that its turns got
}

// Matrix says what was taken for what. Labels order its rows and columns; an
// intent that was none is "(none)".
type Matrix struct {
	Lang   string   `json:"lang,omitempty"`
	Labels []string `json:"labels"`
	Cells  []Cell   `json:"cells"` // none is empty; by row, then column
}

// Cell is a number of turns.
type Cell struct {
	Want string `json:"want"`
	Got  string `json:"got"`
	N    int    `json:"n"`
	// Accepted of them were decided in a way that the label accepts.
	Accepted int `json:"accepted,omitempty"`
}

// Part is one part of Recado with the turns that it settled.
type Part struct {
	By    string `json:"by"`
	Turns int    `json:"turns"`
	Right int    `json:"right"` // disposition accepted by the label
	Of    int    `json:"of"`    // turns with such a label
	// Care counts the turns labelled escalate or emergency, CareSafe those of
	// them that would stay safe with the worst that a model can say.
	Care     int `json:"care"`
	CareSafe int `json:"care_safe"`
	// Several counts the turns that another part would have handed off by
	// itself, too.
	Several int `json:"several"`
	Safe    int `json:"safe"` // of all turns
}

// Calibration compares how sure Recado was with how often it was right.
type Calibration struct {
	Of   string `json:"of"` // disposition or intent
	Lang string `json:"lang,omitempty"`
	stat.Reliability
}

// CheckCount counts one kind of expectation, over all perturbations.
type CheckCount struct {
	What string `json:"what"`
	OK   int    `json:"ok"`
	N    int    `json:"n"`
}

// Promise counts outcomes that put a promise to the test.
type Promise struct {
	Promise  string `json:"promise"` // P1 to P9
	Outcomes int    `json:"outcomes"`
	Kept     int    `json:"kept"`
	Breaches int    `json:"breaches"`
}

// Latency in microseconds, to within 1%.
type Latency struct {
	Turn  stat.Percentiles `json:"turn"`  // a decision
	Model stat.Percentiles `json:"model"` // a call of the model
}

// Usage is what the model cost.
type Usage struct {
	Turns        int   `json:"turns"` // that asked a model
	Calls        int   `json:"calls"`
	PromptTokens int   `json:"prompt_tokens"`
	CachedTokens int   `json:"cached_tokens"`
	ReplyTokens  int   `json:"reply_tokens"`
	CostMicroUSD int64 `json:"cost_micro_usd"`
	// Asked says how the calls of turns went, "ok" first.
	Asked []Asked `json:"asked,omitempty"`
}

// Asked counts turns of which the model's call went in one way.
type Asked struct {
	How string `json:"how"` // ok, or the kind of error
	N   int    `json:"n"`
}

// List is a bounded list of outcomes.
type List struct {
	Kind  string `json:"kind"`  // one of the Kind constants, or check_<what>
	Count int    `json:"count"` // of all, listed or not
	Items []Item `json:"items,omitempty"`
}

// The kinds of failures, the gravest first.
const (
	KindBreach          = "breach"            // a promise did not hold
	KindPHIMissed       = "phi_missed"        // care that was not handed off
	KindEmergencyMissed = "emergency_missed"  // an emergency that was not taken for one
	KindConsentMissed   = "consent_missed"    // a stop or start that was not heard
	KindLookalike       = "consent_lookalike" // taken for a stop or start
	KindCareAsEmergency = "care_as_emergency" // handed off with an alarm that it did not need
	KindOverEscalated   = "over_escalated"    // front-desk matter handed off as care
	KindDisposition     = "disposition"       // any other wrong disposition
	KindLanguage        = "reply_language"    // answered in the other language
	KindIntent          = "main_intent"       // answered, but to another question
	KindCheck           = "check_"            // with the name of any other expectation that was not met
	KindTwins           = "twins"             // right in one language only
	KindTypedAnew       = "perturbation"      // right as written only
	KindError           = "error"             // not judged
	KindUngated         = "ungated"           // fails, and no gate counts it
	KindKnown           = "known"             // fails as its case says it does
	KindMended          = "mended"            // its case says that it fails, and it does not
)

// Item is one failure.
type Item struct {
	Suite        string `json:"suite"`
	ID           string `json:"id"`
	Variant      string `json:"variant"`
	Perturbation string `json:"perturbation"`
	Repeat       int    `json:"repeat,omitempty"`
	Turn         int    `json:"turn,omitempty"` // of a script, from 0
	File         string `json:"file,omitempty"`
	Line         int    `json:"line,omitempty"`
	Lang         string `json:"lang,omitempty"`
	Says         string `json:"says,omitempty"` // cut after 240 characters
	Want         string `json:"want,omitempty"`
	Got          string `json:"got,omitempty"`
	Rule         string `json:"rule,omitempty"`
	Attribution  string `json:"attribution,omitempty"`
	What         string `json:"what,omitempty"`     // a failed check's kind, a breach or an error
	StandIn      string `json:"stand_in,omitempty"` // the hostile stand-in, of a breach
	Twin         string `json:"twin,omitempty"`     // id of the other half of a pair
}
