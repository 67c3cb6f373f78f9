package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"recado/evals/judge"
	"recado/evals/suite"
)

type evalListCommand struct {
	Suites   []string `arg:"" optional:"" name:"suite" help:"Files, folders, or names of shipped suites. Defaults to all shipped ones."`
	Measures bool     `env:"-" help:"List the measures that gates may name instead."`
	Schema   bool     `env:"-" help:"Print the JSON schema of suites instead."`
}

// Run lists.
func (c evalListCommand) Run(std streams) error {
	switch {
	case c.Schema:
		_, err := std.out.Write(suite.Schema)
		return err
	case c.Measures:
		return listMeasures(std.out)
	}
	a, err := shippedAgent()
	if err != nil {
		return err
	}
	chosen, err := suitesOf(a, c.Suites)
	if err != nil {
		return exit{2, err}
	}
	return listSuites(std.out, chosen.suites)
}

func listMeasures(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range judge.Measures() {
		kind := ""
		if m.LowIsGood {
			kind = "at_most"
		} else {
			kind = "at_least"
		}
		if m.Safety {
			kind += ", safety"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", m.Name, kind, m.About)
	}
	fmt.Fprintln(w, "gap_MEASURE\tat_most\tthe difference between English and Spanish twins")
	fmt.Fprintln(w, "cost_PERTURBATION_MEASURE\tat_most\twhat typing messages anew costs")
	return w.Flush()
}

// suiteCounts are what a suite holds.
type suiteCounts struct {
	cases, scripts, pairs, known int
	langs, groups                map[string]int
	promises                     map[string]int
}

func countOf(s *suite.Suite) (suiteCounts, error) {
	n := suiteCounts{langs: map[string]int{}, groups: map[string]int{}, promises: map[string]int{}}
	pairs := 0
	for c, err := range s.All() {
		if err != nil {
			return n, err
		}
		n.cases++
		n.langs[c.Lang]++
		n.groups[c.Group]++
		if c.Script != nil {
			n.scripts++
		}
		if c.Pair != "" {
			pairs++
		}
		if c.Known != "" {
			n.known++
		}
		for _, p := range c.Promises {
			n.promises[p]++
		}
	}
	n.pairs = pairs / 2
	return n, nil
}

func listSuites(out io.Writer, suites []*suite.Suite) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SUITE\tCASES\tEN\tES\tOTHER\tPAIRS\tSCRIPTS\tKNOWN\tGATES\tFILE")
	total := suiteCounts{promises: map[string]int{}, groups: map[string]int{}, langs: map[string]int{}}
	gates := 0
	for _, s := range suites {
		n, err := countOf(s)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", s.Name, n.cases, n.langs["en"], n.langs["es"],
			n.cases-n.langs["en"]-n.langs["es"], n.pairs, n.scripts, n.known, len(s.Gates), s.File)
		total.cases, total.pairs, total.scripts = total.cases+n.cases, total.pairs+n.pairs, total.scripts+n.scripts
		total.known, gates = total.known+n.known, gates+len(s.Gates)
		for _, sums := range []struct{ from, to map[string]int }{{n.langs, total.langs}, {n.groups, total.groups}, {n.promises, total.promises}} {
			for k, v := range sums.from {
				sums.to[k] += v
			}
		}
	}
	fmt.Fprintf(w, "total\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", total.cases, total.langs["en"], total.langs["es"],
		total.cases-total.langs["en"]-total.langs["es"], total.pairs, total.scripts, total.known, gates)
	if err := w.Flush(); err != nil {
		return err
	}
	for _, section := range []struct {
		title string
		of    map[string]int
	}{{"cases by promise", total.promises}, {"cases by group", total.groups}} {
		fmt.Fprintf(out, "\n%s:", section.title)
		for _, k := range slices.Sorted(maps.Keys(section.of)) {
			name := k
			if name == "" {
				name = "(none)"
			}
			fmt.Fprintf(out, "  %s %d", name, section.of[k])
		}
		fmt.Fprintln(out)
	}
	return nil
}

// fileHash names what a file holds.
func fileHash(path string) (_ string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
