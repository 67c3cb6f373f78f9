package run

import (
	"iter"

	"recado/evals/outcome"
)

// Sink takes the outcomes of a run. It is used by one goroutine at a time.
// *outcome.Writer is one.
type Sink interface {
	// Done reports whether an earlier run left the outcome here, and Count how
	// many it left.
	Done(outcome.Key) bool
	Count() int
	// Add takes an outcome, in the order in which they are made.
	Add(outcome.Outcome) error
	// Finish ends a whole run and is given the order of its outcomes; Close
	// ends one that stopped.
	Finish(order iter.Seq2[outcome.Key, error]) error
	Close() error
}

// To is a Sink that hands each outcome on and keeps none.
type To func(outcome.Outcome) error

var _ Sink = To(nil)

// Done implements Sink: nothing is left from an earlier run.
func (To) Done(outcome.Key) bool { return false }

// Count implements Sink.
func (To) Count() int { return 0 }

// Add implements Sink.
func (t To) Add(o outcome.Outcome) error { return t(o) }

// Finish implements Sink.
func (To) Finish(iter.Seq2[outcome.Key, error]) error { return nil }

// Close implements Sink.
func (To) Close() error { return nil }
