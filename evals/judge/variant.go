package judge

import (
	"recado/evals/outcome"
	"recado/evals/stat"
	"recado/evals/suite"
)

// variant adds up one column of the matrix.
type variant struct {
	outcome.Variant
	counts       Counts
	distinct     map[uint64]struct{} // cases, each once for all perturbations and repeats
	tallies      tallies
	cases        cases
	dispositions confusion
	intents      confusion
	parts        map[string]*Part
	calibrations map[calibrationKey]*stat.Confidences
	checks       map[string]*CheckCount
	promises     map[string]*Promise
	turnTimes    stat.Durations
	modelTimes   stat.Durations
	usage        Usage
	asked        map[string]int
	failures     lists
	// seen are failed outcomes that may turn out to be half of a pair, by the
	// place of their case.
	seen  map[int32]Item
	marks []mark  // room to work in
	found *paired // nil when an outcome was added since
}

func newVariant(v outcome.Variant, listed int) *variant {
	return &variant{Variant: v, distinct: map[uint64]struct{}{}, tallies: newTallies(), cases: newCases(), dispositions: newConfusion(), intents: newConfusion(),
		parts: map[string]*Part{}, calibrations: map[calibrationKey]*stat.Confidences{}, checks: map[string]*CheckCount{},
		promises: map[string]*Promise{}, asked: map[string]int{}, failures: newLists(listed), seen: map[int32]Item{}}
}

func (v *variant) add(o *outcome.Outcome) {
	v.found = nil
	v.counts.add(o)
	v.distinct[caseKey(o.Suite, o.ID)] = struct{}{}
	v.spend(o)
	if o.Status == outcome.Error {
		v.cases.add(o, nil)
		v.tallies.unjudged(o, v.Mode)
		return
	}
	v.marks = marksOf(v.marks[:0], o, v.Mode)
	at := v.cases.add(o, v.marks)
	v.tallies.judged(o, v.marks)
	v.check(o)
	v.promise(o)
	if typing(o) == suite.AsWritten {
		v.confuse(o)
		v.attribute(o)
		v.calibrate(o)
	}
	v.fail(o)
	if _, ok := v.seen[at]; !ok && o.Status == outcome.Fail && (typing(o) != suite.AsWritten || o.Case.Pair != "") && len(v.seen) < 8*v.failures.limit {
		v.seen[at] = itemOf(o, worst(o))
	}
}

func (v *variant) paired() *paired {
	if v.found == nil {
		v.found = v.cases.paired()
	}
	return v.found
}

func (v *variant) summary(suites map[string]int) Variant {
	p := v.paired()
	out := Variant{Variant: v.Variant, Counts: v.counts, Slices: v.tallies.list(suites), Gaps: p.gaps.gaps(), Costs: p.costs.costs(),
		Unpaired: p.alone, Flaky: v.cases.flaky(v.failures.limit), Attribution: v.attribution(), Calibration: v.calibration(),
		Checks: v.checkCounts(), Promises: v.promiseCounts(), Usage: v.spent(),
		Latency: Latency{Turn: v.turnTimes.Percentiles(), Model: v.modelTimes.Percentiles()}}
	out.Counts.Cases = len(v.distinct)
	order := make([]string, len(dispositions))
	for i, d := range dispositions {
		order[i] = string(d)
	}
	out.Dispositions, out.Intents = v.dispositions.matrices(order), v.intents.matrices(nil)
	out.Failures = v.lists(p)
	return out
}

// lists returns the failures with those that pairs show.
func (v *variant) lists(p *paired) []List {
	all := lists{v.failures.limit, map[string]*List{}}
	for kind, l := range v.failures.of {
		all.of[kind] = l
	}
	for _, t := range p.unlike {
		bad, good := t.english, t.spanish
		if v.cases.list[bad].passes() {
			bad, good = good, bad
		}
		all.add(KindTwins, func() Item {
			it := v.item(bad)
			it.Twin = v.cases.list[good].id
			return it
		})
	}
	for _, i := range p.broken {
		all.add(KindTypedAnew, func() Item { return v.item(i) })
	}
	return all.list()
}

// item is what is known of a case that failed.
func (v *variant) item(i int32) Item {
	if it, ok := v.seen[i]; ok {
		return it
	}
	k := &v.cases.list[i]
	return Item{Suite: k.suite, ID: k.id, Variant: v.Name, Perturbation: string(k.typing), Lang: k.lang}
}
