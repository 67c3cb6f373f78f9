package show

import (
	"math"
	"strconv"

	"recado/evals/judge"
)

// reliability is a diagram of how sure Recado was against how often it was
// right. Coordinates are of a view box of 320 by 300.
type reliability struct {
	Title  string
	ECE    string
	Label  string // what the picture shows, for those who cannot see it
	Points []reliabilityPoint
	Ticks  []tick
}

type reliabilityPoint struct {
	X, Y, Low, High, R     string
	BarY, BarH             string
	Range, Sure, Right, Of string
	Off                    bool // the interval leaves the diagonal out
}

// tick is a mark of an axis.
type tick struct{ At, Label string }

// The plotting area, the bars below it and the sizes of points.
const (
	relLeft, relTop, relWide, relHeight = 40.0, 8.0, 272.0, 212.0
	relBarsTop, relBarsHeight           = 232.0, 36.0
	relPointMin, relPointMore           = 2.5, 4.5
)

func reliabilityOf(c judge.Calibration) *reliability {
	if c.N == 0 {
		return nil
	}
	r := &reliability{Title: "Confidence in the " + c.Of, ECE: percent(c.ECE)}
	x := func(v float64) float64 { return relLeft + v*relWide }
	y := func(v float64) float64 { return relTop + (1-v)*relHeight }
	most := 0
	for _, b := range c.Bins {
		most = max(most, b.N)
	}
	worst, worstAt := 0.0, ""
	for _, b := range c.Bins {
		p := reliabilityPoint{X: coord(x(b.Confidence)), Y: coord(y(b.Accuracy)), Low: coord(y(b.Low)), High: coord(y(b.High)),
			R:     coord(relPointMin + relPointMore*math.Sqrt(float64(b.N)/float64(most))),
			Range: percent(b.From) + "–" + percent(b.To), Sure: percent(b.Confidence), Right: percent(b.Accuracy), Of: count(b.N),
			Off: !b.Holds(b.Confidence)}
		h := max(1, relBarsHeight*float64(b.N)/float64(most))
		p.BarY, p.BarH = coord(relBarsTop+relBarsHeight-h), coord(h)
		if d := math.Abs(b.Confidence - b.Accuracy); b.N >= 20 && d > worst {
			worst, worstAt = d, p.Sure+" sure and "+p.Right+" right"
		}
		r.Points = append(r.Points, p)
	}
	for i := 0; i <= 4; i++ {
		r.Ticks = append(r.Ticks, tick{coord(x(float64(i) / 4)), strconv.Itoa(i * 25)})
	}
	r.Label = "Reliability diagram of " + count(c.N) + " decisions in ten bins. Expected calibration error " + r.ECE + "."
	if worstAt != "" {
		r.Label += " Furthest from the diagonal: " + worstAt + "."
	}
	return r
}
