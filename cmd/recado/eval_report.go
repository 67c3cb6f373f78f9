package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/show"
)

// evalReport is a report to write.
type evalReport struct {
	kind, file string
	write      func(io.Writer, show.Report, show.Options) error
}

var reportKinds = map[string]func(io.Writer, show.Report, show.Options) error{
	"json": show.JSON, "junit": show.JUnit, "md": show.Markdown, "html": show.HTML,
}

func parseReports(all []string) ([]evalReport, error) {
	var out []evalReport
	for _, r := range all {
		kind, file, ok := strings.Cut(r, "=")
		write := reportKinds[kind]
		if !ok || file == "" || write == nil {
			return nil, fmt.Errorf("--report %q: write json=FILE, junit=FILE, md=FILE or html=FILE", r)
		}
		out = append(out, evalReport{kind, file, write})
	}
	return out, nil
}

// report judges the run's file and shows it.
func (c evalRunCommand) report(std streams, path string, reports []evalReport, text bool) error {
	in, err := outcome.Open(path)
	if err != nil {
		return err
	}
	summary, err := judged(in, judge.Options{Listed: max(c.List, leastListed)})
	if err != nil {
		return err
	}
	name := c.Out
	if name == "" {
		name = "this run"
	}
	r := show.Report{Summary: summary, Outcomes: in.All()}
	if c.Against != "" {
		d, err := compared(c.Against, compare.Run{Name: relative(name), Header: in.Header, Outcomes: in.All()}, compare.Options{})
		if err != nil {
			return exit{2, err}
		}
		r.Diff = &d
	}
	if err := showReport(std, reports, r, show.Options{ShowText: text, Listed: c.List}); err != nil {
		return err
	}
	if code := summary.Exit(c.Strict); code != 0 {
		return exit{code, errors.New(verdictOf(summary, code))}
	}
	return nil
}

// leastListed is how many failures of a kind the JSON report lists at least.
const leastListed = 50

// judged adds up a run.
func judged(in *outcome.Reader, o judge.Options) (judge.Summary, error) {
	j := judge.New(in.Header, o)
	for o, err := range in.All() {
		if err != nil {
			return judge.Summary{}, err
		}
		j.Add(o)
	}
	return j.Summary(), nil
}

// compared holds a run against an earlier one, or against the baselines of a
// folder.
func compared(before string, after compare.Run, o compare.Options) (compare.Diff, error) {
	info, err := os.Stat(before)
	if err != nil {
		return compare.Diff{}, fmt.Errorf("nothing to compare with: %w", err)
	}
	if info.IsDir() {
		baselines, err := compare.LoadBaselines(os.DirFS(before))
		if err != nil {
			return compare.Diff{}, err
		}
		if len(baselines) == 0 {
			return compare.Diff{}, fmt.Errorf("%s holds no baseline: recado eval bless makes one", relative(before))
		}
		return compare.Against(baselines, after, o)
	}
	in, err := outcome.Open(before)
	if err != nil {
		return compare.Diff{}, err
	}
	return compare.Runs(compare.Run{Name: relative(before), Header: in.Header, Outcomes: in.All()}, after, o)
}

// showReport shows a report in the terminal and in files.
func showReport(std streams, reports []evalReport, r show.Report, o show.Options) error {
	o.Colour = show.Colourful(std.out)
	if err := show.Terminal(std.out, r, o); err != nil {
		return err
	}
	for _, w := range reports {
		if err := w.save(r, o); err != nil {
			return fmt.Errorf("--report %s=%s: %w", w.kind, w.file, err)
		}
	}
	return nil
}

func (w evalReport) save(r show.Report, o show.Options) (err error) {
	if err := os.MkdirAll(filepath.Dir(w.file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(w.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	o.Colour = false
	return w.write(f, r, o)
}

// verdictOf says in a line why the exit code is not 0.
func verdictOf(s judge.Summary, code int) string {
	count := map[judge.Verdict]int{}
	for _, g := range s.Gates {
		count[g.Verdict]++
	}
	switch {
	case code == 1 && count[judge.Fail] > 0:
		return fmt.Sprintf("%d of %d gates fail", count[judge.Fail], len(s.Gates))
	case code == 1 && s.Ungated.Count > 0:
		return fmt.Sprintf("%d cases fail that no gate counts", s.Ungated.Count)
	case code == 1:
		return fmt.Sprintf("%d known failures pass: remove known from their cases", s.Mended.Count)
	case s.Counts.Error > 0:
		return fmt.Sprintf("%d cases were not judged; the same command with --out tries them again", s.Counts.Error)
	}
	return fmt.Sprintf("%d of %d gates are inconclusive", count[judge.Inconclusive], len(s.Gates))
}
