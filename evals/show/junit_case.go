package show

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"recado/evals/judge"
	"recado/evals/outcome"
)

func (j *junit) testCase(x outcome.Outcome, repeats bool) {
	v := viewOf(x, repeats, j.o.ShowText)
	name := []string{v.Variant, v.Perturbation}
	if v.Repeat > 0 {
		name = append(name, "run "+strconv.Itoa(v.Repeat))
	}
	title := v.ID
	if under := strings.Join(strings.Fields(strings.Join(name, " ")), " "); under != "" {
		title += " [" + under + "]"
	}
	fmt.Fprintf(j.w, `<testcase classname="%s" name="%s"`, attr(orElse(v.Suite, "suite")+group(v)), attr(title))
	if x.Case.File != "" {
		fmt.Fprintf(j.w, ` file="%s" line="%d"`, attr(x.Case.File), x.Case.Line)
	}
	fmt.Fprintf(j.w, ` time="%s"`, seconds(timeOf(x)))
	switch x.Status {
	case outcome.Pass:
		fmt.Fprint(j.w, "/>\n")
		return
	case outcome.Known:
		fmt.Fprintf(j.w, "><skipped message=\"%s\"/></testcase>\n", attr("KNOWN: "+strings.Join(notEmpty(v.Known, v.Summary), "; ")))
	case outcome.Error:
		fmt.Fprintf(j.w, "><error type=\"ERROR\" message=\"%s\">%s</error></testcase>\n", attr(v.Summary), text(details(v)))
	default:
		fmt.Fprintf(j.w, "><failure type=\"%s\" message=\"%s\">%s</failure></testcase>\n", attr(v.Kind), attr(v.Summary), text(details(v)))
	}
}

func group(v caseView) string {
	if v.Group == "" {
		return ""
	}
	return "." + v.Group
}

// details is what a viewer unfolds.
func details(v caseView) string {
	var b strings.Builder
	if v.Place != "" {
		fmt.Fprintf(&b, "%s\n", v.Place)
	}
	fmt.Fprintf(&b, "%s\n", orElse(v.Summary, v.Kind))
	for _, t := range v.Turns {
		if t.Number > 0 {
			fmt.Fprintf(&b, "\nturn %d\n", t.Number)
		}
		for _, s := range t.Says {
			line := ""
			for _, p := range s {
				line += p.Text
			}
			fmt.Fprintf(&b, "patient: %s\n", line)
		}
		if t.Attachment != "" {
			fmt.Fprintf(&b, "attachment: %s\n", t.Attachment)
		}
		if t.Text != "" {
			fmt.Fprintf(&b, "reply: %s\n", t.Text)
		}
		fmt.Fprintf(&b, "disposition %s, settled by %s (%s), confidence %s\n", t.Disposition, t.Attribution, t.Rule, t.Confidence)
	}
	return b.String()
}

func (j *junit) gateCounts() junitCounts {
	g := countGates(j.r.Summary.Gates)
	mended := len(j.r.Summary.Mended.Items)
	return junitCounts{tests: len(j.r.Summary.Gates) + mended, failures: g.Fail + mended, skipped: g.Unsure + g.NotAsked}
}

func (j *junit) gates(c junitCounts) {
	if c.tests == 0 {
		return
	}
	fmt.Fprintf(j.w, "<testsuite name=\"gates\" %s>\n", c.attributes())
	for _, g := range j.r.Summary.Gates {
		x := textOf(g)
		name := strings.Join(strings.Fields(x.Title+" "+x.Need+" "+x.Lang), " ")
		if x.Variant != "" {
			name += " [" + x.Variant + "]"
		}
		fmt.Fprintf(j.w, `<testcase classname="%s" name="%s" time="0"`, attr("gates."+x.Suite), attr(name))
		why := x.Value + ", 95% interval " + x.Interval + ", " + x.Of
		switch g.Verdict {
		case judge.Fail:
			fmt.Fprintf(j.w, "><failure type=\"gate\" message=\"%s\">%s</failure></testcase>\n", attr(orElse(x.Reason, why)), text(why))
		case judge.Inconclusive, judge.NotAsked:
			fmt.Fprintf(j.w, "><skipped message=\"%s\"/></testcase>\n", attr(strings.TrimSpace(verdictWord(g.Verdict)+": "+orElse(x.Reason, why))))
		default:
			fmt.Fprint(j.w, "/>\n")
		}
	}
	for _, it := range j.r.Summary.Mended.Items {
		x := itemText(it)
		fmt.Fprintf(j.w, "<testcase classname=\"%s\" name=\"%s\" time=\"0\"><failure type=\"mended\" message=\"%s\">%s</failure></testcase>\n",
			attr("gates."+it.Suite), attr("known to fail: "+x.ID), attr(kindTitle(judge.KindMended)), text(x.Place+"\n"+x.How))
	}
	fmt.Fprint(j.w, "</testsuite>\n")
}

// attr and text escape for XML; characters that XML cannot hold become U+FFFD.
func attr(s string) string { return text(s) }

func text(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder takes every write
	return b.String()
}
