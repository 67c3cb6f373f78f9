package show

import (
	"recado/evals/judge"
	"recado/evals/stat"
)

// panel is one variant of the matrix.
type panel struct {
	ID          string // prefix of ids in the page
	Name        string
	Facts       []fact
	Counts      judge.Counts
	Forest      forest
	Gaps        gaps
	Costs       costs
	Reliability []*reliability
	Matrix      *matrix
	ByLang      []*matrix
	Intents     *matrix
	Times       []*histogram
	Latency     []latencyRow
	Parts       []part
	PartsTotal  int
	Promises    []promiseRow
	Flaky       judge.Flaky
	Usage       []fact
	Parted      []parted
}

type fact struct{ Name, Value string }

type latencyRow struct{ Name, N, Mean, P50, P90, P95, P99, Max string }

type part struct {
	By, Turns, Share, Right, Care string
	X, W                          string // of a bar, in percent
	Class                         string
}

type promiseRow struct {
	Promise, Outcomes, Kept, Breaches string
	Broken                            bool
}

// parted is the measures of the cases by group, tag, promise or suite.
type parted struct {
	Title   string
	Columns []string
	Rows    []partedRow
}

type partedRow struct {
	Value string
	Cells []partedCell
}

type partedCell struct{ Value, N string }

func panelOf(s judge.Summary, v judge.Variant, id string, t *times) panel {
	p := panel{ID: id, Name: v.Name, Counts: v.Counts, Facts: variantFacts(v), Flaky: v.Flaky,
		Forest: forestOf(s, v), Gaps: gapsOf(s, v), Costs: costsOf(s, v)}
	for _, c := range v.Calibration {
		if c.Lang != "" {
			continue
		}
		if r := reliabilityOf(c); r != nil {
			p.Reliability = append(p.Reliability, r)
		}
	}
	if m, ok := matrixFor(v.Dispositions, ""); ok {
		p.Matrix = matrixOf("Dispositions", m)
	}
	for _, m := range v.Dispositions {
		if m.Lang == "en" || m.Lang == "es" {
			p.ByLang = append(p.ByLang, matrixOf("Dispositions, "+langName(m.Lang), m))
		}
	}
	if m, ok := matrixFor(v.Intents, ""); ok {
		p.Intents = matrixOf("Intents", m)
	}
	if t != nil {
		for _, h := range []*histogram{histogramOf("Time of a decision", t.turn, v.Latency.Turn),
			histogramOf("Time of a call of the model", t.model, v.Latency.Model)} {
			if h != nil {
				p.Times = append(p.Times, h)
			}
		}
	}
	p.Latency = latencies(v.Latency)
	p.Parts = partsOf(v)
	for _, x := range v.Promises {
		p.Promises = append(p.Promises, promiseRow{x.Promise, count(x.Outcomes), count(x.Kept), count(x.Breaches), x.Kept < x.Outcomes || x.Breaches > 0})
	}
	p.Usage = usageFacts(v.Usage)
	p.Parted = partedOf(s, v)
	return p
}

// latencies are the times of decisions and of the model's calls, each where
// there is one.
func latencies(l judge.Latency) []latencyRow {
	us := func(v int64) string { return micros(float64(v)) }
	var rows []latencyRow
	for _, x := range []struct {
		name string
		p    stat.Percentiles
	}{{"decision", l.Turn}, {"call of the model", l.Model}} {
		if x.p.Max > 0 { // a run without times has only zeros
			rows = append(rows, latencyRow{x.name, count(x.p.N), us(x.p.Mean), us(x.p.P50), us(x.p.P90), us(x.p.P95), us(x.p.P99), us(x.p.Max)})
		}
	}
	return rows
}

func variantFacts(v judge.Variant) []fact {
	facts := []fact{{"mode", string(v.Mode)}}
	for _, f := range []fact{{"model", v.Model}, {"prompt", v.Prompt}, {"data policy", v.Policy}} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

func usageFacts(u judge.Usage) []fact {
	if u.Calls == 0 {
		return nil
	}
	facts := []fact{{"turns that asked a model", count(u.Turns)}, {"calls", count(u.Calls)},
		{"prompt tokens", count(u.PromptTokens)}, {"of them cached", count(u.CachedTokens)}, {"reply tokens", count(u.ReplyTokens)}}
	if u.CostMicroUSD > 0 {
		facts = append(facts, fact{"cost", dollars(u.CostMicroUSD)})
		if u.Turns > 0 {
			facts = append(facts, fact{"cost of 1,000 such turns", dollars(u.CostMicroUSD * 1000 / int64(u.Turns))})
		}
	}
	return facts
}

func partsOf(v judge.Variant) []part {
	total := 0
	for _, x := range v.Attribution {
		total += x.Turns
	}
	if total == 0 {
		return nil
	}
	var parts []part
	at := 0.0
	for _, x := range v.Attribution {
		w := float64(x.Turns) / float64(total) * 100
		p := part{By: x.By, Turns: count(x.Turns), Share: percent(w / 100), Right: "–", Care: "–", X: coord(at), W: coord(w), Class: "part-" + partClass(x.By)}
		if x.Of > 0 {
			p.Right = percent(float64(x.Right) / float64(x.Of))
		}
		if x.Care > 0 {
			p.Care = count(x.CareSafe) + " of " + count(x.Care)
		}
		parts = append(parts, p)
		at += w
	}
	return parts
}

func partClass(by string) string {
	switch by {
	case "guard", "classifier", "gate", "state", "llm":
		return by
	}
	return "other"
}

// partedMost is how many rows of a dimension the page shows.
const partedMost = 60

func partedOf(s judge.Summary, v judge.Variant) []parted {
	var out []parted
	for _, d := range []struct {
		by    judge.Dimension
		title string
	}{{judge.BySuite, "suite"}, {judge.ByGroup, "group"}, {judge.ByTag, "tag"}, {judge.ByPromise, "promise"}} {
		p := parted{Title: d.title}
		var rows []judge.Slice
		asked := map[string]bool{}
		for _, sl := range v.Slices {
			if sl.By != d.by || sl.Lang != "" || len(rows) == partedMost {
				continue
			}
			rows = append(rows, sl)
			for _, sh := range sl.Shares {
				asked[sh.Measure] = true
			}
		}
		for _, in := range s.Measures {
			if asked[in.Name] {
				p.Columns = append(p.Columns, orElse(in.Title, in.Name))
			}
		}
		for _, sl := range rows {
			row := partedRow{Value: sl.Value}
			for _, in := range s.Measures {
				if !asked[in.Name] {
					continue
				}
				cell := partedCell{Value: "–"}
				if sh, ok := sl.Share(in.Name); ok {
					cell = partedCell{percent(sh.Value), count(sh.K) + "/" + count(sh.N)}
				}
				row.Cells = append(row.Cells, cell)
			}
			p.Rows = append(p.Rows, row)
		}
		if len(p.Rows) > 1 {
			out = append(out, p)
		}
	}
	return out
}
