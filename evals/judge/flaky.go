package judge

import (
	"cmp"
	"slices"
)

// flaky describes the cases of which repeats disagree.
func (c *cases) flaky(limit int) Flaky {
	var f Flaky
	for i := range c.list {
		k := &c.list[i]
		if k.judged() < 2 {
			continue
		}
		f.Repeated++
		if k.pass > 0 && k.fail > 0 {
			f.Status++
		}
		if k.strayed {
			f.Disposition++
		}
		if k.strayed || k.pass > 0 && k.fail > 0 {
			f.Cases = append(f.Cases, FlakyCase{Suite: k.suite, ID: k.id, Perturbation: string(k.typing),
				Pass: int(k.pass), Fail: int(k.fail), Error: int(k.errors), Dispositions: waysOf(k.ways)})
		}
	}
	// the nearer to a coin, the sooner
	undecided := func(c FlakyCase) float64 { return ratio(min(c.Pass, c.Fail), c.Pass+c.Fail) }
	slices.SortStableFunc(f.Cases, func(a, b FlakyCase) int { return cmp.Compare(undecided(b), undecided(a)) })
	f.Cases = f.Cases[:min(limit, len(f.Cases)):min(limit, len(f.Cases))]
	return f
}
