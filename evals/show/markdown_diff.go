package show

import "strings"

func (m *markdown) diff(d *diffView) {
	m.say("### From " + codeSpan(d.A) + " to " + codeSpan(d.B))
	for _, n := range d.Notes {
		m.say(cell(n))
	}
	if d.Missing != "" {
		m.say("Without a counterpart: " + cell(d.Missing))
	}
	for _, v := range d.Variants {
		head := "**" + v.Headline + "**"
		if v.Name != "" {
			head = "**" + cell(v.Name) + ":** " + head
		}
		m.say(head + " " + cell(v.Test))
		var rows [][]string
		for _, x := range v.Measures {
			change := x.Change
			switch x.Class {
			case "better":
				change = "✅ better"
			case "worse":
				change = "❌ worse"
			}
			rows = append(rows, []string{cell(x.Title), x.Sub, x.A, x.B, "**" + x.Value + "**", x.Interval, cell(x.P), change})
		}
		m.table([]string{"measure", "language", "before", "now", "points", "95% interval", "McNemar, corrected", ""}, rows, 0)
		for _, l := range v.Lists {
			m.fold(l.Title+": "+count(l.Count)+" ("+l.About+")", func() { m.sides(l) })
		}
	}
}

func (m *markdown) sides(l diffList) {
	header := []string{"case", "before → now", "where"}
	if m.o.ShowText {
		header = append(header, "message")
	}
	var rows [][]string
	for _, c := range l.Cases[:min(len(l.Cases), m.o.Listed)] {
		facts := notEmpty(c.Lang, c.Typing)
		if c.Care {
			facts = append(facts, "care")
		}
		if c.Flaky {
			facts = append(facts, "flaky")
		}
		row := []string{codeSpan(c.ID) + " " + cell(strings.Join(facts, ", ")), cell(c.From + " → " + c.To), codeSpan(c.Place)}
		if m.o.ShowText {
			row = append(row, codeSpan(short(plain(c.Says), 160)))
		}
		rows = append(rows, row)
	}
	m.table(header, rows, l.Count-len(rows))
}
