package judge

import (
	"fmt"
	"math"

	"recado/evals/stat"
)

// slack is what rounding may cost a value that equals its target.
const slack = 1e-12

// ruleShare decides a gate on a share.
func ruleShare(g GateResult, m *measure, t tally) GateResult {
	s := t.share(m)
	if t.n == 0 {
		s = Share{Interval: stat.Interval{Low: 0, High: 1}}
	}
	g.K, g.N, g.Value, g.Interval, g.Unjudged = t.k, t.n, s.Value, s.Interval, t.unjudged
	g.Bound = g.Low
	if g.AtMost {
		g.Bound = g.High
		if s.Bound != nil {
			g.Bound = *s.Bound
		}
	}
	if t.n == 0 {
		g.Verdict, g.Reason = Inconclusive, "No case asks for this measure."
		if g.Known > 0 {
			g.Reason = "Only cases that are known to fail ask for this measure."
		}
		return unjudged(g)
	}
	if g.AtMost {
		g.Detectable = stat.Above(g.Target, s.Distinct)
	} else {
		g.Detectable = stat.Below(g.Target, s.Distinct)
	}
	g.Invariant = g.AtMost && g.Target <= 0 || !g.AtMost && g.Target >= 1
	g = decide(g, reaches(g, g.Value), reaches(g, g.Bound), g.missesWhole())
	if g.Verdict == Inconclusive {
		if g.AtMost {
			g.Needs = stat.NeededBelow(g.Value, g.Target, s.Bound != nil)
		} else {
			g.Needs = stat.Needed(g.Value, g.Target)
		}
	}
	// were the errors misses, would it still pass?
	worst := ratio(t.k, t.n+t.unjudged)
	if g.AtMost {
		worst = ratio(t.k+t.unjudged, t.n+t.unjudged)
	}
	if g.Verdict != Fail && !reaches(g, worst) {
		g = unjudged(g)
	}
	g.Reason = because(g, figure(g))
	return g
}

// ruleDifference decides a gate on a gap or a cost. loss is oriented so that
// above 0 is a cost; a gap counts in both directions.
func ruleDifference(g GateResult, loss stat.Pairs, both bool) GateResult {
	g.Pairs, g.N, g.Interval = &loss, loss.N(), loss.Interval()
	p := loss.P()
	g.P = &p
	low := -1.0
	g.Value, g.Bound = loss.Difference(), g.High
	if both {
		low = -g.Target
		g.Value, g.Bound = math.Abs(g.Value), max(math.Abs(g.Low), math.Abs(g.High))
	}
	if g.N == 0 {
		g.Verdict, g.Reason = Inconclusive, "No pair asks for this measure."
		return g
	}
	g.Detectable = stat.Detectable(g.N, ratio(loss.Discordant(), g.N))
	g.Invariant = g.Target <= 0
	g = decide(g, reaches(g, g.Value), reaches(g, g.Bound), g.Low > g.Target || both && g.High < -g.Target)
	if g.Verdict == Inconclusive {
		g.Needs = loss.NeededWithin(low, g.Target)
	}
	g.Reason = because(g, fmt.Sprintf("The difference is %.1f points on %d pairs (%d to %d), and may be at most %.1f",
		100*g.Value, g.N, loss.First, loss.Second, 100*g.Target))
	return g
}

// decide gives the verdict: whether the value reaches the target, whether the
// interval's bound does, and whether the whole interval misses it.
func decide(g GateResult, value, bound, certainMiss bool) GateResult {
	switch {
	case !value:
		g.Verdict, g.Certain = Fail, certainMiss
	case g.Invariant || bound:
		g.Verdict, g.Certain = Pass, true
	default:
		g.Verdict = Inconclusive
	}
	return g
}

func reaches(g GateResult, v float64) bool {
	if g.AtMost {
		return v <= g.Target+slack
	}
	return v >= g.Target-slack
}

func (g GateResult) missesWhole() bool {
	if g.AtMost {
		return g.Low > g.Target
	}
	return g.High < g.Target
}

// unjudged makes a gate inconclusive that errors may hide a failure of.
func unjudged(g GateResult) GateResult {
	if g.Unjudged > 0 {
		g.Verdict, g.Certain, g.Needs = Inconclusive, false, 0
		g.Reason = fmt.Sprintf("%d outcomes ended in an error, and the gate would fail if they were misses: run them again.", g.Unjudged)
	}
	return g
}

func figure(g GateResult) string {
	side := "at least"
	if g.AtMost {
		side = "at most"
	}
	return fmt.Sprintf("It is %.1f%% (%d of %d), and must be %s %.1f%%", 100*g.Value, g.K, g.N, side, 100*g.Target)
}

// because says why a gate does not pass.
func because(g GateResult, figure string) string {
	switch {
	case g.Reason != "" || g.Verdict == Pass:
		return g.Reason
	case g.Verdict == Fail && g.Certain:
		return figure + "; the whole interval misses the target."
	case g.Verdict == Fail:
		return figure + "; the interval reaches the target, so chance may have a part in it."
	case g.Needs > 0:
		return fmt.Sprintf("%s; a set of this size shows no better than %s. About %d with the same rate of faults would show the target.", figure, bound(g), g.Needs)
	}
	return fmt.Sprintf("%s; a set of this size shows no better than %s, and at this value a larger one would not reach the target.", figure, bound(g))
}

func bound(g GateResult) string {
	if g.Pairs != nil {
		return fmt.Sprintf("%.1f points", 100*g.Bound)
	}
	return fmt.Sprintf("%.1f%%", 100*g.Bound)
}
