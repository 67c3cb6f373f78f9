package show

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"recado/evals/judge"
)

// Terminal writes a summary for people: gates first, then the measures by
// language, the gap, what typing costs, time and cost, and the failing cases
// by kind. A line is at most Options.Width columns wide.
func Terminal(w io.Writer, r Report, o Options) error {
	b := bufio.NewWriter(w)
	t := &terminal{w: b, o: o.filled(), ink: ink(o.Colour)}
	if r.hasRun() {
		t.head(r.Summary)
	}
	if r.Diff != nil {
		t.diff(r)
	}
	if r.hasRun() {
		t.gates(r.Summary)
		for _, v := range r.Summary.Variants {
			t.variant(r.Summary, v)
		}
		t.errors(r.Summary)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

type terminal struct {
	w   *bufio.Writer
	o   Options
	ink ink
}

// line writes a line that is no wider than the terminal; what it holds has no
// colours.
func (t *terminal) line(indent int, s, code string) {
	s = strings.TrimRight(cutTo(s, t.o.Width-indent), " ")
	fmt.Fprintf(t.w, "%*s%s\n", indent, "", t.ink.paint(s, code))
}

func (t *terminal) title(s string) {
	fmt.Fprintln(t.w)
	t.line(0, s, bold)
}

// block writes a text over as many lines as it needs.
func (t *terminal) block(indent int, s, code string) {
	for _, l := range wrap(plain(s), t.o.Width-indent) {
		t.line(indent, l, code)
	}
}

func (t *terminal) head(s judge.Summary) {
	word := strings.ToUpper(map[string]string{"pass": "pass", "fail": "fail", "unsure": "unsure", "fault": "error", "none": "no gate"}[tone(s)])
	first, rest := headline(s)
	t.labelled(fit(word, 8), colourOf(tone(s)), first+" "+rest)
	c := s.Counts
	facts := countsLine(c)
	if c.Breaches > 0 {
		facts += " " + of(c.Breaches, "promise was", "promises were") + " broken."
	}
	t.block(8, facts, "")
	var run []string
	for _, f := range runFacts(s) {
		run = append(run, f.Name+" "+f.Value)
	}
	t.block(8, strings.Join(run, ", "), faint)
}

// gates writes a line for each gate that does not pass, under its suite and
// variant, and counts those that do.
func (t *terminal) gates(s judge.Summary) {
	if len(s.Gates) == 0 {
		return
	}
	t.title("Gates")
	const cells = 7 + 7 + 8 + 8 + 15 + 12 + 16
	name := max(16, t.o.Width-cells)
	t.line(0, fit("", 7+name)+fit(" lang", 7)+fitRight("asks", 8)+fitRight("value", 8)+fitRight("95%", 15)+fitRight("of", 12), faint)
	for _, verdict := range []judge.Verdict{judge.Fail, judge.Inconclusive} {
		under := ""
		for _, g := range s.Gates {
			if g.Verdict != verdict {
				continue
			}
			x := textOf(g)
			if group := strings.Join(notEmpty(x.Suite, x.Variant), " · "); group != under {
				under = group
				t.line(7, group, faint)
			}
			title := strings.Replace(x.Title, "English-Spanish gap", "Gap", 1)
			row := fit(title, name) + fit(" "+orElse(g.Lang, "all"), 7) + fitRight(x.Need, 8) + fitRight(x.Value, 8) +
				fitRight(strings.TrimSuffix(x.Interval, "%"), 15) + fitRight(strings.ReplaceAll(x.Of, " of ", "/"), 12) + fit("  "+note(g), 16)
			fmt.Fprintf(t.w, "%s%s\n", t.ink.paint(fit(x.Verdict, 7), colourOf(x.Class)), strings.TrimRight(row, " "))
		}
	}
	passed := map[string]int{}
	var order, words []string
	for _, g := range s.Gates {
		if g.Verdict != judge.Pass {
			continue
		}
		if passed[g.Suite]++; passed[g.Suite] == 1 {
			order = append(order, g.Suite)
		}
	}
	for _, suite := range order {
		words = append(words, count(passed[suite])+" of "+suite)
	}
	t.labelled(fit("PASS", 7), colourOf("pass"), strings.Join(words, ", "))
	if n := countGates(s.Gates).NotAsked; n > 0 {
		t.line(7, of(n, "gate means", "gates mean")+" nothing in the variant's mode", faint)
	}
}

// note says in two words what a gate's verdict is worth.
func note(g judge.GateResult) string {
	switch {
	case g.Verdict == judge.Inconclusive && g.N == 0:
		return "no case asks"
	case g.Verdict == judge.Inconclusive && g.Needs > 0:
		return "needs " + count(g.Needs)
	case g.Verdict == judge.Inconclusive && g.Unjudged > 0:
		return count(g.Unjudged) + " not judged"
	case g.Verdict == judge.Inconclusive:
		return "too close"
	case g.Certain:
		return "certain"
	}
	return "perhaps chance"
}

// labelled writes a text beside a label, on as many lines as it needs.
func (t *terminal) labelled(label, code, s string) {
	wide := columns(label)
	for i, l := range wrap(plain(s), t.o.Width-wide) {
		if i > 0 {
			label = fit("", wide)
		}
		fmt.Fprintf(t.w, "%s%s\n", t.ink.paint(label, code), l)
	}
}

func notEmpty(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (t *terminal) errors(s judge.Summary) {
	for _, l := range []judge.List{s.Mended, s.Ungated, s.Errors, s.Known} {
		t.list(l, kindTitle(l.Kind))
	}
}

func (t *terminal) list(l judge.List, title string) {
	if l.Count == 0 {
		return
	}
	t.title(title + ": " + count(l.Count))
	shown := l.Items[:min(len(l.Items), t.o.Listed)]
	for _, it := range shown {
		t.item(l.Kind, it)
	}
	if more := l.Count - len(shown); more > 0 {
		t.line(2, "and "+of(more, "more", "more"), faint)
	}
}

func (t *terminal) item(kind string, it judge.Item) {
	if !t.o.ShowText {
		it = quietItem(kind, it)
	}
	x := itemText(it)
	t.beside(x.ID, x.How, x.Place)
	if it.Says != "" {
		t.line(19, "“"+cutTo(plain(it.Says), t.o.Width-21)+"”", faint)
	}
}

// beside writes what a case is about with its place at the right, on two lines
// where they do not fit one.
func (t *terminal) beside(id, how, place string) {
	id, how, place = plain(id), plain(how), cutTo(plain(place), t.o.Width/2)
	left := fit(id, max(16, min(columns(id), t.o.Width/2-4)))
	one := columns(left)+1+columns(how)+2+columns(place)+2 <= t.o.Width
	if one {
		left += " " + how
	}
	fill := strings.Repeat(" ", max(2, t.o.Width-2-columns(left)-columns(place)))
	fmt.Fprintf(t.w, "  %s%s%s\n", left, fill, t.ink.paint(place, faint))
	if !one {
		t.line(19, how, "")
	}
}
