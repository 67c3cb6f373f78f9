package show

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// caseView is an outcome as reports show it.
type caseView struct {
	Anchor       string // an id in the page, the same in every report of the same outcome
	Status       string
	Class        string // pass, fail or fault
	Kind         string
	Suite        string
	ID           string
	Variant      string
	Perturbation string // empty as written
	Repeat       int    // from 1; 0 where nothing was repeated
	Group        string
	Lang         string
	Tags         []string
	Promises     []string
	Pair         string
	Place        string // file:line
	Error        string
	Known        string // why the case is to be expected to fail
	Summary      string // wanted and got, in a line
	Says         string // the first words of what was said
	Want, Got    string // dispositions of the turn that Summary is about
	Breaches     []outcome.Breach
	Turns        []turnView
	Hidden       bool // words are left out
}

func anchor(o outcome.Outcome) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %q %q %d", o.Suite, o.ID, o.Variant, o.Perturbation, o.Repeat)
	return fmt.Sprintf("c-%016x", h.Sum64())
}

// viewOf prepares an outcome. Without text the words of patients are left
// out, and with them the checks that may quote them.
func viewOf(o outcome.Outcome, repeats, text bool) caseView {
	v := caseView{
		Anchor: anchor(o), Status: string(o.Status), Class: class(o.Status), Kind: kindTitle(judge.KindOf(o)),
		Suite: o.Suite, ID: o.ID, Variant: o.Variant,
		Group: o.Case.Group, Lang: o.Case.Lang, Tags: o.Case.Tags, Promises: o.Case.Promises, Pair: o.Case.Pair,
		Place: place(o.Case), Error: o.Error, Known: o.Case.Known, Breaches: o.Breaches, Hidden: !text,
	}
	if o.Perturbation != suite.AsWritten {
		v.Perturbation = string(o.Perturbation)
	}
	if repeats {
		v.Repeat = o.Repeat + 1
	}
	for i, t := range o.Turns {
		tv := turnOf(t, v.Lang, text)
		if len(o.Turns) > 1 {
			tv.Number = i + 1
		}
		v.Turns = append(v.Turns, tv)
	}
	v.Want, v.Got = wantGot(o)
	v.Summary = inALine(o, text)
	if text {
		v.Says = opening(o)
	}
	return v
}

func breachWords(b outcome.Breach) string {
	if b.StandIn != "" {
		return b.Promise + " under " + b.StandIn + ": " + b.What
	}
	return b.Promise + ": " + b.What
}

func class(s outcome.Status) string {
	switch s {
	case outcome.Pass:
		return "pass"
	case outcome.Fail:
		return "fail"
	case outcome.Known:
		return "unsure"
	}
	return "fault"
}

func place(l outcome.Labels) string {
	if l.File == "" {
		return ""
	}
	return l.File + ":" + strconv.Itoa(l.Line)
}

// telling is the turn that a case is known by: the first that failed, else
// the last.
func telling(o outcome.Outcome) *outcome.Turn {
	for i := range o.Turns {
		for _, c := range o.Turns[i].Checks {
			if !c.OK {
				return &o.Turns[i]
			}
		}
	}
	if len(o.Turns) == 0 {
		return nil
	}
	return &o.Turns[len(o.Turns)-1]
}

func wantGot(o outcome.Outcome) (want, got string) {
	t := telling(o)
	if t == nil {
		return "", ""
	}
	return string(t.Expect.Disposition), string(t.Disposition)
}

// inALine says what was wanted and got, or why it was not judged.
func inALine(o outcome.Outcome, text bool) string {
	if o.Status == outcome.Error {
		return o.Error
	}
	var parts []string
	for _, b := range o.Breaches {
		parts = append(parts, breachWords(b))
	}
	for i, t := range o.Turns {
		for _, c := range t.Checks {
			if c.OK || c.What == "promises" && len(o.Breaches) > 0 {
				continue
			}
			cv := checkOf(c, t.Text, text)
			part := wanted(cv)
			if len(o.Turns) > 1 {
				part = fmt.Sprintf("turn %d, %s", i+1, part)
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// opening is what was said in the telling turn, on one line.
func opening(o outcome.Outcome) string {
	t := telling(o)
	if t == nil {
		return ""
	}
	s := strings.Join(strings.Fields(strings.Join(t.Says, " / ")), " ")
	if t.Attachment != "" {
		s = strings.TrimSpace(s + " [" + t.Attachment + "]")
	}
	return s
}
