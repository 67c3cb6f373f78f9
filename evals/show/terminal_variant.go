package show

import (
	"fmt"
	"strings"

	"recado/evals/judge"
)

// variant writes one column of the matrix.
func (t *terminal) variant(s judge.Summary, v judge.Variant) {
	if len(s.Variants) > 1 {
		var facts []string
		for _, f := range variantFacts(v) {
			facts = append(facts, f.Name+" "+f.Value)
		}
		fmt.Fprintln(t.w)
		head := "── " + v.Name + " · " + strings.Join(facts, ", ") + " "
		t.line(0, head+strings.Repeat("─", max(0, t.o.Width-columns(head))), bold)
	}
	t.measures(s, v)
	t.gaps(s, v)
	t.costs(s, v)
	t.groups(v)
	t.reasons(v)
	for _, l := range v.Failures {
		if l.Kind != judge.KindError {
			t.list(l, kindTitle(l.Kind))
		}
	}
}

// shareWidth is how wide a share is in a table: mark, share, interval, number.
const shareWidth = 2 + 5 + 11 + 6

// measures writes a line a measure, with the languages side by side.
func (t *terminal) measures(s judge.Summary, v judge.Variant) {
	languages := langsOf(v)
	languages = languages[:min(len(languages), max(1, (t.o.Width-24)/shareWidth))]
	f := forestOf(s, v)
	if len(languages) == 0 || len(f.Measures) == 0 {
		return
	}
	name := min(t.o.Width-shareWidth*len(languages), 44)
	t.title("Measures, as written: share, 95% interval, number")
	header := fit("", name)
	for _, l := range languages {
		header += fit("  "+langName(l)+", %", shareWidth)
	}
	t.line(0, header, faint)
	for _, m := range f.Measures {
		row := fit(m.Title, name)
		var bounds []string
		for _, l := range languages {
			row += t.share(m, l)
		}
		for _, r := range m.Rows {
			if r.Bound != "" {
				bounds = append(bounds, r.LangName+" "+r.Bound)
			}
		}
		fmt.Fprintln(t.w, strings.TrimRight(row, " "))
		if bounds != nil {
			t.block(2, "with 95% certainty: "+strings.Join(bounds, ", "), faint)
		}
	}
}

// share is a measure in one language, marked where it misses its goal.
func (t *terminal) share(m forestMeasure, lang string) string {
	for _, r := range m.Rows {
		if r.Lang != lang {
			continue
		}
		text := fitRight(strings.TrimSuffix(r.Value, "%"), 5) + fitRight(strings.TrimSuffix(r.Interval, "%"), 11) + fitRight(r.N, 6)
		if r.Off {
			return " " + t.ink.paint("!"+text, colourOf("fail"))
		}
		return "  " + text
	}
	return fit("", shareWidth)
}

// groups writes how each group of cases was decided, in all languages and in
// each.
func (t *terminal) groups(v judge.Variant) {
	const measure = "disposition"
	languages := append([]string{""}, langsOf(v)...)
	languages = languages[:min(len(languages), max(1, (t.o.Width-24)/shareWidth))]
	var names []string
	for _, s := range v.Slices {
		if _, ok := s.Share(measure); ok && s.By == judge.ByGroup && s.Lang == "" {
			names = append(names, s.Value)
		}
	}
	if len(names) < 2 {
		return
	}
	t.title("Disposition right, by group: share, 95% interval, number")
	name := min(t.o.Width-shareWidth*len(languages), 44)
	header := fit("", name)
	for _, l := range languages {
		header += fit("  "+langName(l)+", %", shareWidth)
	}
	t.line(0, header, faint)
	for _, group := range names {
		row := fit(group, name)
		for _, l := range languages {
			text := ""
			if s, ok := v.Slice(judge.ByGroup, group, l); ok {
				if x, ok := s.Share(measure); ok {
					text = "  " + fitRight(strings.TrimSuffix(percent(x.Value), "%"), 5) + fitRight(strings.TrimSuffix(percents(x.Low, x.High), "%"), 11) + fitRight(count(x.N), 6)
				}
			}
			row += fit(text, shareWidth)
		}
		t.line(0, row, "")
	}
}

func (t *terminal) gaps(s judge.Summary, v judge.Variant) {
	g := gapsOf(s, v)
	if len(g.Rows) == 0 {
		return
	}
	t.title("English less Spanish on twins, in points")
	const cells = 9 + 9 + 8 + 17 + 9 + 7 + 12
	name := min(t.o.Width-cells, 44)
	t.line(0, fit("", name)+fitRight("English", 9)+fitRight("Spanish", 9)+fitRight("gap", 8)+fitRight("95%", 17)+fitRight("one only", 9)+fitRight("pairs", 7)+fitRight("McNemar", 12), faint)
	even := 0
	for _, r := range g.Rows {
		if r.Only == "0 : 0" {
			even++
			continue
		}
		row := fit(r.Title, name) + fitRight(r.A, 9) + fitRight(r.B, 9) + fitRight(r.Value, 8) + fitRight(r.Interval, 17) +
			fitRight(strings.ReplaceAll(r.Only, " ", ""), 9) + fitRight(r.Pairs, 7) + fitRight(r.P, 12)
		code := ""
		if r.Class != "" {
			code = colourOf(r.Class)
		}
		t.line(0, row, code)
	}
	if even > 0 {
		t.line(2, of(even, "more measure is", "more measures are")+" the same on every pair", faint)
	}
}

func (t *terminal) costs(s judge.Summary, v judge.Variant) {
	c := costsOf(s, v)
	if len(c.Rows) == 0 {
		return
	}
	t.title("What typing changes, in points (* unlikely to be chance)")
	const wide = 14
	columns := c.Columns[:min(len(c.Columns), (t.o.Width-24)/wide)]
	name := min(t.o.Width-wide*len(columns), 44)
	header := fit("", name)
	for _, col := range columns {
		header += fitRight(col, wide-1) + " "
	}
	t.line(0, header, faint)
	for _, r := range c.Rows {
		row := fit(r.Title, name)
		code := ""
		for i := range columns {
			star := " "
			if r.Cells[i].Class != "" {
				star = "*"
			}
			if r.Cells[i].Class == "worse" {
				code = yellow
			}
			row += fitRight(r.Cells[i].Value, wide-1) + star
		}
		t.line(0, row, code)
	}
}

// reasons writes which part decided, how sure it was, how long it took and
// what it cost.
func (t *terminal) reasons(v judge.Variant) {
	lines := reasonsOf(v)
	if lines == nil {
		return
	}
	t.title("How it was decided")
	for _, l := range lines {
		t.labelled(fit(l[0], 12), faint, l[1])
	}
}
