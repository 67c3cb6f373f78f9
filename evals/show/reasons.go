package show

import (
	"strings"

	"recado/evals/judge"
)

// reasonsOf says in a line each which part decided, how sure it was, which
// promises did not hold, how long it took and what it cost.
func reasonsOf(v judge.Variant) [][2]string {
	var lines [][2]string
	add := func(name, text string) { lines = append(lines, [2]string{name, text}) }
	if parts := partsOf(v); parts != nil {
		var words []string
		care, safe := 0, 0
		for i, p := range parts {
			words = append(words, p.By+" "+p.Share)
			care += v.Attribution[i].Care
			safe += v.Attribution[i].CareSafe
		}
		line := strings.Join(words, ", ")
		if care > 0 {
			line += "; " + count(safe) + " of " + count(care) + " about care stay safe if the model errs"
		}
		add("settled by", line)
	}
	for _, c := range v.Calibration {
		if c.Lang == "" && c.N > 0 {
			add("confidence", "of the "+c.Of+": expected calibration error "+percent(c.ECE)+" on "+count(c.N))
		}
	}
	for _, p := range v.Promises {
		if p.Kept < p.Outcomes {
			add("promise", p.Promise+" kept in "+count(p.Kept)+" of "+count(p.Outcomes)+", "+of(p.Breaches, "breach", "breaches"))
		}
	}
	if f := v.Flaky; f.Repeated > 0 {
		add("repeats", count(f.Status)+" of "+of(f.Repeated, "case", "cases")+" passed and failed, "+count(f.Disposition)+" decided in more than one way")
	}
	for _, l := range latencies(v.Latency) {
		add("time", "a "+l.Name+": half within "+l.P50+", 95% "+l.P95+", 99% "+l.P99+", longest "+l.Max+" ("+l.N+")")
	}
	if v.Usage.Calls > 0 {
		var words []string
		for _, f := range usageFacts(v.Usage) {
			words = append(words, f.Name+" "+f.Value)
		}
		add("model", strings.Join(words, ", "))
	}
	return lines
}
