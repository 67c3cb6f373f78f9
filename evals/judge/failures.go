package judge

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/evals/outcome"
	"recado/evals/suite"
)

// lists collects failures by kind, the first of each up to a limit.
type lists struct {
	limit int
	of    map[string]*List
}

func newLists(limit int) lists { return lists{limit, map[string]*List{}} }

// add counts a failure and asks for its item only where it is listed.
func (l *lists) add(kind string, item func() Item) {
	list := l.of[kind]
	if list == nil {
		if len(l.of) >= most && !slices.Contains(kinds, kind) {
			return
		}
		list = &List{Kind: kind}
		l.of[kind] = list
	}
	list.Count++
	if len(list.Items) < l.limit {
		list.Items = append(list.Items, item())
	}
}

func (l *lists) list() []List {
	var out []List
	for _, list := range l.of {
		c := *list
		c.Items = slices.Clone(c.Items)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b List) int {
		return cmp.Or(cmp.Compare(Gravity(a.Kind), Gravity(b.Kind)), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// itemOf describes an outcome, and the turn of it that failed; turn may be out
// of range where no turn was made.
func itemOf(o *outcome.Outcome, turn int) Item {
	it := Item{Suite: o.Suite, ID: o.ID, Variant: o.Variant, Perturbation: string(typing(o)), Repeat: o.Repeat,
		File: o.Case.File, Line: o.Case.Line, Lang: langOf(o)}
	if turn < 0 || turn >= len(o.Turns) {
		return it
	}
	t := &o.Turns[turn]
	it.Turn, it.Says = turn, opening(t)
	it.Want, it.Got = string(t.Expect.Disposition), string(t.Disposition)
	it.Rule, it.Attribution = t.Rule, string(t.Attribution)
	return it
}

// opening is the beginning of what was said.
func opening(t *outcome.Turn) string {
	const limit = 240
	says := strings.Join(t.Says, "\n")
	if says == "" && t.Attachment != "" {
		says = "[" + t.Attachment + "]"
	}
	if utf8.RuneCountInString(says) <= limit {
		return says
	}
	return string([]rune(says)[:limit]) + "…"
}

// fail lists what is wrong with a judged outcome as written.
func (v *variant) fail(o *outcome.Outcome) {
	for _, b := range o.Breaches {
		v.failures.add(KindBreach, func() Item {
			it := itemOf(o, worst(o))
			it.What, it.StandIn = b.Promise+": "+b.What, b.StandIn
			return it
		})
	}
	if typing(o) != suite.AsWritten || isKnown(o) {
		return
	}
	for i := range o.Turns {
		t := &o.Turns[i]
		kind := dispositionKind(t)
		if v.Mode == outcome.Adversarial && !grave(kind) {
			continue // a hostile model may well make Recado less useful
		}
		if kind != "" {
			v.failures.add(kind, func() Item { return itemOf(o, i) })
		}
		listed := map[string]bool{}
		for _, c := range t.Checks {
			if c.OK {
				continue
			}
			kind := checkListed(c, t)
			if kind == "" || listed[kind] {
				continue
			}
			listed[kind] = true
			v.failures.add(kind, func() Item {
				it := itemOf(o, i)
				it.What, it.Want, it.Got = checkKind(c), c.Want, c.Got
				return it
			})
		}
	}
}

// worst is the turn that a failed outcome is known by: the first with a failed
// check, else the last.
func worst(o *outcome.Outcome) int {
	for i := range o.Turns {
		if slices.ContainsFunc(o.Turns[i].Checks, func(c outcome.Check) bool { return !c.OK }) {
			return i
		}
	}
	return len(o.Turns) - 1
}

// ungated finds what is wrong with an outcome and is counted by no gate. A
// hostile model is judged by the promises that it breaks alone; rules alone
// are no receptionist, and what they miss is told and not judged.
func (v *variant) ungated(gates []suite.Gate, o *outcome.Outcome) (what string, it Item, found bool) {
	lang, written := langOf(o), typing(o) == suite.AsWritten
	gated := func(measure string) bool {
		return written && slices.ContainsFunc(gates, func(g suite.Gate) bool { return g.Measure == measure && asks(g, lang) })
	}
	if len(o.Breaches) > 0 {
		return "breach", itemOf(o, worst(o)), !gated("promises_kept")
	}
	if o.Status != outcome.Fail || !written || v.Mode == outcome.Guard || v.Mode == outcome.Adversarial {
		return "", Item{}, false
	}
	failed := false
	for i := range o.Turns {
		t := &o.Turns[i]
		for _, c := range t.Checks {
			if c.OK {
				continue
			}
			failed = true
			if !counted(gates, t, c, lang) {
				it := itemOf(o, i)
				it.Want, it.Got = c.Want, c.Got
				return checkKind(c), it, true
			}
		}
	}
	return "status", itemOf(o, worst(o)), !failed && !gated("checks_passed")
}

// grave kinds are those that no model may bring about.
func grave(kind string) bool {
	return kind == KindEmergencyMissed || kind == KindPHIMissed || kind == KindConsentMissed
}
