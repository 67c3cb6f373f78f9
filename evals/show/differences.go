package show

import "recado/evals/judge"

// difference is one row of a table of differences: a gap, a cost, a change.
type difference struct {
	Title, Sub      string
	A, B            string
	Value, Interval string
	Class           string // better, worse or empty
	Only            string // discordant pairs, first and second
	P               string
	Pairs           string
	Plot            *plot
}

// zero is the mark of no difference in a plot of differences.
var zero = goal{}

func differenceOf(sp span, title, sub string, a, b float64, onlyA, onlyB, pairs int, d judge.Difference) difference {
	row := difference{Title: title, Sub: sub, A: percent(a), B: percent(b), Value: points(d.Value),
		Interval: points(d.Low) + " to " + points(d.High), Only: count(onlyA) + " : " + count(onlyB), P: pValue(d.P), Pairs: count(pairs)}
	row.Plot = plotOf(sp, "", d.Value, d.Low, d.High, zero)
	row.Plot.Goal = sp.place(0)
	return row
}

// gaps is English against Spanish on twins.
type gaps struct {
	Rows     []difference
	From, To string
	Unpaired int
}

func gapsOf(s judge.Summary, v judge.Variant) gaps {
	g := gaps{Unpaired: v.Unpaired}
	names := infos(s)
	var all []judge.Difference
	var shown []judge.Gap
	for _, x := range v.Gaps {
		if ofCheck(judge.MeasureInfo{Name: x.Measure}) {
			continue
		}
		shown = append(shown, x)
		all = append(all, x.Difference)
	}
	sp := around(all...)
	g.From, g.To = points(sp.from), points(sp.to)
	for _, x := range shown {
		row := differenceOf(sp, titleOf(names, x.Measure), "", x.English, x.Spanish, x.First, x.Second, x.N(), x.Difference)
		if x.Difference.P < 0.05 {
			row.Class = "worse" // either way it is a gap
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// costs is what typing anew costs: a row a measure, a column a perturbation.
type costs struct {
	Columns []string
	Rows    []costRow
}

type costRow struct {
	Title string
	Cells []costCell
}

type costCell struct {
	Value, Detail, Class string
}

func costsOf(s judge.Summary, v judge.Variant) costs {
	var c costs
	at := map[[2]string]judge.Cost{}
	seen := map[string]bool{}
	for _, x := range v.Costs {
		if !seen[x.Perturbation] {
			seen[x.Perturbation] = true
			c.Columns = append(c.Columns, x.Perturbation)
		}
		at[[2]string{x.Measure, x.Perturbation}] = x
	}
	for _, in := range s.Measures {
		if ofCheck(in) {
			continue
		}
		row := costRow{Title: orElse(in.Title, in.Name)}
		any := false
		for _, col := range c.Columns {
			x, ok := at[[2]string{in.Name, col}]
			if !ok {
				row.Cells = append(row.Cells, costCell{Value: "–"})
				continue
			}
			any = true
			// the change of the measure, so that the sign says what happened
			cell := costCell{Value: points(-x.Difference.Value), Detail: percent(x.Typed) + ", " + of(x.N(), "pair", "pairs")}
			if worse := x.Difference.Value > 0 != in.LowIsGood; x.Difference.P < 0.05 && x.Difference.Value != 0 {
				cell.Class = "better"
				if worse {
					cell.Class = "worse"
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if any {
			c.Rows = append(c.Rows, row)
		}
	}
	return c
}
