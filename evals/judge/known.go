package judge

import (
	"recado/evals/outcome"
	"recado/evals/suite"
)

// excused is a case that is known to fail.
type excused struct {
	item Item
	// fails: something about it fails or would count against a gate, so that
	// its excuse is needed. passes: it passed where no model takes part.
	// unjudged: an error hides which.
	fails, passes, unjudged bool
}

// isKnown reports whether a case says that it is to be expected to fail.
func isKnown(o *outcome.Outcome) bool { return o.Case.Known != "" }

// excuse notes what an outcome of a known failure shows, right after it was
// added to its variant.
func (j *Judge) excuse(o *outcome.Outcome, v *variant) {
	key := caseKey(o.Suite, o.ID)
	e := j.excused[key]
	if e == nil {
		e = &excused{item: itemOf(o, worst(o))}
		j.excused[key] = e
		j.order = append(j.order, key)
	}
	if o.Status == outcome.Error {
		e.unjudged = true
		return
	}
	fails := o.Status != outcome.Pass || v.gatedFault(j.gated[o.Suite], o)
	if fails && !e.fails { // what is listed is what fails
		e.item = itemOf(o, worst(o))
	}
	if e.item.What = o.Case.Known; e.item.Want == e.item.Got { // something else is wrong, or nothing
		e.item.Want, e.item.Got = "", ""
	}
	e.fails = e.fails || fails
	e.passes = e.passes || v.Mode == outcome.Local && typing(o) == suite.AsWritten && o.Status == outcome.Pass
}

// gatedFault reports whether a gate would count the outcome against its
// measure. The outcome is the one that was added last.
func (v *variant) gatedFault(gates []suite.Gate, o *outcome.Outcome) bool {
	for _, g := range gates {
		q, err := parse(g.Measure)
		if err != nil || !q.askedIn(v.Mode) || !asks(g, langOf(o)) {
			continue
		}
		typed := suite.AsWritten
		if q.kind == ofCost {
			typed = q.typing
		}
		if typing(o) != typed {
			continue
		}
		for _, m := range v.marks {
			if m.measure == q.measure && m.hit == measures[m.measure].LowIsGood {
				return true
			}
		}
	}
	return false
}

// known lists the known failures that fail, and those that do not any more.
func (j *Judge) known() (fail, mended List) {
	still, gone := newLists(j.options.Listed), newLists(j.options.Listed)
	for _, key := range j.order {
		e := j.excused[key]
		item := func() Item { return e.item }
		switch {
		case e.fails:
			still.add(KindKnown, item)
		case e.passes && !e.unjudged && !j.suite(e.item.Suite).ReportOnly:
			gone.add(KindMended, item)
		}
	}
	fail, mended = List{Kind: KindKnown}, List{Kind: KindMended}
	for _, l := range still.list() {
		fail = l
	}
	for _, l := range gone.list() {
		mended = l
	}
	return fail, mended
}
