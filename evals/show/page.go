package show

import (
	"html/template"
	"math"
	"strings"
	"time"

	"recado/evals/compare"
	"recado/evals/judge"
	"recado/evals/outcome"
)

// page is the HTML report, ready to be written.
type page struct {
	// CSP, Style and Script are set by HTML.
	CSP    string
	Style  template.CSS
	Script template.JS

	Title    string
	Tone     string
	Headline string
	Rest     string // what else the headline says
	Started  string
	Facts    []fact
	Suites   []fact
	Counts   judge.Counts
	HasRun   bool
	Tally    []tally
	Red      []gateRow // FAIL and INCONCLUSIVE
	Green    []gateRow
	NotAsked []gateRow
	Mended   []itemWords // cases that fail the run until they are known to fail no more
	Known    []itemWords
	Gates    gateCounts
	Panels   []panel
	Columns  []variantRow // of more than one variant
	Diff     *diffView
	Cases    []caseEntry
	Filters  []filter
	Statuses []choice
	Left     string // what is left out, empty for nothing
	Hidden   bool   // words are not shown
}

type tally struct{ Class, Number, Name string }

type gateRow struct {
	gateText
	Plot     *plot
	From, To string
}

type variantRow struct {
	ID, Name, Mode, Model, Prompt, Policy string
	Pass, Fail, Error                     string
	Rate, P50, P95, Cost                  string
	Tone                                  string
}

// caseEntry is a case in the list.
type caseEntry struct {
	caseView
	Change   string // broken, mended, ... where a comparison says so
	TextLang string
}

// filter is one list to choose from.
type filter struct {
	Name, Title string
	Choices     []choice
}

type choice struct {
	Value, Title string
	N            string
}

func pageOf(r Report, o Options) (page, error) {
	p := page{HasRun: r.hasRun(), Hidden: !o.ShowText}
	p.Diff = diffViewOf(r.Diff, r.Summary, o)
	if !p.HasRun {
		p.Title, p.Headline, p.Tone = "Recado eval: comparison", "Two runs compared", "none"
		if p.Diff != nil && len(p.Diff.Variants) > 0 {
			p.Headline, p.Tone = p.Diff.Variants[0].Headline, p.Diff.Variants[0].Class
		}
		return p, nil
	}
	s := r.Summary
	p.Tone, p.Counts, p.Gates = tone(s), s.Counts, countGates(s.Gates)
	p.Headline, p.Rest = headline(s)
	p.Title = "Recado eval: " + p.Headline
	p.Started = s.Run.Started.UTC().Format("2 January 2006, 15:04 UTC")
	if s.Run.Started.Equal(time.Time{}) {
		p.Started = ""
	}
	p.Facts, p.Suites = runFacts(s), suiteFacts(s)
	p.Tally = tallyOf(s.Counts)
	for _, g := range ranked(s.Gates) {
		row := gateRowOf(g)
		switch g.Verdict {
		case judge.Pass:
			p.Green = append(p.Green, row)
		case judge.NotAsked:
			p.NotAsked = append(p.NotAsked, row)
		default:
			p.Red = append(p.Red, row)
		}
	}
	p.Known, p.Mended = wordsOf(s.Known), wordsOf(s.Mended)
	clock := map[string]*times{}
	changes := changesOf(r.Diff)
	chosen, err := pick(watched(r.outcomes(), clock), o.MaxCases, func(x outcome.Outcome) bool { return changes[changeKey(x)] != "" })
	if err != nil {
		return p, err
	}
	for i, v := range s.Variants {
		id := "v" + count(i+1)
		p.Panels = append(p.Panels, panelOf(s, v, id, clock[v.Name]))
		if len(s.Variants) > 1 {
			p.Columns = append(p.Columns, variantRowOf(v, id))
		}
	}
	p.addCases(chosen, changes, o)
	return p, nil
}

func (p *page) addCases(chosen picked, changes map[string]string, o Options) {
	repeats := false
	for _, x := range chosen.outcomes {
		repeats = repeats || x.Repeat > 0
	}
	for _, x := range chosen.outcomes {
		v := viewOf(x, repeats, o.ShowText)
		p.Cases = append(p.Cases, caseEntry{v, changes[changeKey(x)], spoken(v.Lang, "")})
	}
	p.Filters, p.Statuses = filtersOf(p.Cases)
	var left []string
	if chosen.leftBad > 0 {
		left = append(left, of(chosen.leftBad, "that did not pass", "that did not pass"))
	}
	if chosen.leftGood > 0 {
		left = append(left, of(chosen.leftGood, "that passed", "that passed"))
	}
	if left != nil {
		p.Left = strings.Join(left, " and ")
	}
}

