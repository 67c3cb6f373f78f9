package show

import (
	"strings"

	"recado/evals/judge"
)

// forest is the measures of a variant, a row for each language.
type forest struct {
	Measures []forestMeasure
	Checks   []forestMeasure // of one kind of expectation each
}

type forestMeasure struct {
	Title, About string
	Goal         string
	Safety       bool
	From, To     string // ends of the axis
	Rows         []forestRow
}

type forestRow struct {
	Lang, LangName  string
	Class, Shape    string
	Value, Interval string
	K, N            string
	Repeats         string // said where repeats make N larger than the cases
	Bound           string // one-sided upper bound, where there is one
	Off             bool   // misses the goal
	Plot            *plot
}

// ofCheck reports whether a measure is of one kind of expectation: such tell
// the writers of suites more than readers of reports.
func ofCheck(in judge.MeasureInfo) bool { return strings.HasPrefix(in.Name, "check_") }

func forestOf(s judge.Summary, v judge.Variant) forest {
	var f forest
	slices := map[string]judge.Slice{}
	for _, l := range langs {
		if sl, ok := v.Slice(judge.ByAll, "", l); ok {
			slices[l] = sl
		}
	}
	for _, in := range s.Measures {
		m := forestMeasure{Title: orElse(in.Title, in.Name), About: in.About, Safety: in.Safety}
		var values []float64
		var g goal
		type row struct {
			lang  string
			share judge.Share
			goal  goal
		}
		var rows []row
		for _, l := range langs {
			share, ok := slices[l].Share(in.Name)
			if !ok {
				continue
			}
			lg := goalOf(s.Gates, v.Name, in.Name, l)
			if lg.OK {
				g = lg
				values = append(values, lg.Target)
			}
			values = append(values, share.Low, share.High)
			rows = append(rows, row{l, share, lg})
		}
		if len(rows) == 0 {
			continue
		}
		m.Goal = g.String()
		sp := spanOf(in.LowIsGood, values...)
		m.From, m.To = target(sp.from), target(sp.to)
		for _, r := range rows {
			fr := forestRow{Lang: r.lang, LangName: langName(r.lang), Class: langClass(r.lang), Shape: shapes[r.lang],
				Value: percent(r.share.Value), Interval: percents(r.share.Low, r.share.High),
				K: count(r.share.K), N: count(r.share.N), Off: !r.goal.met(r.share.Value),
				Plot: plotOf(sp, r.lang, r.share.Value, r.share.Low, r.share.High, r.goal)}
			if r.share.Bound != nil {
				fr.Bound = "at most " + percent(*r.share.Bound)
			}
			if r.share.Distinct != r.share.N && r.share.Distinct > 0 {
				fr.Repeats = of(r.share.Distinct, "case", "cases")
			}
			m.Rows = append(m.Rows, fr)
		}
		if ofCheck(in) {
			f.Checks = append(f.Checks, m)
		} else {
			f.Measures = append(f.Measures, m)
		}
	}
	return f
}
