package judge

import (
	"slices"

	"recado/agent"
	"recado/evals/outcome"
)

// mark is what one turn, or an outcome as a whole, says of one measure.
type mark struct {
	measure int
	hit     bool
}

// marksOf appends what a judged outcome says of each measure.
func marksOf(into []mark, o *outcome.Outcome, mode outcome.Mode) []mark {
	lang := langOf(o)
	for i := range measures {
		m := &measures[i]
		if m.whole != nil {
			if asked, hit := m.whole(o, mode); asked {
				into = append(into, mark{i, hit})
			}
			continue
		}
		for k := range o.Turns {
			if t := &o.Turns[k]; m.asked(t, lang) && (m.counts == nil || m.counts(t)) {
				into = append(into, mark{i, m.hit(t)})
			}
		}
	}
	return into
}

// asked reports from the label alone whether a turn is asked.
func (m *measure) asked(t *outcome.Turn, lang string) bool {
	if lang == otherLang && m.Name == "reply_language" {
		return false // no language is right to answer a third one in
	}
	return m.asks(t)
}

// bad reports whether a turn counts against the measure.
func (m *measure) bad(t *outcome.Turn, lang string) bool {
	return m.asks != nil && m.asked(t, lang) && (m.counts == nil || m.counts(t)) && m.hit(t) == m.LowIsGood
}

// Marks says of each measure, by its place in Measures, whether a case was
// asked and whether it hit. A script hits where all its turns do, and where
// any does for measures of which low is good.
type Marks struct{ Asked, Hit uint64 }

// MarksOf are the marks of a judged outcome.
func MarksOf(o outcome.Outcome, mode outcome.Mode) Marks { return fold(marksOf(nil, &o, mode)) }

// MarksOfDispositions are the marks that o would have had with other
// dispositions, one a turn, of the measures that look at nothing else. Kept
// says that silent turns left a record for staff.
func MarksOfDispositions(o outcome.Outcome, dispositions []agent.Disposition, kept bool, status outcome.Status, mode outcome.Mode) Marks {
	o.Status, o.Turns, o.Breaches = status, slices.Clone(o.Turns), nil
	for i := range o.Turns {
		if i < len(dispositions) {
			o.Turns[i].Disposition = dispositions[i]
		}
		o.Turns[i].Priority = ""
		if kept {
			o.Turns[i].Priority = agent.PriorityRequest
		}
	}
	m := MarksOf(o, mode)
	var plain uint64
	for i := range measures {
		if measures[i].plain {
			plain |= 1 << i
		}
	}
	return Marks{m.Asked & plain, m.Hit & plain}
}

func fold(marks []mark) Marks {
	var out Marks
	for _, m := range marks {
		bit := uint64(1) << m.measure
		seen := out.Asked&bit != 0
		was := out.Hit&bit != 0
		hit := m.hit
		if seen && measures[m.measure].LowIsGood {
			hit = hit || was
		} else if seen {
			hit = hit && was
		}
		out.Asked |= bit
		out.Hit &^= bit
		if hit {
			out.Hit |= bit
		}
	}
	return out
}

// Votes adds up the marks of a case's repeats. The zero value is ready.
type Votes struct {
	first Marks
	n     int32
	// many has a count of asked and hit for each measure, from the second
	// repeat on.
	many *[64][2]uint16
}

// Add adds one repeat.
func (v *Votes) Add(m Marks) {
	v.n++
	if v.n == 1 {
		v.first = m
		return
	}
	if v.many == nil {
		v.many = new([64][2]uint16)
		v.count(v.first)
	}
	v.count(m)
}

func (v *Votes) count(m Marks) {
	for i := range measures {
		if m.Asked&(1<<i) == 0 || v.many[i][0] == 1<<16-1 {
			continue
		}
		v.many[i][0]++
		if m.Hit&(1<<i) != 0 {
			v.many[i][1]++
		}
	}
}

// Marks is what most repeats say; a tie counts as a fault.
func (v *Votes) Marks() Marks {
	if v.many == nil {
		return v.first
	}
	var out Marks
	for i := range measures {
		asked, hit := v.many[i][0], v.many[i][1]
		if asked == 0 {
			continue
		}
		out.Asked |= 1 << i
		if 2*hit > asked || 2*hit == asked && measures[i].LowIsGood {
			out.Hit |= 1 << i
		}
	}
	return out
}

const otherLang = "other"

// langs are the languages of cases.
var langs = []string{"en", "es", "mixed", otherLang}

// allLangs is how a gate asks for all languages together.
const allLangs = "all"

// langOf is the language of a case: its label, else the one that the reply
// should have.
func langOf(o *outcome.Outcome) string {
	lang := o.Case.Lang
	if lang == "" && len(o.Turns) > 0 {
		lang = o.Turns[0].Expect.ReplyLang
	}
	if lang != "" && !slices.Contains(langs, lang) {
		return otherLang
	}
	return lang
}