func runFacts(s judge.Summary) []fact {
	var facts []fact
	for _, f := range []fact{{"recado", s.Run.Recado}, {"local model", hash(s.Run.Model)}, {"rules and texts", hash(s.Run.Rules)}, {"seed", count(int64(s.Run.Seed))}} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

// hash is as much of a hash as people compare.
func hash(s string) string { return s[:min(len(s), 12)] }

func suiteFacts(s judge.Summary) []fact {
	var facts []fact
	for _, c := range s.Suites {
		v := of(c.Cases, "case", "cases") + ", " + count(c.Pass) + " of " + of(c.Outcomes, "outcome passed", "outcomes passed")
		if c.Error > 0 {
			v += ", " + count(c.Error) + " not judged"
		}
		facts = append(facts, fact{c.Name, v})
	}
	return facts
}

func tallyOf(c judge.Counts) []tally {
	all := []tally{{"", count(c.Cases), "cases"}}
	if c.Outcomes != c.Cases {
		all = append(all, tally{"", count(c.Outcomes), "outcomes"})
	}
	all = append(all, tally{"pass", count(c.Pass), "passed"})
	for _, t := range []struct {
		n           int
		class, name string
	}{{c.Fail, "fail", "failed"}, {c.Known, "unsure", "known to fail"}, {c.Error, "fault", "not judged"}, {c.Breaches, "fail", "broken promises"}} {
		if t.n > 0 {
			all = append(all, tally{t.class, count(t.n), t.name})
		}
	}
	return all
}

func gateRowOf(g judge.GateResult) gateRow {
	row := gateRow{gateText: textOf(g)}
	if g.Verdict == judge.NotAsked || g.N == 0 {
		return row
	}
	if g.Pairs != nil {
		sp := around(judge.Difference{Value: max(g.Target, math.Abs(g.Value)), Interval: g.Interval})
		row.From, row.To = points(sp.from), points(sp.to)
		row.Plot = plotOf(sp, g.Lang, g.Pairs.Difference(), g.Low, g.High, goal{g.Target, g.AtMost, true})
		if strings.HasPrefix(g.Measure, "gap_") { // counts in both directions
			row.Plot.FineAt, row.Plot.FineTo = sp.place(-g.Target), coord(sp.at(g.Target)-sp.at(-g.Target))
		}
		return row
	}
	sp := spanOf(g.AtMost, g.Low, g.High, g.Target, g.Value)
	row.From, row.To = target(sp.from), target(sp.to)
	row.Plot = plotOf(sp, g.Lang, g.Value, g.Low, g.High, goal{g.Target, g.AtMost, true})
	return row
}

func variantRowOf(v judge.Variant, id string) variantRow {
	row := variantRow{ID: id, Name: v.Name, Mode: string(v.Mode), Model: v.Model, Prompt: v.Prompt, Policy: v.Policy,
		Pass: count(v.Counts.Pass), Fail: count(v.Counts.Fail), Error: count(v.Counts.Error), Rate: "–",
		P50: micros(float64(v.Latency.Turn.P50)), P95: micros(float64(v.Latency.Turn.P95)), Cost: dollars(v.Usage.CostMicroUSD)}
	if n := v.Counts.Pass + v.Counts.Fail + v.Counts.Known; n > 0 {
		row.Rate = percent(float64(v.Counts.Pass) / float64(n))
	}
	return row
}

// changesOf says of each changed case how it changed.
func changesOf(d *compare.Diff) map[string]string {
	changes := map[string]string{}
	if d == nil {
		return changes
	}
	for _, v := range d.Variants {
		for _, l := range []struct {
			name string
			list compare.CaseList
		}{{"new", v.New}, {"other words", v.Texts}, {"changed", v.Changed}, {"mended", v.Mended}, {"broken", v.Broken}} {
			for _, c := range l.list.Cases {
				changes[strings.Join([]string{c.Suite, c.ID, v.B, c.Perturbation}, "\x1f")] = l.name
			}
		}
	}
	return changes
}

func changeKey(o outcome.Outcome) string {
	return strings.Join([]string{o.Suite, o.ID, o.Variant, string(o.Perturbation)}, "\x1f")
}
