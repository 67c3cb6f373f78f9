// Package suite is the format of eval suites: what a case says to Recado and
// what it expects back. A suite is a YAML file or a file of JSON lines; both
// are described by suite.schema.json, and every mistake in one is reported
// with its file and line.
package suite

import "recado/agent"

// Suite is one file. A file of JSON lines holds cases alone: its name is the
// file's, and the rest has its defaults.
type Suite struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	// Clinic is the profile that answers, relative to the suite's file.
	// Defaults to the sample clinic.
	Clinic string `yaml:"clinic"`
	// Book gives every conversation an appointment book of its own, empty when it
	// begins, that has the times of the profile's hours. Defaults to none: visits
	// are booked by the clinic's link or by staff.
	Book bool `yaml:"book"`
	// Now is when the cases happen: 2026-12-03 21:00, in the clinic's zone.
	// Defaults to that, a Thursday evening after the sample clinic has closed.
	Now string `yaml:"now"`
	// Perturb names how messages are typed anew beside the originals.
	Perturb []Perturbation `yaml:"perturb"`
	Gates   []Gate         `yaml:"gates"`
	// ReportOnly suites are there to be read: no case of theirs fails a run.
	ReportOnly bool `yaml:"report_only"`
	// Files are patterns of files of JSON lines, from the suite's folder, whose
	// cases are the suite's too.
	Files []string `yaml:"files"`
	Cases []Case   `yaml:"cases"` // that stand in a YAML file; All goes through those of every form

	File  string `yaml:"-"`
	Count int    `yaml:"-"` // of the cases, in either form
	// Hash names what the file, its Files and its clinic's profile hold.
	Hash string `yaml:"-"`

	place place
	lines []string // files of JSON lines, as place opens them
}

// Gate is what a measure must reach for the suite to pass.
type Gate struct {
	Measure string   `yaml:"measure" json:"measure"` // a name of package judge
	AtLeast *float64 `yaml:"at_least" json:"at_least,omitempty"`
	AtMost  *float64 `yaml:"at_most" json:"at_most,omitempty"`
	// Lang restricts the gate to en, es, mixed or other; all takes them
	// together. Defaults to each of en and es apart.
	Lang string `yaml:"lang" json:"lang,omitempty"`
}

// Case is one message, or a script of several.
type Case struct {
	ID    string `yaml:"id" json:"id"`
	Group string `yaml:"group" json:"group,omitempty"` // where it comes from: front_desk, emergency, ...
	// Lang is en, es, mixed or other. Defaults to ReplyLang, in a script to the
	// first of its steps.
	Lang string   `yaml:"lang" json:"lang,omitempty"`
	Tags []string `yaml:"tags" json:"tags,omitempty"`
	// Promises are the numbers, P1 to P9, that the case shows.
	Promises []string `yaml:"promises" json:"promises,omitempty"`
	// Pair joins an English and a Spanish case that mean the same.
	Pair string `yaml:"pair" json:"pair,omitempty"`
	// Known says why Recado fails the case today. While it does, the case is
	// told apart and counts against no gate; once it does not, the run fails
	// until Known is removed. A broken promise is never excused.
	Known string `yaml:"known" json:"known,omitempty"`
	// Now replaces the suite's time for this case.
	Now string `yaml:"now" json:"now,omitempty"`

	// A single message has Text or Attachment; History is what was said
	// before it and is not judged.
	Text       string          `yaml:"text" json:"text,omitempty"`
	Attachment string          `yaml:"attachment" json:"attachment,omitempty"`
	Channel    agent.Channel   `yaml:"channel" json:"channel,omitempty"` // defaults to web
	History    []agent.Message `yaml:"history" json:"history,omitempty"`
	Expect     `yaml:",inline"`

	// Script is a conversation: each step is one turn. A case has either a
	// message or a script.
	Script []Step `yaml:"script" json:"script,omitempty"`

	File string `yaml:"-" json:"-"`
	Line int    `yaml:"-" json:"-"`
}

