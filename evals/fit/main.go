// Command fit chooses the thresholds of agent/thresholds.json on the
// development set: those with the smallest weighted distance of its measures
// from their targets, over English and Spanish each. Run it after the model
// was trained anew.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"recado/agent"
	"recado/evals/dev"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

func main() {
	if err := fit(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

// aim is what a measure should come to, and what a shortfall of one point
// costs. A missed emergency outweighs a question that staff must answer.
type aim struct{ target, weight float64 }

// aims are by the names of package judge.
var aims = map[string]aim{
	"emergency_recall":   {0.98, 6},
	"sensitive_recall":   {0.99, 6},
	"care_as_emergency":  {0.15, 1},
	"over_escalated":     {0.05, 4},
	"answered":           {0.92, 3},
	"main_intent":        {0.95, 1},
	"consent_recall":     {0.98, 2},
	"consent_lookalikes": {0.02, 2},
	"declined":           {0.90, 1},
	"requests_to_staff":  {0.90, 1},
	"disposition":        {0.93, 2},
}

// knob is one threshold with the values that are tried.
type knob struct {
	name   string
	field  func(*agent.Thresholds) *float64
	values []float64
}

func steps(from, to, by float64) []float64 {
	var out []float64
	for v := from; v <= to+1e-9; v += by {
		out = append(out, math.Round(v*1000)/1000)
	}
	return out
}

var knobs = []knob{
	{"sensitive", func(t *agent.Thresholds) *float64 { return &t.Sensitive }, steps(0.10, 0.60, 0.05)},
	{"sensitive_clause", func(t *agent.Thresholds) *float64 { return &t.SensitiveClause }, steps(0.20, 0.95, 0.05)},
	{"clinical", func(t *agent.Thresholds) *float64 { return &t.Clinical }, steps(0.05, 0.50, 0.05)},
	{"emergency", func(t *agent.Thresholds) *float64 { return &t.Emergency }, steps(0.15, 0.50, 0.05)},
	{"emergency_clause", func(t *agent.Thresholds) *float64 { return &t.EmergencyClause }, steps(0.30, 0.90, 0.05)},
	{"hint", func(t *agent.Thresholds) *float64 { return &t.Hint }, []float64{0.01, 0.02, 0.03, 0.05, 0.07, 0.10}},
	{"unexplained", func(t *agent.Thresholds) *float64 { return &t.Unexplained }, steps(0.05, 0.50, 0.05)},
	{"context", func(t *agent.Thresholds) *float64 { return &t.Context }, steps(1, 6, 1)},
	{"answer", func(t *agent.Thresholds) *float64 { return &t.Answer }, steps(0.20, 0.60, 0.05)},
	{"answer_safe", func(t *agent.Thresholds) *float64 { return &t.AnswerSafe }, steps(0.40, 0.80, 0.05)},
	{"consent", func(t *agent.Thresholds) *float64 { return &t.Consent }, steps(0.25, 0.80, 0.05)},
	{"clause", func(t *agent.Thresholds) *float64 { return &t.Clause }, steps(0.40, 0.90, 0.10)},
}

func fit(ctx context.Context) error {
	set, err := dev.Suite(suite.Known{Gate: judge.CheckGate})
	if err != nil {
		return err
	}
	set.Perturb = nil // as written alone
	a, err := agent.New()
	if err != nil {
		return err
	}
	cost := func(t agent.Thresholds) (float64, error) {
		return shortfall(ctx, a.With(agent.WithThresholds(t)), set)
	}
	best := a.Thresholds()
	// An emergency that the classifier finds more likely than not is one, however
	// many hand-offs a higher threshold would save.
	best.Emergency, best.EmergencyClause = min(best.Emergency, 0.50), min(best.EmergencyClause, 0.90)
	best.Answer, best.AnswerSafe = max(best.Answer, 0.20), max(best.AnswerSafe, 0.40) // below, nothing would be earned
	least, err := cost(best)
	if err != nil {
		return err
	}
	fmt.Printf("before: %.4f\n", least)
	for round := range 3 {
		changed := false
		for _, k := range knobs {
			for _, v := range k.values {
				t := best
				if *k.field(&t) == v {
					continue
				}
				*k.field(&t) = v
				c, err := cost(t)
				if err != nil {
					return err
				}
				if c < least-1e-6 {
					least, best, changed = c, t, true
				}
			}
			fmt.Printf("round %d %-18s %.3f  %.4f\n", round+1, k.name, *k.field(&best), least)
		}
		if !changed {
			break
		}
	}
	out, err := json.MarshalIndent(best, "", "  ")
	if err != nil {
		return fmt.Errorf("write thresholds: %w", err)
	}
	return os.WriteFile("agent/thresholds.json", append(out, '\n'), 0o644)
}

// shortfall is how far a stays behind the aims on the set.
func shortfall(ctx context.Context, a *agent.Agent, set *suite.Suite) (float64, error) {
	runner, err := run.New(run.Config{Agent: a, Suites: []*suite.Suite{set}, Columns: []run.Column{
		{Variant: outcome.Variant{Name: "local", Mode: outcome.Local}}}})
	if err != nil {
		return 0, err
	}
	header, err := runner.Header()
	if err != nil {
		return 0, err
	}
	j := judge.New(header, judge.Options{})
	p, err := runner.Run(ctx, run.To(func(o outcome.Outcome) error {
		j.Add(o)
		return nil
	}))
	switch {
	case err != nil:
		return 0, err
	case p.Error > 0:
		return 0, fmt.Errorf("%d messages could not be decided: recado eval dev tells why", p.Error)
	}
	return distance(j.Summary().Variants[0])
}

// distance is the weighted distance of a variant from the aims.
func distance(v judge.Variant) (float64, error) {
	sum, asked := 0.0, 0
	for _, m := range judge.Measures() {
		goal, ok := aims[m.Name]
		if !ok {
			continue
		}
		asked++
		for _, lang := range []string{"en", "es"} {
			of, _ := v.Slice(judge.ByAll, "", lang)
			share, ok := of.Share(m.Name)
			if !ok {
				continue
			}
			miss := goal.target - share.Value
			if m.LowIsGood {
				miss = -miss
			}
			// short of the target costs in full, beyond it a little is gained
			if miss < 0 {
				miss *= 0.2
			}
			sum += goal.weight * miss
		}
	}
	if asked != len(aims) {
		return 0, fmt.Errorf("only %d of %d aims name a measure", asked, len(aims))
	}
	return sum, nil
}
