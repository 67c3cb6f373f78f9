package show

import (
	"slices"
	"strings"

	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
)

// withoutWords is s without what patients wrote. Checks that may quote them
// lose both sides.
func withoutWords(s judge.Summary) judge.Summary {
	s.Ungated, s.Errors, s.Known, s.Mended = quietList(s.Ungated), quietList(s.Errors), quietList(s.Known), quietList(s.Mended)
	s.Variants = slices.Clone(s.Variants)
	for i := range s.Variants {
		v := &s.Variants[i]
		v.Failures = slices.Clone(v.Failures)
		for k := range v.Failures {
			v.Failures[k] = quietList(v.Failures[k])
		}
	}
	return s
}

func quietList(l judge.List) judge.List {
	l.Items = slices.Clone(l.Items)
	for i := range l.Items {
		l.Items[i] = quietItem(l.Kind, l.Items[i])
	}
	return l
}

// quietItem is an item of a list of the kind without words.
func quietItem(kind string, it judge.Item) judge.Item {
	it.Says = ""
	ofCheck := strings.HasPrefix(kind, "check_") || kind == judge.KindUngated && it.What != "breach" && it.What != "status"
	if ofCheck && quotes(it.What) {
		it.Want, it.Got = notShown, notShown
	}
	return it
}

// diffWithoutWords is d without what patients wrote and read.
func diffWithoutWords(d compare.Diff) compare.Diff {
	d.Variants = slices.Clone(d.Variants)
	for i := range d.Variants {
		v := &d.Variants[i]
		for _, l := range []*compare.CaseList{&v.Broken, &v.Mended, &v.Changed, &v.Texts, &v.Edited, &v.New, &v.Removed, &v.Unjudged} {
			l.Cases = slices.Clone(l.Cases)
			for k := range l.Cases {
				l.Cases[k].A, l.Cases[k].B = quietSide(l.Cases[k].A), quietSide(l.Cases[k].B)
			}
		}
	}
	return d
}

func quietSide(s *compare.CaseSide) *compare.CaseSide {
	if s == nil {
		return nil
	}
	quiet := *s
	quiet.Turns = slices.Clone(s.Turns)
	for i := range quiet.Turns {
		t := &quiet.Turns[i]
		t.Says, t.Text = nil, ""
		t.Failed = slices.Clone(t.Failed)
		for k := range t.Failed {
			t.Failed[k] = quietCheck(t.Failed[k])
		}
	}
	return &quiet
}

// quietCheck is c without its sides where they may quote a patient.
func quietCheck(c outcome.Check) outcome.Check {
	if quotes(c.What) {
		c.Want, c.Got = notShown, notShown
	}
	return c
}
