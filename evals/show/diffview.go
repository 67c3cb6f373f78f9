package show

import (
	"strconv"
	"strings"

	"recado/evals/compare"
	"recado/evals/judge"
)

// diffView is a comparison as the page shows it.
type diffView struct {
	A, B     string // names of the runs
	Baseline bool
	Notes    []string // what is not the same about the runs themselves
	Variants []variantDiffView
	Missing  string // variants without a counterpart
}

type variantDiffView struct {
	Name     string // empty where there is one
	Headline string
	Test     string
	Class    string
	Measures []measureDiffView // that tell something
	All      []measureDiffView
	Lists    []diffList
}

type measureDiffView struct {
	difference
	Change string
}

// diffList is the cases that changed in one way.
type diffList struct {
	Title, About string
	Class        string
	Count        int
	Cases        []sideBySide
	Left         int
	Open         bool

	all  []compare.CaseDiff
	rank int
}

// ranks is how many lists a variant may have.
const ranks = 8

// listsOf are the lists of a variant, what broke first.
func listsOf(v compare.VariantDiff) []diffList {
	all := [ranks]struct {
		title, about, class string
		list                compare.CaseList
	}{
		{"Broken", "passed before, fails now", "fail", v.Broken},
		{"Mended", "failed before, passes now", "pass", v.Mended},
		{"Decided in another way", "as good or bad as before", "none", v.Changed},
		{"Other words", "decided alike, but the patient reads another text", "none", v.Texts},
		{"Not judged", "ended in an error in one of the runs", "fault", v.Unjudged},
		{"Edited", "words or expectations changed, so that nothing is compared", "none", v.Edited},
		{"New", "only in the later run", "none", v.New},
		{"Removed", "only in the earlier run", "none", v.Removed},
	}
	var out []diffList
	for rank, l := range all {
		if l.list.Count > 0 {
			out = append(out, diffList{Title: l.title, About: l.about, Class: l.class, Count: l.list.Count, all: l.list.Cases, rank: rank})
		}
	}
	return out
}

func diffViewOf(d *compare.Diff, s judge.Summary, o Options) *diffView {
	if d == nil {
		return nil
	}
	v := &diffView{A: d.A.Name, B: d.B.Name, Baseline: d.Baseline, Notes: notesOf(d)}
	var missing []string
	for _, name := range d.OnlyA {
		missing = append(missing, name+" (only before)")
	}
	for _, name := range d.OnlyB {
		missing = append(missing, name+" (only now)")
	}
	v.Missing = strings.Join(missing, ", ")
	names := infos(s)
	for _, vd := range d.Variants {
		view := variantDiffView{Headline: diffHeadline(vd), Test: diffTest(vd), Class: diffTone(vd), Lists: listsOf(vd)}
		if len(d.Variants) > 1 || vd.A != vd.B {
			view.Name = vd.B
			if vd.A != vd.B {
				view.Name = vd.A + " → " + vd.B
			}
		}
		view.Measures, view.All = measureDiffs(vd, names)
		v.Variants = append(v.Variants, view)
	}
	v.fill(o)
	return v
}

// fill takes the cases that are shown: what broke in any variant before what
// was mended in any, and so on, half of what a report may hold.
func (v *diffView) fill(o Options) {
	room := o.MaxCases / 2
	for rank := range ranks {
		for i := range v.Variants {
			for k := range v.Variants[i].Lists {
				l := &v.Variants[i].Lists[k]
				if l.rank != rank {
					continue
				}
				l.Open = k == 0 && l.Count <= 12
				shown := l.all[:min(len(l.all), room)]
				for _, c := range shown {
					l.Cases = append(l.Cases, sideBySideOf(c, o.ShowText))
				}
				room -= len(shown)
				l.Left = l.Count - len(shown)
			}
		}
	}
}

// notesOf says what else than the answers differs between the runs.
func notesOf(d *compare.Diff) []string {
	var notes []string
	a, b := d.A.Run, d.B.Run
	for _, x := range []struct{ what, a, b string }{
		{"version", a.Recado, b.Recado}, {"local model", hash(a.Model), hash(b.Model)}, {"rules and texts", hash(a.Rules), hash(b.Rules)},
	} {
		if x.a != "" && x.b != "" && x.a != x.b {
			notes = append(notes, x.what+" "+x.a+" → "+x.b)
		}
	}
	if a.V != 0 && b.V != 0 && a.Seed != b.Seed {
		notes = append(notes, "seed "+strconv.FormatUint(a.Seed, 10)+" → "+strconv.FormatUint(b.Seed, 10)+", so that typing differs")
	}
	return notes
}

func diffHeadline(v compare.VariantDiff) string {
	if v.Broken.Count == 0 && v.Mended.Count == 0 {
		return "Nothing broke and nothing was mended."
	}
	return of(v.Broken.Count, "case broke", "cases broke") + ", " + of(v.Mended.Count, "was mended", "were mended") + "."
}

func diffTest(v compare.VariantDiff) string {
	s := "Pass rate " + points(v.Difference.Value) + " points (95%: " + points(v.Difference.Low) + " to " + points(v.Difference.High) + ") on " +
		of(v.Status.N(), "case", "cases") + " that both runs judged"
	if v.Status.Discordant() > 0 {
		s += "; exact McNemar " + pValue(v.Difference.P)
	}
	if v.Difference.Detectable > 0 {
		s += "; a difference of " + strings.TrimPrefix(points(v.Difference.Detectable), "+") + " points would be seen"
	}
	return s + "."
}

func diffTone(v compare.VariantDiff) string {
	worse := false
	for _, m := range v.Measures {
		worse = worse || m.Change == compare.Worse
	}
	switch {
	case worse || v.Broken.Count > v.Mended.Count:
		return "fail"
	case v.Broken.Count > 0:
		return "unsure"
	}
	return "pass"
}

// measureDiffs are the measures that tell something, and all measures. Telling
// are those that the test shows to differ, and for all languages together
// those of safety that differ at all and others that may well do.
func measureDiffs(v compare.VariantDiff, names map[string]judge.MeasureInfo) (telling, all []measureDiffView) {
	var differences []judge.Difference
	for _, m := range v.Measures {
		differences = append(differences, m.Difference)
	}
	sp := around(differences...)
	for _, m := range v.Measures {
		row := differenceOf(sp, titleOf(names, m.Measure), langName(m.Lang), m.A, m.B, m.First, m.Second, m.N(), m.Difference)
		row.P = pValue(m.Adjusted)
		row.Plot.Class = langClass(m.Lang)
		if shape := shapes[m.Lang]; shape != "" {
			row.Plot.Shape = shape
		}
		word, class := changeWord(m.Change)
		row.Class = class
		all = append(all, measureDiffView{row, word})
		shown := m.Change == compare.Better || m.Change == compare.Worse ||
			m.Lang == "" && m.Change != compare.Same && (names[m.Measure].Safety || m.Difference.P < 0.1)
		if shown && !ofCheck(judge.MeasureInfo{Name: m.Measure}) {
			telling = append(telling, measureDiffView{row, word})
		}
	}
	return telling, all
}

func changeWord(c compare.Change) (word, class string) {
	switch c {
	case compare.Better:
		return "better", "better"
	case compare.Worse:
		return "worse", "worse"
	case compare.LikelyBetter:
		return "perhaps better", ""
	case compare.LikelyWorse:
		return "perhaps worse", ""
	}
	return "same", ""
}
