package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"recado/agent/soak/fault"
)

// Class says which promise was broken.
type Class string

// The classes.
const (
	Lost      Class = "lost"      // a message without an outcome, a reply or a notice that did not arrive
	Doubled   Class = "doubled"   // an outcome, a reply or a notice twice
	Reordered Class = "reordered" // not in the order in which it was written
	Late      Class = "late"      // an emergency that was not answered in time
	Stopless  Class = "opt-out"   // a message after an opt-out was confirmed
	Broken    Class = "broken"    // anything else that must not be: a panic, a run that does not come to rest
)

// Classes returns all of them, in the order of the report.
func Classes() []Class { return []Class{Lost, Doubled, Reordered, Late, Stopless, Broken} }

// Violation is a promise that was not kept.
type Violation struct {
	Class Class  `json:"class"`
	What  string `json:"what"`
	// Of is the conversation or the patient.
	Of string `json:"of,omitempty"`
	// From and To are when it came about.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Faults are what was broken around that time.
	Faults []fault.Kind `json:"faults"`
}

// String is the violation as a line.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s (%s; around: %v)", v.Class, v.What, v.Of, v.Faults)
}

// grace is how long after a fault its effects may still show: leases and the
// server's patience run out.
const grace = 6 * time.Second

// around are the kinds of fault that were active in a time or shortly before
// it, each once.
func around(faults []Active, from, to time.Time) []fault.Kind {
	var kinds []fault.Kind
	for _, f := range faults {
		if f.From.Before(to) && f.To.Add(grace).After(from) && !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	slices.SortFunc(kinds, func(a, b fault.Kind) int { return cmp.Compare(a, b) })
	return kinds
}
