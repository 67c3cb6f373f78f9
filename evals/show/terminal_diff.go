package show

import (
	"fmt"
	"strings"
)

// diff writes what changed between two runs, what broke first.
func (t *terminal) diff(r Report) {
	d := diffViewOf(r.Diff, r.Summary, t.o)
	if r.hasRun() {
		fmt.Fprintln(t.w)
	}
	t.line(0, "From "+plain(d.A)+" to "+plain(d.B), bold)
	for _, n := range d.Notes {
		t.block(2, n, faint)
	}
	if d.Missing != "" {
		t.block(2, "without a counterpart: "+d.Missing, faint)
	}
	for _, v := range d.Variants {
		fmt.Fprintln(t.w)
		head := v.Headline
		if v.Name != "" {
			head = v.Name + ": " + head
		}
		t.line(0, plain(head), colourOf(v.Class))
		t.block(2, v.Test, faint)
		t.measureDiffs(v)
		for _, l := range v.Lists {
			t.title(l.Title + ": " + count(l.Count) + " (" + l.About + ")")
			shown := l.Cases[:min(len(l.Cases), t.o.Listed)]
			for _, c := range shown {
				t.side(c)
			}
			if more := l.Count - len(shown); more > 0 {
				t.line(2, "and "+count(more)+" more", faint)
			}
		}
	}
}

func (t *terminal) measureDiffs(v variantDiffView) {
	if len(v.Measures) == 0 {
		return
	}
	const cells = 9 + 8 + 8 + 8 + 16 + 9 + 16
	name := max(20, min(t.o.Width-cells, 44))
	t.line(0, fit("", name)+fit(" language", 9)+fitRight("before", 8)+fitRight("now", 8)+fitRight("points", 8)+fitRight("95%", 16)+fitRight("p", 9), faint)
	for _, m := range v.Measures {
		row := fit(m.Title, name) + fit(" "+m.Sub, 9) + fitRight(m.A, 8) + fitRight(m.B, 8) + fitRight(m.Value, 8) + fitRight(m.Interval, 16) +
			fitRight(strings.TrimPrefix(strings.TrimPrefix(m.P, "p "), "= "), 9) + "  " + m.Change
		code := ""
		if m.Class != "" {
			code = colourOf(m.Class)
		}
		t.line(0, row, code)
	}
}

func (t *terminal) side(c sideBySide) {
	facts := []string{c.Lang, c.Typing}
	if c.Care {
		facts = append(facts, "care")
	}
	if c.Flaky {
		facts = append(facts, "flaky")
	}
	t.beside(c.ID, c.From+" → "+c.To+"  "+strings.Join(notEmpty(facts...), " "), c.Place)
	if c.Says != "" {
		t.line(19, "“"+cutTo(plain(c.Says), t.o.Width-21)+"”", faint)
	}
}
