package compare

import (
	"slices"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

// comparison holds the records of two runs against each other.
type comparison struct {
	before, after *records
	matches       []match
	listed        int
	baseline      bool
	// wanted are the listed cases that are to be described, by key.
	wanted map[uint64]*CaseDiff
}

// run fills the variants of d, but for what describe adds.
func (c *comparison) run(d *Diff) {
	for i, m := range c.matches {
		d.Variants = append(d.Variants, VariantDiff{A: m.a.Name, B: m.b.Name})
		c.variant(i, &d.Variants[len(d.Variants)-1])
	}
}

func (c *comparison) variant(i int, v *VariantDiff) {
	m := newMeasureDiffs()
	for n := range c.after.list {
		b := &c.after.list[n]
		if b.variant != i {
			continue
		}
		a := c.before.find(b.key())
		if a == nil {
			if !c.before.partial && (!c.baseline || b.typing == suite.AsWritten) {
				c.put(&v.New, nil, b)
			}
			continue
		}
		switch {
		case a.judged() == 0 || b.judged() == 0:
			c.put(&v.Unjudged, a, b)
			continue
		case a.words != b.words:
			c.put(&v.Edited, a, b)
			continue
		}
		passed, passes := a.status() == outcome.Pass, b.status() == outcome.Pass
		v.Status.Add(passed, passes)
		if b.typing == suite.AsWritten {
			m.add(b.lang, a.votes.Marks(), b.votes.Marks())
		}
		switch {
		case passed && !passes:
			c.put(&v.Broken, a, b)
		case passes && !passed:
			c.put(&v.Mended, a, b)
		case a.path != b.path || !c.baseline && a.way != b.way:
			c.put(&v.Changed, a, b)
		case !c.baseline && a.text != b.text:
			c.put(&v.Texts, a, b)
		}
	}
	for n := range c.before.list {
		if a := &c.before.list[n]; a.variant == i && !c.after.partial && c.after.find(a.key()) == nil {
			c.put(&v.Removed, a, nil)
		}
	}
	v.Difference = judge.DifferenceOf(v.Status)
	v.Measures = m.list()
}

// put counts a case in a list and lists it as far as there is room.
func (c *comparison) put(l *CaseList, a, b *record) {
	l.Count++
	if len(l.Cases) >= c.listed {
		return
	}
	if l.Cases == nil {
		l.Cases = make([]CaseDiff, 0, c.listed) // so that pointers to them last
	}
	r := b
	if r == nil {
		r = a
	}
	d := CaseDiff{Suite: r.suite, ID: r.id, Perturbation: string(r.typing), Lang: r.lang, A: sideOf(a), B: sideOf(b),
		Flaky: a != nil && a.flaky() || b != nil && b.flaky()}
	l.Cases = append(l.Cases, d)
	c.wanted[r.key()] = &l.Cases[len(l.Cases)-1]
}

func sideOf(r *record) *CaseSide {
	if r == nil {
		return nil
	}
	return &CaseSide{Status: r.status(), Pass: r.pass, Of: r.judged() + r.errors}
}

// describe reads a run once more for the cases that are listed.
func (c *comparison) describe(r Run, side func(match) outcome.Variant, after bool) error {
	fits := map[uint64]bool{}
	return r.each(side, c.matches, func(variant int, o *outcome.Outcome) {
		key := keyOf(variant, o.Suite, o.ID, typingOf(o))
		d := c.wanted[key]
		if d == nil || fits[key] {
			return
		}
		s := d.A
		if after {
			s = d.B
		}
		status := o.Status
		if status == outcome.Known {
			status = outcome.Fail
		}
		if s == nil || s.Turns != nil && status != s.Status {
			return // a repeat that shows what most do is waited for
		}
		fits[key] = status == s.Status
		d.Group, d.Lang, d.File, d.Line = o.Case.Group, o.Case.Lang, o.Case.File, o.Case.Line
		s.Error, s.Turns = o.Error, make([]TurnSide, 0, len(o.Turns))
		for i := range o.Turns {
			t := &o.Turns[i]
			s.Turns = append(s.Turns, turnSide(t))
			d.Care = d.Care || t.Expect.Disposition == agent.Escalate || t.Expect.Disposition == agent.Emergency
		}
	})
}

func turnSide(t *outcome.Turn) TurnSide {
	s := TurnSide{Says: t.Says, Attachment: t.Attachment, Want: string(t.Expect.Disposition), Disposition: string(t.Disposition),
		Rule: t.Rule, ReplyLang: t.ReplyLang, Reply: t.Reply, Text: t.Text, Attribution: string(t.Attribution)}
	for _, in := range t.Intents {
		s.Intents = append(s.Intents, in.Name)
	}
	for _, c := range t.Checks {
		if !c.OK {
			s.Failed = append(s.Failed, c)
		}
	}
	return s
}

// measureDiffs pair each measure in all languages together and in each.
type measureDiffs struct{ pairs map[string]*[64]stat.Pairs }

func newMeasureDiffs() measureDiffs { return measureDiffs{map[string]*[64]stat.Pairs{}} }

func (m measureDiffs) add(lang string, a, b judge.Marks) {
	both := a.Asked & b.Asked
	for _, l := range slices.Compact([]string{"", lang}) {
		p := m.pairs[l]
		if p == nil {
			p = new([64]stat.Pairs)
			m.pairs[l] = p
		}
		for i := range 64 {
			if both&(1<<i) != 0 {
				p[i].Add(a.Hit&(1<<i) != 0, b.Hit&(1<<i) != 0)
			}
		}
	}
}

// list returns the differences in the order of languages and measures.
func (m measureDiffs) list() []MeasureDiff {
	var out []MeasureDiff
	infos := judge.Measures()
	for _, lang := range []string{"", "en", "es", "mixed", "other"} {
		p := m.pairs[lang]
		if p == nil {
			continue
		}
		from := len(out)
		for i, info := range infos {
			if p[i].N() == 0 {
				continue
			}
			d := MeasureDiff{Measure: info.Name, Lang: lang, Pairs: p[i], Difference: judge.DifferenceOf(p[i]), LowIsGood: info.LowIsGood}
			d.A, d.B = p[i].Shares()
			out = append(out, d)
		}
		adjust(out[from:])
	}
	return out
}

// enough is how many pairs must disagree before the test can show anything.
const enough = 6

// adjust corrects the p-values of the measures of one language and says what
// each difference means. Measures that could show nothing whichever way their
// pairs fell are no questions that were asked, and cost the others nothing.
func adjust(all []MeasureDiff) {
	var asked []int
	var p []float64
	for i := range all {
		all[i].Adjusted = 1
		if all[i].Discordant() >= enough {
			asked = append(asked, i)
			p = append(p, all[i].Difference.P)
		}
	}
	for k, adjusted := range stat.Holm(p) {
		all[asked[k]].Adjusted = adjusted
	}
	for i := range all {
		d := &all[i]
		better := d.Difference.Value > 0 != d.LowIsGood
		switch shown := d.Adjusted < 0.05; {
		case d.Difference.Value == 0:
			d.Change = Same
		case shown && better:
			d.Change = Better
		case shown:
			d.Change = Worse
		case better:
			d.Change = LikelyBetter
		default:
			d.Change = LikelyWorse
		}
	}
}
