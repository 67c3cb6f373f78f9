package judge

import (
	"cmp"
	"slices"

	"recado/evals/outcome"
)

// none is the intent of a turn that has none.
const none = "(none)"

type cellKey struct{ lang, want, got string }

// confusion counts what was taken for what, by language.
type confusion struct {
	cells  map[cellKey]*Cell
	labels map[string]bool
}

func newConfusion() confusion { return confusion{map[cellKey]*Cell{}, map[string]bool{}} }

func (c *confusion) add(lang, want, got string, accepted bool) {
	want, got = c.bounded(want), c.bounded(got)
	for _, l := range orAll(lang) {
		k := cellKey{l, want, got}
		cell := c.cells[k]
		if cell == nil {
			cell = &Cell{Want: want, Got: got}
			c.cells[k] = cell
		}
		cell.N++
		if accepted {
			cell.Accepted++
		}
	}
}

func (c *confusion) bounded(label string) string {
	switch {
	case label == "":
		return none
	case c.labels[label]:
	case len(c.labels) >= most:
		return Rest
	default:
		c.labels[label] = true
	}
	return label
}

// matrices returns one matrix for all languages and one for each. Labels that
// order does not name follow it, the most frequent first.
func (c *confusion) matrices(order []string) []Matrix {
	of := map[string][]Cell{}
	weight := map[string]int{}
	for k, cell := range c.cells {
		of[k.lang] = append(of[k.lang], *cell)
		if k.lang == "" {
			weight[cell.Want] += cell.N
		}
	}
	rank := func(label string) int {
		switch i := slices.Index(order, label); {
		case label == Rest:
			return len(order) + 2
		case label == none:
			return len(order) + 1
		case i >= 0:
			return i
		}
		return len(order)
	}
	before := func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b))
	}
	var out []Matrix
	for _, lang := range append([]string{""}, langs...) {
		cells := of[lang]
		if len(cells) == 0 {
			continue
		}
		slices.SortFunc(cells, func(a, b Cell) int { return cmp.Or(before(a.Want, b.Want), before(a.Got, b.Got)) })
		m := Matrix{Lang: lang, Cells: cells}
		for _, cell := range cells {
			m.Labels = append(m.Labels, cell.Want, cell.Got)
		}
		slices.SortFunc(m.Labels, before)
		m.Labels = slices.Compact(m.Labels)
		out = append(out, m)
	}
	return out
}

// confuse counts the turns of a judged outcome.
func (v *variant) confuse(o *outcome.Outcome) {
	lang := langOf(o)
	for i := range o.Turns {
		t := &o.Turns[i]
		if t.Expect.Disposition != "" {
			v.dispositions.add(lang, string(t.Expect.Disposition), string(t.Disposition), right(t))
		}
		if len(t.Expect.Intents) > 0 {
			got := ""
			if len(t.Intents) > 0 {
				got = t.Intents[0].Name
			}
			v.intents.add(lang, t.Expect.Intents[0], got, mainIntentRight(t))
		}
	}
}
