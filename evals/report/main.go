// Command report prints how well Recado understands the development set, by
// language and group, with 95% intervals, and lists what it got wrong.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sort"

	"recado/agent"
	"recado/agent/clinic"
	"recado/evals"
)

func main() {
	failures := flag.Bool("failures", false, "list every case that was decided wrongly")
	group := flag.String("group", "", "only this group")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := report(ctx, *failures, *group); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(ctx context.Context, failures bool, group string) error {
	all, err := evals.Shipped()
	if err != nil {
		return err
	}
	var cases []evals.Case
	for _, c := range all {
		if group == "" || c.Group == group {
			cases = append(cases, c)
		}
	}
	a, err := agent.New()
	if err != nil {
		return err
	}
	profile := clinic.Sample()
	base, err := evals.Run(ctx, a, profile, cases, evals.AsWritten)
	if err != nil {
		return err
	}
	fmt.Printf("Development set: %d messages, written apart from the training examples. 95%% Wilson intervals.\n\n", len(cases))
	fmt.Printf("%-38s %-7s %-28s %-28s %-28s\n", "", "target", "English", "Spanish", "mixed")
	for _, m := range evals.Measures {
		sign := ">="
		if m.AtMost {
			sign = "<="
		}
		fmt.Printf("%-38s %s %.2f", m.Name, sign, m.Target)
		for _, lang := range []string{"en", "es", "mixed"} {
			s := m.Of(base, func(r evals.Result) bool { return r.Lang == lang })
			mark := " "
			if s.N > 0 && !m.Meets(s) {
				mark = "!"
			}
			fmt.Printf(" %s%-27s", mark, s)
		}
		fmt.Println()
	}
	if err := perturbed(ctx, a, profile, cases, base); err != nil {
		return err
	}
	byGroup(base)
	if failures {
		list(base)
	}
	return nil
}

func perturbed(ctx context.Context, a *agent.Agent, p *clinic.Profile, cases []evals.Case, base []evals.Result) error {
	fmt.Printf("\n%-38s", "cost of how it is typed (all languages)")
	kinds := []evals.Perturbation{evals.NoAccents, evals.Typos, evals.ChatForms}
	runs := make([][]evals.Result, len(kinds))
	for i, k := range kinds {
		fmt.Printf(" %12s", k)
		var err error
		if runs[i], err = evals.Run(ctx, a, p, cases, k); err != nil {
			return err
		}
	}
	fmt.Println()
	any := func(evals.Result) bool { return true }
	for _, m := range evals.Measures {
		fmt.Printf("%-38s", m.Name)
		for i := range kinds {
			fmt.Printf(" %+12.3f", m.Of(runs[i], any).Value()-m.Of(base, any).Value())
		}
		fmt.Println()
	}
	return nil
}

func byGroup(base []evals.Result) {
	groups := map[string]*[2]int{}
	for _, r := range base {
		if groups[r.Group] == nil {
			groups[r.Group] = &[2]int{}
		}
		groups[r.Group][1]++
		if r.Case.Accepts(r.Decision.Disposition) {
			groups[r.Group][0]++
		}
	}
	var names []string
	for g := range groups {
		names = append(names, g)
	}
	sort.Strings(names)
	fmt.Printf("\ndisposition right, by group\n")
	for _, g := range names {
		fmt.Printf("  %-36s %s\n", g, evals.Share{K: groups[g][0], N: groups[g][1]})
	}
}

func list(base []evals.Result) {
	fmt.Printf("\ndecided wrongly\n")
	for _, r := range base {
		if r.Case.Accepts(r.Decision.Disposition) {
			continue
		}
		intent := ""
		if len(r.Decision.Intents) > 0 {
			intent = r.Decision.Intents[0].Name
		}
		fmt.Printf("  %-14s want %-9s %-12s got %-9s %-12s by %-28s %q\n", r.ID, r.Case.Disposition, r.Intents[0], r.Decision.Disposition, intent, r.Decision.Rule, r.Text)
	}
}
