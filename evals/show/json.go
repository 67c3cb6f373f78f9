package show

import (
	"encoding/json"
	"fmt"
	"io"

	"recado/evals/compare"
	"recado/evals/judge"
)

// JSON writes the summary and the comparison for programs, indented:
// {"summary": judge.Summary, "diff": compare.Diff}, each where there is one.
// Without Options.ShowText what patients wrote and what they were answered is
// left out.
func JSON(w io.Writer, r Report, o Options) error {
	var out struct {
		Summary *judge.Summary `json:"summary,omitempty"`
		Diff    *compare.Diff  `json:"diff,omitempty"`
	}
	if r.hasRun() {
		out.Summary = &r.Summary
		if !o.ShowText {
			s := withoutWords(r.Summary)
			out.Summary = &s
		}
	}
	if out.Diff = r.Diff; r.Diff != nil && !o.ShowText {
		d := diffWithoutWords(*r.Diff)
		out.Diff = &d
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write the JSON report: %w", err)
	}
	return nil
}
