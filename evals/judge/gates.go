package judge

import (
	"slices"

	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

// gates decides the gates of every suite under every variant.
func (j *Judge) gates() []GateResult {
	var out []GateResult
	for _, f := range j.header.Suites {
		for _, v := range j.variants {
			for _, g := range f.Gates {
				out = append(out, v.rule(f.Name, g)...)
			}
		}
	}
	return out
}

// rule decides one gate of a suite for each of its languages and targets.
func (v *variant) rule(suiteName string, g suite.Gate) []GateResult {
	q, err := parse(g.Measure)
	if err == nil {
		err = CheckGate(g)
	}
	if err != nil {
		return []GateResult{{Suite: suiteName, Variant: v.Name, Measure: g.Measure, Title: g.Measure, Lang: g.Lang,
			Verdict: Fail, Reason: "The gate cannot be decided: " + err.Error(), Interval: stat.Interval{Low: 0, High: 1}}}
	}
	var out []GateResult
	for _, lang := range v.typed(q, suiteName, q.languages(g.Lang, v.languages(suiteName))) {
		for _, target := range []*float64{g.AtLeast, g.AtMost} {
			if target == nil {
				continue
			}
			r := GateResult{Suite: suiteName, Variant: v.Name, Measure: g.Measure, Title: q.title(), Lang: lang,
				AtMost: target == g.AtMost, Target: *target, Safety: measures[q.measure].Safety}
			out = append(out, v.decide(r, q))
		}
	}
	return out
}

// typed leaves out of a cost's languages those in which typing so changes no
// message, as English has no accents to leave out, unless none would be left.
func (v *variant) typed(q question, suiteName string, languages []string) []string {
	if q.kind != ofCost || !q.askedIn(v.Mode) {
		return languages
	}
	var out []string
	for _, lang := range languages {
		p := v.paired().gatedCosts.of(pairKey{suiteName, lang, q.typing}, q.measure)
		if p.N() > 0 {
			out = append(out, lang)
		}
	}
	if out == nil {
		return languages
	}
	return out
}

func (v *variant) decide(g GateResult, q question) GateResult {
	if !q.askedIn(v.Mode) {
		g.Verdict, g.Interval = NotAsked, stat.Interval{Low: 0, High: 1}
		g.Reason = "This measure means nothing in mode " + string(v.Mode) + "."
		return g
	}
	m := &measures[q.measure]
	switch q.kind {
	case ofGap:
		return ruleDifference(g, v.paired().gatedGaps.of(pairKey{suite: g.Suite}, q.measure), true)
	case ofCost:
		p := v.paired().gatedCosts.of(pairKey{g.Suite, g.Lang, q.typing}, q.measure)
		if m.LowIsGood { // a fault more is the cost
			p.First, p.Second = p.Second, p.First
		}
		return ruleDifference(g, p, false)
	}
	key := sliceKey{by: BySuite, value: g.Suite, lang: g.Lang}
	var t tally
	if s := v.tallies.slices[key]; s != nil {
		t = s[q.measure]
	}
	g.Known = t.known.n
	return ruleShare(g, m, t.gated())
}

// languages in which a suite has cases.
func (v *variant) languages(suiteName string) []string {
	var out []string
	for _, lang := range langs {
		if v.tallies.slices[sliceKey{by: BySuite, value: suiteName, lang: lang}] != nil {
			out = append(out, lang)
		}
	}
	return out
}

// counted reports whether a gate counts a failed check of a turn, so that the
// check does not fail the run by itself.
func counted(gates []suite.Gate, t *outcome.Turn, c outcome.Check, lang string) bool {
	for _, g := range gates {
		q, err := parse(g.Measure)
		if err != nil || q.kind != ofShare || !asks(g, lang) {
			continue
		}
		m := &measures[q.measure]
		if m.Name == "checks_passed" || slices.Contains(m.covers, checkKind(c)) && m.bad(t, lang) {
			return true
		}
	}
	return false
}

// asks reports whether a gate looks at cases in a language.
func asks(g suite.Gate, lang string) bool {
	switch g.Lang {
	case "":
		return lang == "en" || lang == "es"
	case allLangs:
		return true
	}
	return g.Lang == lang
}
