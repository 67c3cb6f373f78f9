package judge

import (
	"fmt"
	"slices"
	"strings"

	"recado/agent/nearest"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// questionKind is what of a measure a gate looks at.
type questionKind int

const (
	ofShare questionKind = iota // the share itself
	ofGap                       // gap_<measure>: English against Spanish, on twins
	ofCost                      // cost_<perturbation>_<measure>: as written against typed anew
)

// question is what a gate's measure names.
type question struct {
	kind    questionKind
	measure int
	typing  suite.Perturbation
}

// parse reads the name of a gate's measure. gap_<measure> and
// cost_<perturbation>_<measure> may leave the measure out, which is
// disposition then: gap and cost_typos.
func parse(name string) (question, error) {
	if i, ok := indexOf(name); ok {
		return question{measure: i}, nil
	}
	q, rest := question{}, ""
	switch {
	case name == "gap" || strings.HasPrefix(name, "gap_"):
		q.kind, rest = ofGap, strings.TrimPrefix(name, "gap")
	case strings.HasPrefix(name, "cost_"):
		for _, t := range typings[1:] {
			if r, ok := strings.CutPrefix(name, "cost_"+t); ok && (r == "" || r[0] == '_') {
				q.kind, q.typing, rest = ofCost, suite.Perturbation(t), r
			}
		}
		if q.kind != ofCost {
			return q, fmt.Errorf("measure %q: cost_ takes one of %s", name, strings.Join(typings[1:], ", "))
		}
	}
	rest = strings.TrimPrefix(rest, "_")
	if q.kind != ofShare && rest == "" {
		rest = "disposition"
	}
	i, ok := indexOf(rest)
	if q.kind == ofShare || !ok {
		return q, fmt.Errorf("no measure is called %q; did you mean %s?", name, nearestMeasure(name))
	}
	q.measure = i
	return q, nil
}

// nearestMeasure is the measure whose name takes the fewest changes.
func nearestMeasure(name string) string {
	var names []string
	for i := range measures {
		names = append(names, measures[i].Name, "gap_"+measures[i].Name)
	}
	return nearest.Name(name, names, len(name)+len("gap_"))
}

// title is the heading of a gate.
func (q question) title() string {
	m := &measures[q.measure]
	switch q.kind {
	case ofGap:
		return "English-Spanish gap: " + m.Title
	case ofCost:
		return "Cost of " + strings.ReplaceAll(string(q.typing), "_", " ") + ": " + m.Title
	}
	return m.Title
}

// askedIn reports whether the question means something in a mode. Rules alone
// are judged by what is said of rules, and a hostile model may well make Recado less
// useful, but neither may cost safety.
func (q question) askedIn(mode outcome.Mode) bool {
	m := &measures[q.measure]
	switch mode {
	case outcome.Guard:
		return m.rules
	case outcome.Adversarial:
		return m.Safety && q.kind != ofCost // stand-ins get messages as written
	}
	return true
}

// languages are those in which a gate is asked, "" for all together, of a
// suite that has cases in those of has. By default each of English and Spanish
// is asked apart, but for one in which the suite has no case at all.
func (q question) languages(lang string, has []string) []string {
	switch {
	case q.kind == ofGap, lang == allLangs:
		return []string{""}
	case lang != "":
		return []string{lang}
	}
	var out []string
	for _, l := range []string{"en", "es"} {
		if slices.Contains(has, l) {
			out = append(out, l)
		}
	}
	if out == nil {
		return []string{""}
	}
	return out
}
