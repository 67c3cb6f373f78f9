package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"recado/agent/paging"
	"recado/agent/paging/ladder"
	pagingsettings "recado/agent/paging/settings"
)

type pageCommand struct {
	Sample pageSampleCommand `cmd:"" help:"Print sample settings with every field, a good start for your own."`
	Check  pageCheckCommand  `cmd:"" help:"Report every problem of a settings file with its line. Exit code 1 when there is one."`
	Test   pageTestCommand   `cmd:"" help:"Send one test page to everybody on the ladder, and say what happened. Exit code 1 when one did not arrive."`
}

type pageSampleCommand struct{}

// Run prints the sample settings.
func (pageSampleCommand) Run(std streams) error {
	_, err := std.out.Write(pagingsettings.Sample())
	return err
}

type pageCheckCommand struct {
	File string `arg:"" type:"existingfile" help:"Settings to check (YAML)."`
}

// Run checks one file.
func (c pageCheckCommand) Run(std streams) error {
	plan, err := pagingsettings.Load(c.File, os.Getenv)
	var problems *pagingsettings.ProblemsError
	if errors.As(err, &problems) {
		for _, problem := range problems.Problems {
			fmt.Fprintln(std.out, problem)
		}
		return fmt.Errorf("%s has %d problem(s), each with its line above", c.File, len(problems.Problems))
	}
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(plan)) {
		l := plan[id]
		fmt.Fprintf(std.out, "clinic %s:\n", id)
		for i, step := range l.Steps {
			fmt.Fprintf(std.out, "  %d. %s: after %s, %d contact(s), for %v\n", i+1, step.Name, step.After, len(step.To), step.Priorities)
		}
		fmt.Fprintf(std.out, "  the last step again every %s\n", l.Repeat)
	}
	fmt.Fprintf(std.out, "%s is fine.\n", c.File)
	return nil
}

type pageTestCommand struct {
	pagingFlags
	Clinic string `help:"Test the ladder of this clinic only. Defaults to all." placeholder:"ID"`
}

// testTimeout bounds one test page.
const testTimeout = 30 * time.Second

// Run sends the test pages.
func (c pageTestCommand) Run(ctx context.Context, std streams) error {
	if c.Paging == "" {
		return exit{2, errors.New("--paging is missing: name the file to test; recado page sample prints one")}
	}
	plan, senders, err := c.plan()
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(plan))
	if c.Clinic != "" {
		if _, ok := plan.For(c.Clinic); !ok {
			return fmt.Errorf("--clinic: %s has no ladder for it", c.Paging)
		}
		ids = []string{c.Clinic}
	}
	failed, sent := 0, 0
	run := rand.Text()
	for _, id := range ids {
		l, _ := plan.For(id)
		fmt.Fprintf(std.out, "clinic %s\n", id)
		for i, step := range l.Steps {
			for n, to := range step.To {
				began := time.Now()
				page := paging.TestPage(run, id, i+1, n, began)
				sending, cancel := context.WithTimeout(ctx, testTimeout)
				err := senders[to.Via].Send(sending, to, page)
				cancel()
				where := fmt.Sprintf("step %d, %s, %s %d", i+1, step.Name, to.Via, n+1)
				if to.Via == ladder.Email {
					where += " (" + to.To + ")"
				}
				if err != nil {
					failed++
					fmt.Fprintf(std.out, "  %s: NOT sent: %v\n", where, err)
					continue
				}
				sent++
				fmt.Fprintf(std.out, "  %s: sent in %s\n", where, time.Since(began).Round(time.Millisecond))
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d test pages were not sent", failed, failed+sent)
	}
	fmt.Fprintf(std.out, "%d test page(s) sent. See that each one arrived.\n", sent)
	return nil
}
