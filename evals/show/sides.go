package show

import (
	"strconv"
	"strings"

	"recado/evals/compare"
	"recado/evals/outcome"
)

// sideBySide is one case in both runs.
type sideBySide struct {
	ID, Typing, Lang, Group, Place string
	Care, Flaky                    bool
	From, To                       string // in a word: dispositions, or statuses
	Says                           string
	Turns                          []sideTurn
}

type sideTurn struct {
	Number     int
	Says       []string
	Attachment string
	Lang       string
	Rows       []sideRow
}

// sideRow is one property of a turn in both runs.
type sideRow struct {
	Name    string
	A, B    []change
	Changed bool
}

func sideBySideOf(c compare.CaseDiff, text bool) sideBySide {
	s := sideBySide{ID: c.ID, Lang: c.Lang, Group: c.Group, Care: c.Care, Flaky: c.Flaky,
		Place: place(outcome.Labels{File: c.File, Line: c.Line})}
	if c.Perturbation != "as_written" {
		s.Typing = c.Perturbation
	}
	a, b := turnsOf(c.A), turnsOf(c.B)
	for i := range max(len(a), len(b)) {
		t := sideTurnOf(sideAt(a, i), sideAt(b, i), c, text)
		if max(len(a), len(b)) > 1 {
			t.Number = i + 1
		}
		if s.From == "" && s.To == "" {
			s.From, s.To = changedDisposition(sideAt(a, i), sideAt(b, i))
			if text && (s.From != s.To || i == 0) {
				s.Says = strings.Join(strings.Fields(strings.Join(t.Says, " / ")), " ")
			}
		}
		s.Turns = append(s.Turns, t)
	}
	if s.From == s.To {
		s.From, s.To = statusOf(c.A), statusOf(c.B)
	}
	return s
}

func changedDisposition(a, b *compare.TurnSide) (from, to string) {
	if a == nil || b == nil || a.Disposition == b.Disposition {
		return "", ""
	}
	return a.Disposition, b.Disposition
}

func turnsOf(c *compare.CaseSide) []compare.TurnSide {
	if c == nil {
		return nil
	}
	return c.Turns
}

func sideAt(all []compare.TurnSide, i int) *compare.TurnSide {
	if i < len(all) {
		return &all[i]
	}
	return nil
}

func statusOf(c *compare.CaseSide) string {
	switch {
	case c == nil:
		return "–"
	case c.Of > 1:
		return string(c.Status) + " " + strconv.Itoa(c.Pass) + "/" + strconv.Itoa(c.Of)
	}
	return string(c.Status)
}

func sideTurnOf(a, b *compare.TurnSide, c compare.CaseDiff, text bool) sideTurn {
	t := sideTurn{Lang: spoken(c.Lang, "")}
	some := a
	if b != nil {
		some = b
	}
	t.Attachment = some.Attachment
	if text {
		t.Says = some.Says
	}
	add := func(name string, get func(*compare.TurnSide) string) {
		va, vb := "", ""
		if a != nil {
			va = get(a)
		}
		if b != nil {
			vb = get(b)
		}
		if va == "" && vb == "" {
			return
		}
		row := sideRow{Name: name, Changed: va != vb && a != nil && b != nil}
		row.A, row.B = []change{{va, row.Changed}}, []change{{vb, row.Changed}}
		if name == "Text" && row.Changed {
			row.A, row.B = changedWords(va, vb)
		}
		t.Rows = append(t.Rows, row)
	}
	add("Wanted", func(s *compare.TurnSide) string { return s.Want })
	add("Disposition", func(s *compare.TurnSide) string { return s.Disposition })
	add("Settled by", func(s *compare.TurnSide) string { return s.Attribution })
	add("Rule", func(s *compare.TurnSide) string { return s.Rule })
	add("Intents", func(s *compare.TurnSide) string { return strings.Join(s.Intents, ", ") })
	add("Reply in", func(s *compare.TurnSide) string { return s.ReplyLang })
	add("Reply", func(s *compare.TurnSide) string { return strings.Join(s.Reply, ", ") })
	if text {
		add("Text", func(s *compare.TurnSide) string { return s.Text })
	}
	add("Failed", func(s *compare.TurnSide) string { return failedChecks(s, text) })
	return t
}

func failedChecks(s *compare.TurnSide, text bool) string {
	var parts []string
	for _, c := range s.Failed {
		parts = append(parts, wanted(checkOf(c, s.Text, text)))
	}
	return strings.Join(parts, "\n")
}
