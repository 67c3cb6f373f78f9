package judge

import (
	"slices"

	"recado/evals/stat"
	"recado/evals/suite"
)

// twins are an English and a Spanish case that mean the same, by their places.
type twins struct{ english, spanish int32 }

// twinsOf joins the cases as written that name the same pair: in a suite
// first, then across suites. It also counts those whose other half is missing.
func (c *cases) twinsOf() (found []twins, alone int) {
	type half struct{ english, spanish int32 } // -1 for none
	join := func(places []int32, key func(*kept) string) (rest []int32) {
		halves := map[string]*half{}
		var order []string
		for _, i := range places {
			k := &c.list[i]
			h := halves[key(k)]
			if h == nil {
				h = &half{-1, -1}
				halves[key(k)] = h
				order = append(order, key(k))
			}
			switch {
			case k.lang == "en" && h.english < 0:
				h.english = i
			case k.lang == "es" && h.spanish < 0:
				h.spanish = i
			}
		}
		for _, key := range order {
			switch h := halves[key]; {
			case h.english >= 0 && h.spanish >= 0:
				found = append(found, twins(*h))
			case h.english >= 0:
				rest = append(rest, h.english)
			case h.spanish >= 0:
				rest = append(rest, h.spanish)
			}
		}
		return rest
	}
	var places []int32
	for i := range c.list {
		if k := &c.list[i]; k.pair != "" && k.typing == suite.AsWritten {
			places = append(places, int32(i))
		}
	}
	rest := join(places, func(k *kept) string { return k.suite + "\x00" + k.pair })
	rest = join(rest, func(k *kept) string { return k.pair })
	return found, len(rest)
}

// pairKey is a set of pairs: of a suite ("" for all) in a language ("" for
// all), typed in one way.
type pairKey struct {
	suite  string
	lang   string
	typing suite.Perturbation
}

// pairings count pairs for each measure.
type pairings map[pairKey][]stat.Pairs

func (p pairings) add(k pairKey, first, second Marks) {
	s := p[k]
	if s == nil {
		s = make([]stat.Pairs, len(measures))
		p[k] = s
	}
	for i := range measures {
		bit := uint64(1) << i
		if first.Asked&second.Asked&bit != 0 {
			s[i].Add(first.Hit&bit != 0, second.Hit&bit != 0)
		}
	}
}

// of is the pairs of one measure.
func (p pairings) of(k pairKey, measure int) stat.Pairs {
	if s := p[k]; s != nil {
		return s[measure]
	}
	return stat.Pairs{}
}

// paired is what pairs of cases show.
type paired struct {
	gaps, costs pairings
	// What gates count of them.
	gatedGaps, gatedCosts pairings
	// unlike are twins of which one passes, alone how many have no twin.
	unlike []twins
	alone  int
	// broken are the cases typed anew that pass as written only.
	broken []int32
}

func (c *cases) paired() *paired {
	var p paired
	p.gaps, p.unlike, p.alone = c.gapsOf(true)
	p.costs, p.broken = c.costsOf(true)
	p.gatedGaps, p.gatedCosts = p.gaps, p.costs
	if slices.ContainsFunc(c.list, func(k kept) bool { return k.known }) {
		p.gatedGaps, p.unlike, _ = c.gapsOf(false)
		p.gatedCosts, p.broken = c.costsOf(false)
	}
	return &p
}

// gapsOf pairs English with Spanish, in each suite and in all of them, with or
// without what is known to fail.
func (c *cases) gapsOf(known bool) (p pairings, unlike []twins, alone int) {
	p = pairings{}
	found, alone := c.twinsOf()
	for _, t := range found {
		en, es := &c.list[t.english], &c.list[t.spanish]
		if en.judged() == 0 || es.judged() == 0 || !known && (en.known || es.known) {
			continue
		}
		a, b := en.votes.Marks(), es.votes.Marks()
		p.add(pairKey{}, a, b)
		if en.suite == es.suite && en.suite != "" {
			p.add(pairKey{suite: en.suite}, a, b)
		}
		if en.passes() != es.passes() {
			unlike = append(unlike, t)
		}
	}
	return p, unlike, alone
}

// costsOf pairs cases as written with the same typed anew, in each suite and
// language and in all of them, with or without what is known to fail.
func (c *cases) costsOf(known bool) (p pairings, broken []int32) {
	p = pairings{}
	for i := range c.list {
		typed := &c.list[i]
		if typed.typing == suite.AsWritten || typed.judged() == 0 || !known && typed.known {
			continue
		}
		w, ok := c.written(typed)
		if !ok || c.list[w].judged() == 0 {
			continue
		}
		written := &c.list[w]
		a, b := written.votes.Marks(), typed.votes.Marks()
		for _, suite := range orAll(typed.suite) {
			for _, lang := range orAll(typed.lang) {
				p.add(pairKey{suite, lang, typed.typing}, a, b)
			}
		}
		if written.passes() && !typed.passes() {
			broken = append(broken, int32(i))
		}
	}
	return p, broken
}

// orAll is the name itself and that of all together.
func orAll(name string) []string {
	if name == "" {
		return []string{""}
	}
	return []string{"", name}
}

// differenceOf describes the difference of the halves of pairs, first minus
// second.
func differenceOf(p stat.Pairs) Difference {
	return Difference{Value: p.Difference(), Interval: p.Interval(), P: p.P(), Detectable: stat.Detectable(p.N(), ratio(p.Discordant(), p.N()))}
}

// DifferenceOf describes the difference of the halves of pairs, second minus
// first: what changed from before to after.
func DifferenceOf(p stat.Pairs) Difference {
	return differenceOf(stat.Pairs{Both: p.Both, First: p.Second, Second: p.First, Neither: p.Neither})
}

func (p pairings) gaps() []Gap {
	var out []Gap
	for i := range measures {
		pairs := p.of(pairKey{}, i)
		if pairs.N() == 0 {
			continue
		}
		g := Gap{Measure: measures[i].Name, Pairs: pairs, Difference: differenceOf(pairs)}
		g.English, g.Spanish = pairs.Shares()
		out = append(out, g)
	}
	return out
}

func (p pairings) costs() []Cost {
	var out []Cost
	for _, t := range typings[1:] {
		for i := range measures {
			pairs := p.of(pairKey{typing: suite.Perturbation(t)}, i)
			if pairs.N() == 0 {
				continue
			}
			c := Cost{Perturbation: t, Measure: measures[i].Name, Pairs: pairs, Difference: differenceOf(pairs)}
			c.AsWritten, c.Typed = pairs.Shares()
			out = append(out, c)
		}
	}
	return out
}
