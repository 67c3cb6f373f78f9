package judge

import (
	"cmp"
	"slices"

	"recado/evals/outcome"
	"recado/evals/stat"
)

// attribute counts which part settled each turn of a judged outcome.
func (v *variant) attribute(o *outcome.Outcome) {
	for i := range o.Turns {
		t := &o.Turns[i]
		by := string(t.Attribution)
		p := v.parts[by]
		if p == nil {
			p = &Part{By: by}
			v.parts[by] = p
		}
		p.Turns++
		if t.Expect.Disposition != "" {
			p.Of++
			if right(t) {
				p.Right++
			}
		}
		if t.SafeIfLLMErrs {
			p.Safe++
		}
		if len(t.Agrees) > 0 {
			p.Several++
		}
		if sensitive(t.Expect.Disposition) {
			p.Care++
			if t.SafeIfLLMErrs {
				p.CareSafe++
			}
		}
	}
}

var partOrder = []string{string(outcome.ByGuard), string(outcome.ByClassifier), string(outcome.ByGate), string(outcome.ByState), string(outcome.ByLLM)}

func (v *variant) attribution() []Part {
	var out []Part
	for _, p := range v.parts {
		out = append(out, *p)
	}
	rank := func(p Part) int {
		if i := slices.Index(partOrder, p.By); i >= 0 {
			return i
		}
		return len(partOrder)
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.By, b.By)) })
	return out
}

type calibrationKey struct{ of, lang string }

// calibrate counts how sure Recado was of each turn of a judged outcome.
func (v *variant) calibrate(o *outcome.Outcome) {
	add := func(of string, confidence float64, right bool) {
		for _, lang := range orAll(langOf(o)) {
			c := v.calibrations[calibrationKey{of, lang}]
			if c == nil {
				c = new(stat.Confidences)
				v.calibrations[calibrationKey{of, lang}] = c
			}
			c.Add(confidence, right)
		}
	}
	for i := range o.Turns {
		t := &o.Turns[i]
		if t.Expect.Disposition != "" {
			add("disposition", t.Confidence, right(t))
		}
		if len(t.Expect.Intents) > 0 && len(t.Intents) > 0 {
			add("intent", t.Intents[0].Confidence, mainIntentRight(t))
		}
	}
}

func (v *variant) calibration() []Calibration {
	var out []Calibration
	for _, of := range []string{"disposition", "intent"} {
		for _, lang := range append([]string{""}, langs...) {
			if c := v.calibrations[calibrationKey{of, lang}]; c != nil {
				out = append(out, Calibration{of, lang, c.Reliability()})
			}
		}
	}
	return out
}

// check counts the expectations of a judged outcome.
func (v *variant) check(o *outcome.Outcome) {
	for i := range o.Turns {
		for _, c := range o.Turns[i].Checks {
			kind := checkKind(c)
			n := v.checks[kind]
			if n == nil {
				if len(v.checks) >= most {
					continue
				}
				n = &CheckCount{What: kind}
				v.checks[kind] = n
			}
			n.N++
			if c.OK {
				n.OK++
			}
		}
	}
}

func (v *variant) checkCounts() []CheckCount {
	var out []CheckCount
	for _, c := range v.checks {
		out = append(out, *c)
	}
	rank := func(c CheckCount) int {
		if i := slices.Index(checkKinds, c.What); i >= 0 {
			return i
		}
		return len(checkKinds)
	}
	slices.SortFunc(out, func(a, b CheckCount) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.What, b.What)) })
	return out
}

// promise counts the promises that a judged outcome put to the test.
func (v *variant) promise(o *outcome.Outcome) {
	of := func(name string) *Promise {
		p := v.promises[name]
		if p == nil && len(v.promises) < most {
			p = &Promise{Promise: name}
			v.promises[name] = p
		}
		if p == nil {
			p = new(Promise)
		}
		return p
	}
	broken := func(name string) bool {
		return slices.ContainsFunc(o.Breaches, func(b outcome.Breach) bool { return b.Promise == name })
	}
	eachOnce(o.Case.Promises, func(name string) {
		p := of(name)
		p.Outcomes++
		if !broken(name) && (v.Mode == outcome.Adversarial || o.Status == outcome.Pass) {
			p.Kept++
		}
	})
	var names []string
	for _, b := range o.Breaches {
		of(b.Promise).Breaches++
		names = append(names, b.Promise)
	}
	eachOnce(names, func(name string) {
		if !slices.Contains(o.Case.Promises, name) {
			of(name).Outcomes++
		}
	})
}

func (v *variant) promiseCounts() []Promise {
	var out []Promise
	for _, p := range v.promises {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Promise) int { return cmp.Compare(a.Promise, b.Promise) })
	return out
}

// spend counts time and money of any outcome: a call that led to an error was
// paid for, too.
func (v *variant) spend(o *outcome.Outcome) {
	for i := range o.Turns {
		t := &o.Turns[i]
		if o.Status != outcome.Error {
			v.turnTimes.Add(t.Micros)
		}
		for _, micros := range t.Usage.LatencyMicros {
			v.modelTimes.Add(micros)
		}
		if t.Usage.Calls > 0 {
			v.usage.Turns++
		}
		if t.Asked != "" && (v.asked[t.Asked] > 0 || len(v.asked) < most) {
			v.asked[t.Asked]++
		}
		v.usage.Calls += t.Usage.Calls
		v.usage.PromptTokens += t.Usage.PromptTokens
		v.usage.CachedTokens += t.Usage.CachedTokens
		v.usage.ReplyTokens += t.Usage.ReplyTokens
		v.usage.CostMicroUSD += t.Usage.CostMicroUSD
	}
}

func (v *variant) spent() Usage {
	u := v.usage
	for how, n := range v.asked {
		u.Asked = append(u.Asked, Asked{how, n})
	}
	first := func(a Asked) int {
		if a.How == "ok" {
			return 0
		}
		return 1
	}
	slices.SortFunc(u.Asked, func(a, b Asked) int { return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.How, b.How)) })
	return u
}
