// Package outcome is what a run leaves behind: a header and one record a
// case, variant, perturbation and repeat, as JSON lines in a fixed order, so
// that two runs of the same things differ only in their times.
package outcome

import (
	"time"

	"recado/agent"
	"recado/evals/suite"
)

// Version of the records.
const Version = 1

// Header is the first line of a run's file.
type Header struct {
	V       int       `json:"v"`
	Started time.Time `json:"started,omitzero"`
	Recado  string    `json:"recado"` // version of the binary
	// Build names the binary itself, so that a run goes on with the one that
	// began it. Empty where nothing is resumed.
	Build string `json:"build,omitempty"`
	// Model is the hash of the local model's sources, Rules that of the guard
	// rules and texts: runs with the same ones are comparable case by case.
	Model    string    `json:"model"`
	Rules    string    `json:"rules"`
	Seed     uint64    `json:"seed"`
	Suites   []File    `json:"suites"`
	Variants []Variant `json:"variants"`
	// Repeat is how often each case is put to a model.
	Repeat int `json:"repeat,omitempty"`
	// Chosen says which cases of the suites were run, where not all were: the
	// filters, or what only failing ones were taken from.
	Chosen []string `json:"chosen,omitempty"`
	// Outcomes is how many the whole run has; a file with fewer was interrupted.
	Outcomes int `json:"outcomes"`
}

// File is a suite that was run, with a hash of what it held.
type File struct {
	Name  string       `json:"name"`
	Path  string       `json:"path"`
	Hash  string       `json:"hash"`
	Gates []suite.Gate `json:"gates,omitempty"`
	// ReportOnly: no case of the suite fails the run.
	ReportOnly bool `json:"report_only,omitempty"`
}

// Mode says which parts decide.
type Mode string

// The modes.
const (
	Guard Mode = "guard" // rules alone, without classifier and model
	Local Mode = "local" // rules and classifier, as with no model configured
	LLM   Mode = "llm"   // a model takes part
	// Adversarial lets each hostile stand-in take the model's part. An outcome
	// tells the decisions under the stand-in that made the worst of the case,
	// and the breaches under all of them; it fails by breaches alone.
	Adversarial Mode = "adversarial"
)

// Variant is one column of the matrix.
type Variant struct {
	Name   string `json:"name"` // unique in the run
	Mode   Mode   `json:"mode"`
	Model  string `json:"model,omitempty"`
	Prompt string `json:"prompt,omitempty"` // version or folder
	Policy string `json:"policy,omitempty"` // masked or covered
}

// Status of an outcome.
type Status string

// The statuses. ERROR is not FAIL: the case was not judged. KNOWN is a FAIL of
// which the case says that it is to be expected today.
const (
	Pass  Status = "PASS"
	Fail  Status = "FAIL"
	Known Status = "KNOWN"
	Error Status = "ERROR"
)

// Outcome is one case under one variant, perturbation and repeat. A case that
// a perturbation leaves as it is has no outcome of that perturbation.
type Outcome struct {
	Suite        string             `json:"suite"`
	ID           string             `json:"id"`
	Variant      string             `json:"variant"`
	Perturbation suite.Perturbation `json:"perturbation"`
	Repeat       int                `json:"repeat"` // from 0

	Status Status `json:"status"`
	// Error says why the case could not be judged.
	Error string `json:"error,omitempty"`
	// Case holds the labels, so that a run can be judged and shown without its
	// suites.
	Case  Labels `json:"case"`
	Turns []Turn `json:"turns,omitempty"` // one; a script has one a step
	// StandIn is the kind of the stand-in that Turns were decided with, in
	// adversarial mode.
	StandIn string `json:"stand_in,omitempty"`
	// Breaches are promises that did not hold, in adversarial mode.
	Breaches []Breach `json:"breaches,omitempty"`
}

// Labels is what is kept of a case.
type Labels struct {
	Group    string   `json:"group,omitempty"`
	Lang     string   `json:"lang,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Promises []string `json:"promises,omitempty"`
	Pair     string   `json:"pair,omitempty"`
	Known    string   `json:"known,omitempty"` // why the case is to be expected to fail
	File     string   `json:"file"`
	Line     int      `json:"line"`
}

// Breach is a promise that did not hold.
type Breach struct {
	Promise string `json:"promise"`
	StandIn string `json:"stand_in"` // kind of the stand-in that it did not hold under
	What    string `json:"what"`
}

// Turn is one decision with what was expected of it.
type Turn struct {
	Says       []string     `json:"says,omitempty"` // as it was typed, perturbed
	Attachment string       `json:"attachment,omitempty"`
	Expect     suite.Expect `json:"expect"`
	Checks     []Check      `json:"checks"`

	Disposition agent.Disposition   `json:"disposition"`
	Rule        string              `json:"rule"`
	Language    string              `json:"language"`
	ReplyLang   string              `json:"reply_lang"`
	Intents     []agent.Intent      `json:"intents,omitempty"`
	Risk        int                 `json:"risk"`
	Signals     []Signal            `json:"signals,omitempty"`
	Reply       []string            `json:"reply,omitempty"` // keys
	Text        string              `json:"text,omitempty"`
	Consent     agent.ConsentChange `json:"consent,omitempty"`
	Priority    agent.Priority      `json:"priority,omitempty"` // of the record for staff, empty for none
	Confidence  float64             `json:"confidence"`         // that the disposition is right, 0 to 1
	Attribution Attribution         `json:"attribution"`
	// Agrees holds the other parts that would have taken a sensitive turn for
	// one by themselves.
	Agrees        []Attribution `json:"agrees,omitempty"`
	SafeIfLLMErrs bool          `json:"safe_if_llm_errs"` // the worst a model could say would still be safe
	Prompt        string        `json:"prompt,omitempty"` // hash

	// Asked is how a call of the model went: ok, or the kind of its error. It
	// is empty where none was asked.
	Asked string `json:"asked,omitempty"`

	// Micros and Usage.LatencyMicros differ from run to run.
	Micros int64 `json:"micros,omitempty"`
	Usage  Usage `json:"usage,omitzero"`
}

// Signal is a guard's signal without words.
type Signal struct {
	Rule     string `json:"rule"`
	Category string `json:"category"`
	Span     [2]int `json:"span"`
}

// Attribution says which part settled the disposition.
type Attribution string

// The parts.
const (
	ByGuard      Attribution = "guard"
	ByClassifier Attribution = "classifier"
	ByGate       Attribution = "gate" // an answer was not earned
	ByState      Attribution = "state"
	ByLLM        Attribution = "llm"
)

// Usage is what the model cost.
type Usage struct {
	Calls         int     `json:"calls,omitempty"`
	PromptTokens  int     `json:"prompt_tokens,omitempty"`
	CachedTokens  int     `json:"cached_tokens,omitempty"`
	ReplyTokens   int     `json:"reply_tokens,omitempty"`
	CostMicroUSD  int64   `json:"cost_micro_usd,omitempty"`
	LatencyMicros []int64 `json:"latency_micros,omitempty"`
}

// Check is one expectation with what was found.
type Check struct {
	What string `json:"what"` // the expectation's name in suites; promises in adversarial mode
	Want string `json:"want"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}