// Step is one turn of a script.
type Step struct {
	// After is how long after the step before it this one happens. Defaults
	// to a minute.
	After Duration `yaml:"after" json:"after,omitempty"`
	// Says is the burst of messages that make the turn, Attachment an
	// attachment at its end.
	Says       []string `yaml:"says" json:"says,omitempty"`
	Attachment string   `yaml:"attachment" json:"attachment,omitempty"`
	// Taps is a choice of the last reply, from 1, that is tapped: the turn is
	// that tap. Where the reply had no such choice its number is written.
	Taps *int `yaml:"taps" json:"taps,omitempty"`
	// Taken are choices of the last reply, from 1, whose times somebody else
	// books before this turn. Where a time was kept for a yes that has run out, 1
	// is that time.
	Taken []int `yaml:"taken" json:"taken,omitempty"`
	// Owner is set where a person takes the conversation before this turn, and
	// Release where they hand it back.
	Owner   string `yaml:"owner" json:"owner,omitempty"`
	Release bool   `yaml:"release" json:"release,omitempty"`
	Expect  `yaml:",inline"`
}

// Expect is what must be true of a decision; what is not set is not asked.
type Expect struct {
	// Disposition is the best one; Also holds others that a careful clinic
	// would accept, Not those that would be a fault of their own.
	Disposition agent.Disposition   `yaml:"disposition" json:"disposition,omitempty"`
	Also        []agent.Disposition `yaml:"also" json:"also,omitempty"`
	Not         []agent.Disposition `yaml:"not" json:"not,omitempty"`
	// Intents holds the acceptable main intents, the best first. They are held
	// against the decision where its text depends on them: answers, emergencies
	// and consent. Of messages in many parts AllIntents must all be found.
	Intents    []string `yaml:"intents" json:"intents,omitempty"`
	AllIntents []string `yaml:"all_intents" json:"all_intents,omitempty"`
	// Slots are facts that the reply must be about, by the names of SlotNames.
	Slots     map[string]string `yaml:"slots" json:"slots,omitempty"`
	ReplyLang string            `yaml:"reply_lang" json:"reply_lang,omitempty"` // en or es
	Reply     []string          `yaml:"reply" json:"reply,omitempty"`           // keys of the catalogue, in order
	Replies   *int              `yaml:"replies" json:"replies,omitempty"`       // number of parts
	// Contains, Lacks and Matches look at the text that the patient gets.
	// Matches holds regular expressions of package regexp.
	Contains []string `yaml:"contains" json:"contains,omitempty"`
	Lacks    []string `yaml:"lacks" json:"lacks,omitempty"`
	Matches  []string `yaml:"matches" json:"matches,omitempty"`
	// Consent is stop or start; Staff whether a record for staff is made, and
	// Priority with which priority.
	Consent  agent.ConsentChange `yaml:"consent" json:"consent,omitempty"`
	Staff    *bool               `yaml:"staff" json:"staff,omitempty"`
	Priority agent.Priority      `yaml:"priority" json:"priority,omitempty"`
	// Booking is about the visits that are arranged, in suites with a Book.
	Booking *Booking `yaml:"booking" json:"booking,omitempty"`
	// MaxMillis and MaxTokens bound the turn's time and its model's tokens.
	MaxMillis *int `yaml:"max_ms" json:"max_ms,omitempty"`
	MaxTokens *int `yaml:"max_tokens" json:"max_tokens,omitempty"`
}

// Perturbation changes how a message is typed and not what it means.
type Perturbation string

// The perturbations. Each is generated from a seed and paired with its
// origin.
const (
	AsWritten Perturbation = "as_written"
	NoAccents Perturbation = "no_accents"
	Typos     Perturbation = "typos" // one in about every fifth word
	SMS       Perturbation = "sms"   // common abbreviations, no punctuation, lower case
	// CodeSwitch says some everyday words in the other language, never more
	// than a third of them.
	CodeSwitch Perturbation = "code_switch"
)

// Perturbations lists them all but AsWritten.
func Perturbations() []Perturbation { return []Perturbation{NoAccents, Typos, SMS, CodeSwitch} }
