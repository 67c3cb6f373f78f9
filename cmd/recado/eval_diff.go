package main

import (
	"fmt"
	"os"
	"strings"

	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/show"
)

type evalDiffCommand struct {
	Before string   `arg:"" name:"a" type:"path" help:"The earlier run, or a folder of baselines."`
	After  string   `arg:"" name:"b" type:"existingfile" help:"The later run."`
	Match  []string `env:"-" placeholder:"A=B" help:"Compare variant A of the earlier run with B of the later one. Repeatable. Defaults to those of the same name."`
	Report []string `env:"-" placeholder:"KIND=FILE" help:"Write a report: json, junit, md or html. Repeatable."`

	ShowText bool `env:"-" help:"Quote messages and replies."`
}

// Help tells what exit codes mean.
func (evalDiffCommand) Help() string {
	return `Runs are compared case by case; cases whose words or expectations changed are
told and not compared. The test is McNemar's, exact.

Exit codes:
    0  nothing that passed before fails now
    1  something does
    2  wrong usage, or a file that cannot be used`
}

// Run compares and shows.
func (c evalDiffCommand) Run(std streams) error {
	reports, err := parseReports(c.Report)
	if err != nil {
		return exit{2, err}
	}
	o := compare.Options{Match: map[string]string{}}
	for _, m := range c.Match {
		a, b, ok := strings.Cut(m, "=")
		if !ok || a == "" || b == "" {
			return exit{2, fmt.Errorf("--match %q: write A=B, the names of two variants", m)}
		}
		o.Match[a] = b
	}
	after, err := outcome.Open(c.After)
	if err != nil {
		return exit{2, err}
	}
	d, err := compared(c.Before, compare.Run{Name: relative(c.After), Header: after.Header, Outcomes: after.All()}, o)
	if err != nil {
		return exit{2, err}
	}
	if err := showReport(std, reports, show.Report{Diff: &d, Outcomes: after.All()}, show.Options{ShowText: c.ShowText}); err != nil {
		return err
	}
	if n := d.Broken(); n > 0 {
		return exit{1, fmt.Errorf("%d cases passed before and fail now", n)}
	}
	return nil
}

type evalBlessCommand struct {
	File   string `arg:"" name:"run" type:"existingfile" help:"The run, as recado eval --out wrote it."`
	To     string `env:"-" type:"path" default:"evals/baselines" placeholder:"DIR" help:"Folder of the baselines; commit it. Defaults to ${default}."`
	Force  bool   `env:"-" help:"Bless although a safety gate fails. Needs --reason."`
	Reason string `env:"-" placeholder:"TEXT" help:"Why a failing run is blessed; it stays in the baseline."`
}

// Help tells what exit codes mean.
func (evalBlessCommand) Help() string {
	return `Writes one file a suite and variant, one line a case, so that a pull request
shows what changed. A run that was interrupted, has cases that were not judged
or fails a safety gate is refused.

Exit codes: 0 blessed, 1 refused, 2 wrong usage or a file that cannot be used.`
}

// Run writes the baselines.
func (c evalBlessCommand) Run(std streams) error {
	in, err := outcome.Open(c.File)
	if err != nil {
		return exit{2, err}
	}
	summary, err := judged(in, judge.Options{})
	if err != nil {
		return exit{2, err}
	}
	changed, err := compare.Bless(c.To, compare.Blessing{
		Run:     compare.Run{Name: relative(c.File), Header: in.Header, Outcomes: in.All()},
		Summary: summary, Force: c.Force, Reason: c.Reason,
	})
	if err != nil {
		return exit{1, err}
	}
	if len(changed) == 0 {
		fmt.Fprintln(std.out, "The baselines say the same already.")
		return nil
	}
	for _, f := range changed {
		fmt.Fprintln(std.out, relative(f))
	}
	fmt.Fprintf(std.out, "%d baselines changed. Look at them with git diff, then commit %s.\n", len(changed), relative(c.To))
	return nil
}

// binaryHash names the running program.
func binaryHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("name this program for the run's file: %w", err)
	}
	return fileHash(path)
}
