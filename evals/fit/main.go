// Command fit chooses the thresholds of agent/thresholds.json on the
// development set: those with the smallest weighted distance from the targets
// of evals.Measures, over English and Spanish each. Run it after the model
// was trained anew.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"recado/agent"
	"recado/agent/clinic"
	"recado/evals"
)

func main() {
	if err := fit(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

// weights say what a shortfall of one point costs. A missed emergency
// outweighs a question that staff must answer.
var weights = map[string]float64{
	"emergency recall":                    6,
	"sensitive recall (handed off)":       6,
	"care taken for an emergency":         1,
	"front desk over-escalated":           4,
	"front desk answered":                 3,
	"main intent right when answered":     1,
	"consent recognised":                  2,
	"look-alikes taken for consent":       2,
	"declined when off topic or steering": 1,
	"requests reach staff":                1,
	"disposition right":                   2,
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
	{"unexplained", func(t *agent.Thresholds) *float64 { return &t.Unexplained }, steps(0.05, 0.50, 0.05)},
	{"context", func(t *agent.Thresholds) *float64 { return &t.Context }, steps(1, 6, 1)},
	{"answer", func(t *agent.Thresholds) *float64 { return &t.Answer }, steps(0.20, 0.60, 0.05)},
	{"answer_safe", func(t *agent.Thresholds) *float64 { return &t.AnswerSafe }, steps(0.40, 0.80, 0.05)},
	{"consent", func(t *agent.Thresholds) *float64 { return &t.Consent }, steps(0.25, 0.80, 0.05)},
	{"clause", func(t *agent.Thresholds) *float64 { return &t.Clause }, steps(0.40, 0.90, 0.10)},
}

func fit(ctx context.Context) error {
	cases, err := evals.Shipped()
	if err != nil {
		return err
	}
	a, err := agent.New()
	if err != nil {
		return err
	}
	profile := clinic.Sample()
	cost := func(t agent.Thresholds) (float64, error) {
		results, err := evals.Run(ctx, a.With(agent.WithThresholds(t)), profile, cases, evals.AsWritten)
		if err != nil {
			return 0, err
		}
		return shortfall(results), nil
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

func shortfall(results []evals.Result) float64 {
	sum := 0.0
	for _, m := range evals.Measures {
		for _, lang := range []string{"en", "es"} {
			s := m.Of(results, func(r evals.Result) bool { return r.Lang == lang })
			if s.N == 0 {
				continue
			}
			miss := m.Target - s.Value()
			if m.AtMost {
				miss = -miss
			}
			// short of the target costs in full, beyond it a little is gained
			if miss < 0 {
				miss *= 0.2
			}
			sum += weights[m.Name] * miss
		}
	}
	return sum
}
