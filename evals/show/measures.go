package show

import (
	"recado/evals/judge"
)

// langs are the languages that a table has columns for, in their order.
var langs = []string{"en", "es", "mixed", "other"}

// langsOf are those of langs in which v measured anything.
func langsOf(v judge.Variant) []string {
	var out []string
	for _, l := range langs {
		if s, ok := v.Slice(judge.ByAll, "", l); ok && len(s.Shares) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// goal is the target that gates of a variant set for a measure in a language,
// if there is exactly one: suites may differ.
type goal struct {
	Target float64
	AtMost bool
	OK     bool
}

func goalOf(gates []judge.GateResult, variant, measure, lang string) goal {
	var found goal
	for _, g := range gates {
		if g.Variant != variant || g.Measure != measure || g.Lang != "" && lang != "" && g.Lang != lang || g.Pairs != nil || g.Verdict == judge.NotAsked {
			continue
		}
		if found.OK && found.Target != g.Target {
			return goal{}
		}
		found = goal{g.Target, g.AtMost, true}
	}
	return found
}

func (g goal) String() string {
	switch {
	case !g.OK:
		return ""
	case g.AtMost:
		return "at most " + target(g.Target)
	}
	return "at least " + target(g.Target)
}

// met reports whether a value reaches the goal.
func (g goal) met(v float64) bool {
	switch {
	case !g.OK:
		return true
	case g.AtMost:
		return v <= g.Target
	}
	return v >= g.Target
}

// infos finds a measure's description by its name. A comparison alone has no
// summary that describes its measures.
func infos(s judge.Summary) map[string]judge.MeasureInfo {
	m := map[string]judge.MeasureInfo{}
	for _, in := range append(judge.Measures(), s.Measures...) {
		m[in.Name] = in
	}
	return m
}

func titleOf(m map[string]judge.MeasureInfo, name string) string { return orElse(m[name].Title, name) }
