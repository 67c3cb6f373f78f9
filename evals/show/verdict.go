package show

import (
	"sort"
	"strings"

	"recado/evals/judge"
)

// rank orders gates: what fails before what is unsure before what passes.
func rank(g judge.GateResult) int {
	order := 4
	switch g.Verdict {
	case judge.Fail:
		order = 0
	case judge.Inconclusive:
		order = 1
	case judge.Pass:
		order = 2
	case judge.NotAsked:
		order = 3
	}
	if g.Safety {
		return 2 * order
	}
	return 2*order + 1
}

// ranked returns the gates by rank, else in their order.
func ranked(gates []judge.GateResult) []judge.GateResult {
	sorted := append([]judge.GateResult(nil), gates...)
	sort.SliceStable(sorted, func(i, j int) bool { return rank(sorted[i]) < rank(sorted[j]) })
	return sorted
}

// gateCounts counts gates by verdict; All leaves out those not asked.
type gateCounts struct{ Pass, Fail, Unsure, NotAsked, All int }

func countGates(gates []judge.GateResult) gateCounts {
	var c gateCounts
	for _, g := range gates {
		switch g.Verdict {
		case judge.Pass:
			c.Pass++
		case judge.Fail:
			c.Fail++
		case judge.Inconclusive:
			c.Unsure++
		case judge.NotAsked:
			c.NotAsked++
			continue
		}
		c.All++
	}
	return c
}

// headline says in a sentence how the run ended, and in a few more what else
// there is to know.
func headline(s judge.Summary) (first, rest string) {
	g := countGates(s.Gates)
	var more []string
	switch {
	case s.Counts.Outcomes == 0:
		first = "Nothing was run."
	case g.Fail > 0:
		first = count(g.Fail) + " of " + of(g.All, "gate fails", "gates fail") + "."
	case s.Ungated.Count > 0:
		first = of(s.Ungated.Count, "case fails", "cases fail") + " that no gate counts."
	case s.Mended.Count > 0:
		first = of(s.Mended.Count, "known failure passes", "known failures pass") + ": remove known."
	case s.Counts.Error > 0:
		first = of(s.Counts.Error, "outcome was", "outcomes were") + " not judged."
	case g.Unsure > 0:
		first = "No gate fails, " + of(g.Unsure, "has", "have") + " too few cases to tell."
	case g.All > 0:
		first = "Every gate passes."
	case s.Counts.Fail > 0:
		first = "No gate is asked: " + count(s.Counts.Fail) + " of " + of(s.Counts.Outcomes, "outcome fails", "outcomes fail") + "."
	case s.Counts.Known > 0:
		first = "No case fails that is not known to."
	default:
		first = "Every case passes."
	}
	if (g.Fail > 0 || s.Ungated.Count > 0) && s.Mended.Count > 0 {
		more = append(more, of(s.Mended.Count, "known failure passes", "known failures pass")+": remove known.")
	}
	if g.Fail > 0 && s.Ungated.Count > 0 {
		more = append(more, of(s.Ungated.Count, "failure is", "failures are")+" counted by no gate.")
	}
	if g.All > 0 && g.Unsure > 0 && (g.Fail > 0 || s.Ungated.Count > 0 || s.Counts.Error > 0) {
		more = append(more, of(g.Unsure, "gate has", "gates have")+" too few cases to tell.")
	}
	if (g.Fail > 0 || s.Ungated.Count > 0) && s.Counts.Error > 0 {
		more = append(more, of(s.Counts.Error, "outcome was", "outcomes were")+" not judged.")
	}
	return first, strings.Join(more, " ")
}

// tone is the class of a run's verdict.
func tone(s judge.Summary) string {
	switch {
	case s.Verdict == judge.Fail:
		return "fail"
	case s.Counts.Error > 0:
		return "fault"
	case s.Verdict == judge.Inconclusive:
		return "unsure"
	case s.Verdict == judge.NotAsked:
		return "none"
	}
	return "pass"
}

func verdictClass(v judge.Verdict) string {
	switch v {
	case judge.Pass:
		return "pass"
	case judge.Fail:
		return "fail"
	case judge.Inconclusive:
		return "unsure"
	}
	return "none"
}

func verdictWord(v judge.Verdict) string {
	switch v {
	case judge.Inconclusive:
		return "UNSURE"
	case judge.NotAsked:
		return "NOT ASKED"
	}
	return string(v)
}

// langName is a language's name in full, "all" for none.
func langName(lang string) string {
	switch lang {
	case "":
		return "all"
	case "en":
		return "English"
	case "es":
		return "Spanish"
	}
	return lang
}

// gateText is a gate in words and figures, the same in all reports.
type gateText struct {
	Verdict, Class              string
	Title, Suite, Lang, Variant string
	Need, Value, Interval, Of   string
	Detectable, Reason, Note    string
	Safety                      bool
}

func textOf(g judge.GateResult) gateText {
	t := gateText{Verdict: verdictWord(g.Verdict), Class: verdictClass(g.Verdict), Title: orElse(g.Title, g.Measure),
		Suite: g.Suite, Lang: langName(g.Lang), Variant: g.Variant, Reason: g.Reason, Safety: g.Safety}
	sign := "≥ "
	if g.AtMost {
		sign = "≤ "
	}
	if g.Pairs != nil { // a difference
		t.Need = sign + strings.TrimSuffix(target(g.Target), "%") + " pt"
		t.Value = strings.TrimPrefix(points(g.Value), "+") + " pt"
		t.Interval = points(g.Low) + " to " + points(g.High)
		t.Of = of(g.Pairs.N(), "pair", "pairs")
	} else {
		t.Need, t.Value, t.Interval = sign+target(g.Target), percent(g.Value), percents(g.Low, g.High)
		t.Of = count(g.K) + " of " + count(g.N)
	}
	if g.N == 0 || g.Verdict == judge.NotAsked {
		t.Value, t.Interval = "–", "–"
	}
	t.Note = because(g)
	if g.Detectable > 0 {
		t.Detectable = strings.TrimPrefix(points(g.Detectable), "+") + " pt"
	}
	return t
}

// because says why a gate does not pass, where its figures stand beside it.
func because(g judge.GateResult) string {
	switch {
	case g.Verdict == judge.Inconclusive && g.N > 0 && g.Needs > 0:
		return "about " + of(g.Needs, "case", "cases") + " would show it"
	case g.Verdict == judge.Fail && g.Certain:
		return "the whole interval misses it"
	case g.Verdict == judge.Fail:
		return "chance may have a part in it"
	}
	return g.Reason
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
