// Package show writes what a run found: for a terminal, as JSON, as JUnit XML,
// as Markdown for a pull request, and as one HTML file that needs nothing
// beside it. The same input gives the same bytes.
//
// Suites may hold real people's words, so that no report quotes a message
// unless Options.ShowText is set. What an outcome says is never trusted: it is
// escaped in HTML, XML and Markdown, and control characters never reach a
// terminal.
package show

import (
	"iter"

	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
)

// Report is what there is to show.
type Report struct {
	// Summary of the run. With V 0 there is none, and only Diff is shown.
	Summary judge.Summary
	// Outcomes ranges over the run's records in the order of its file, from
	// the start each time. JUnit ranges twice, HTML once, the others not at
	// all. Defaults to none.
	Outcomes iter.Seq2[outcome.Outcome, error]
	// Diff holds an earlier run against this one. Defaults to none.
	Diff *compare.Diff
}

// Options change how a report looks.
type Options struct {
	// ShowText quotes messages, replies and what text checks wanted and got:
	// right for suites that were made up, such as the shipped ones. Defaults
	// to false, which leaves them out.
	ShowText bool
	// Colour marks the terminal report with colours; see Colourful. Defaults
	// to none.
	Colour bool
	// Width of the terminal report in columns. Defaults to 100.
	Width int
	// Listed is how many cases of a kind the terminal and Markdown reports
	// list. Defaults to 10.
	Listed int
	// MaxCases is how many cases the HTML page holds, failures first; it says
	// how many it leaves out. Defaults to 400.
	MaxCases int
	// Bytes bounds the Markdown report. Defaults to 60,000, which a comment on
	// GitHub (65,536 characters) still takes.
	Bytes int
}

func (o Options) filled() Options {
	if o.Width <= 0 {
		o.Width = 100
	}
	if o.Listed <= 0 {
		o.Listed = 10
	}
	if o.MaxCases <= 0 {
		o.MaxCases = 400
	}
	if o.Bytes <= 0 {
		o.Bytes = 60_000
	}
	return o
}

// hasRun reports whether there is a run to show, not a comparison alone.
func (r Report) hasRun() bool { return r.Summary.V != 0 }

// outcomes is Outcomes, or nothing.
func (r Report) outcomes() iter.Seq2[outcome.Outcome, error] {
	if r.Outcomes == nil {
		return func(func(outcome.Outcome, error) bool) {}
	}
	return r.Outcomes
}
