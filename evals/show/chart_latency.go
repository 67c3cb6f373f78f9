package show

import (
	"iter"
	"math"

	"recado/evals/outcome"
	"recado/evals/stat"
)

// durations counts times in bins that are equally wide on a logarithmic
// scale, from a microsecond to above an hour.
type durations struct {
	bins [96]int
	n    int
}

const binsPerTen = 10

func (d *durations) add(us int64) {
	if us <= 0 {
		return // it was not measured
	}
	bin := int(math.Log10(float64(max(us, 1))) * binsPerTen)
	d.bins[min(bin, len(d.bins)-1)]++
	d.n++
}

// times are the durations of a variant's decisions and of its model's calls.
type times struct{ turn, model durations }

func (t *times) add(o outcome.Outcome) {
	for _, turn := range o.Turns {
		t.turn.add(turn.Micros)
		for _, us := range turn.Usage.LatencyMicros {
			t.model.add(us)
		}
	}
}

// watched adds the times of all outcomes that pass by to clock, by variant.
func watched(all iter.Seq2[outcome.Outcome, error], clock map[string]*times) iter.Seq2[outcome.Outcome, error] {
	return func(yield func(outcome.Outcome, error) bool) {
		for o, err := range all {
			if err == nil {
				t := clock[o.Variant]
				if t == nil {
					t = &times{}
					clock[o.Variant] = t
				}
				t.add(o)
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// histogram is a picture of durations. Coordinates are of a view box of 320 by
// 180.
type histogram struct {
	Title, Label string
	Bars         []histogramBar
	Ticks        []tick
	Marks        []histogramMark
}

type histogramBar struct{ X, Y, W, H, Tip string }

type histogramMark struct{ X, Y, Anchor, Name, Value string }

const (
	histLeft, histWide, histTop, histHeight = 12.0, 296.0, 40.0, 104.0
)

func histogramOf(title string, d durations, at stat.Percentiles) *histogram {
	if d.n == 0 {
		return nil
	}
	first, last, most := -1, 0, 0
	for i, n := range d.bins {
		if n == 0 {
			continue
		}
		if first < 0 {
			first = i
		}
		last, most = i, max(most, n)
	}
	first, last = max(first-1, 0), last+2
	wide := histWide / float64(last-first)
	x := func(us float64) float64 {
		return min(max(histLeft+(math.Log10(max(us, 1))*binsPerTen-float64(first))*wide, histLeft), histLeft+histWide)
	}
	h := &histogram{Title: title, Label: "Histogram of " + count(d.n) + " times. Half take at most " + micros(float64(at.P50)) +
		", 95% at most " + micros(float64(at.P95)) + ", the longest " + micros(float64(at.Max)) + "."}
	for i := first; i < min(last, len(d.bins)); i++ {
		n := d.bins[i]
		if n == 0 {
			continue
		}
		tall := max(1.5, histHeight*float64(n)/float64(most))
		from, to := math.Pow(10, float64(i)/binsPerTen), math.Pow(10, float64(i+1)/binsPerTen)
		h.Bars = append(h.Bars, histogramBar{coord(histLeft + float64(i-first)*wide + 0.5), coord(histTop + histHeight - tall),
			coord(max(wide-1, 0.5)), coord(tall), micros(from) + " to " + micros(to) + ": " + count(n)})
	}
	for e := 0; e < 10; e++ {
		for _, f := range []float64{1, 3} {
			us := f * math.Pow(10, float64(e))
			pos := math.Log10(us) * binsPerTen
			if pos < float64(first)-0.01 || pos > float64(last)+0.01 || f == 3 && last-first > 22 {
				continue
			}
			h.Ticks = append(h.Ticks, tick{coord(x(us)), micros(us)})
		}
	}
	before := -100.0
	row := 0
	for _, m := range []struct {
		name string
		us   int64
	}{{"half", at.P50}, {"95%", at.P95}, {"99%", at.P99}} {
		px := x(float64(m.us))
		if px-before < 74 {
			row++ // below the label before it
		} else {
			row = 0
		}
		before = px
		anchor := "middle"
		switch {
		case px < histLeft+30:
			anchor = "start"
		case px > histLeft+histWide-30:
			anchor = "end"
		}
		h.Marks = append(h.Marks, histogramMark{coord(px), coord(10 + 12*float64(row)), anchor, m.name, micros(float64(m.us))})
	}
	return h
}
