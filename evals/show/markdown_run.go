package show

import (
	"strings"

	"recado/evals/judge"
)

var verdictMarks = map[string]string{"pass": "✅", "fail": "❌", "unsure": "❔", "none": "➖"}

func (m *markdown) gates(s judge.Summary) {
	if len(s.Gates) == 0 {
		return
	}
	header := []string{"", "gate", "suite", "language", "value", "95% interval", "asks", "cases", ""}
	var red, green [][]string
	for _, g := range ranked(s.Gates) {
		x := textOf(g)
		title := cell(x.Title)
		if x.Safety {
			title += " (safety)"
		}
		where := cell(strings.Join(notEmpty(x.Suite, x.Variant), ", "))
		row := []string{verdictMarks[x.Class] + " " + x.Verdict, title, where, x.Lang, "**" + x.Value + "**", x.Interval, x.Need, x.Of}
		if g.Verdict == judge.Pass || g.Verdict == judge.NotAsked {
			green = append(green, append(row, ""))
		} else {
			red = append(red, append(row, note(g)))
		}
	}
	m.say("### Gates")
	m.table(header, red, 0)
	if green != nil {
		m.fold(of(len(green), "gate passes or is not asked", "gates pass or are not asked"), func() { m.table(header, green, 0) })
	}
}

func (m *markdown) variant(s judge.Summary, v judge.Variant) {
	of := ""
	if len(s.Variants) > 1 {
		m.say("### " + cell(v.Name))
		of = ", " + cell(v.Name)
	}
	m.fold("Measures by language"+of, func() { m.measures(s, v) })
	if g := gapsOf(s, v); len(g.Rows) > 0 {
		m.fold("English and Spanish on twins"+of, func() {
			var rows [][]string
			for _, r := range g.Rows {
				rows = append(rows, []string{cell(r.Title), r.A, r.B, "**" + r.Value + "**", r.Interval, r.Only, r.Pairs, cell(r.P)})
			}
			m.table([]string{"measure", "English", "Spanish", "gap, points", "95% interval", "one only", "pairs", "McNemar"}, rows, 0)
		})
	}
	if c := costsOf(s, v); len(c.Rows) > 0 {
		m.fold("What typing changes, in points"+of, func() {
			var rows [][]string
			for _, r := range c.Rows {
				row := []string{cell(r.Title)}
				for _, x := range r.Cells {
					if x.Class != "" {
						row = append(row, "**"+x.Value+"**")
					} else {
						row = append(row, x.Value)
					}
				}
				rows = append(rows, row)
			}
			m.table(append([]string{"measure"}, c.Columns...), rows, 0)
		})
	}
	m.fold("Parts, time and cost"+of, func() { m.reasons(v) })
	for _, l := range v.Failures {
		if l.Kind != judge.KindError {
			m.list(l, kindTitle(l.Kind)+of)
		}
	}
}

func (m *markdown) measures(s judge.Summary, v judge.Variant) {
	languages := langsOf(v)
	header := []string{"measure", "asked"}
	for _, l := range languages {
		header = append(header, langName(l))
	}
	var rows [][]string
	for _, x := range forestOf(s, v).Measures {
		row := []string{cell(x.Title), cell(x.Goal)}
		for _, l := range languages {
			text := ""
			for _, r := range x.Rows {
				if r.Lang != l {
					continue
				}
				text = r.Value + " [" + strings.TrimSuffix(r.Interval, "%") + "] " + r.N
				if r.Off {
					text = "❌ **" + r.Value + "** [" + strings.TrimSuffix(r.Interval, "%") + "] " + r.N
				}
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	m.table(header, rows, 0)
}

func (m *markdown) reasons(v judge.Variant) {
	var rows [][]string
	for _, l := range reasonsOf(v) {
		rows = append(rows, []string{l[0], cell(l[1])})
	}
	m.table([]string{"", ""}, rows, 0)
}

// list writes failures of a kind.
func (m *markdown) list(l judge.List, title string) {
	if l.Count == 0 {
		return
	}
	m.fold(title+": "+count(l.Count), func() {
		header := []string{"case", "what", "where"}
		if m.o.ShowText {
			header = append(header, "message")
		}
		var rows [][]string
		for _, it := range l.Items[:min(len(l.Items), m.o.Listed)] {
			if !m.o.ShowText {
				it = quietItem(l.Kind, it)
			}
			x := itemText(it)
			row := []string{codeSpan(x.ID), cell(plain(x.How)), codeSpan(x.Place)}
			if m.o.ShowText {
				row = append(row, codeSpan(short(plain(it.Says), 160)))
			}
			rows = append(rows, row)
		}
		m.table(header, rows, l.Count-len(rows))
	})
}
