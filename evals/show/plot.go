package show

import (
	"math"
	"slices"
	"strconv"

	"recado/evals/judge"
)

// plot is an interval on a line, in percent of the line's width, so that it
// fits a cell of any width.
type plot struct {
	Class          string // lang-en, ...: colour and shape
	Shape          string // path of the point about 0,0
	Low, High, At  string
	Goal           string // where the target lies, empty for none
	FineAt, FineTo string // where values reach the target: start and width
}

// span is the part of 0 to 1 that a row of plots shows.
type span struct{ from, to float64 }

// nice widths of spans.
var nice = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1}

// spanOf is the smallest nice span that holds all values and reaches the good
// end: 0 where low is good, else 1.
func spanOf(lowIsGood bool, values ...float64) span {
	far := 0.0
	for _, v := range values {
		if !lowIsGood {
			v = 1 - v
		}
		far = max(far, v)
	}
	width := 1.0
	for _, n := range nice {
		if far <= n*0.97 {
			width = n
			break
		}
	}
	if lowIsGood {
		return span{0, width}
	}
	return span{1 - width, 1}
}

// around is the smallest nice span about 0 that holds all differences and
// most of their intervals: one of few cases must not squeeze all others.
func around(differences ...judge.Difference) span {
	var ends []float64
	far := 0.0
	for _, d := range differences {
		far = max(far, math.Abs(d.Value))
		ends = append(ends, math.Abs(d.Low), math.Abs(d.High))
	}
	slices.Sort(ends)
	if len(ends) > 0 {
		far = max(far, ends[(len(ends)-1)*4/5])
	}
	for _, n := range nice {
		if far <= n*0.97 {
			return span{-n, n}
		}
	}
	return span{-1, 1}
}

func (s span) at(v float64) float64 {
	if s.to <= s.from {
		return 0
	}
	return min(max((v-s.from)/(s.to-s.from), 0), 1) * 100
}

func (s span) place(v float64) string { return coord(s.at(v)) }

// coord writes a coordinate, short and the same on every machine.
func coord(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	for len(s) > 1 && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// shapes tell languages apart without colour.
var shapes = map[string]string{
	"en":    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
	"es":    "M0-5.5 5.5 0 0 5.5-5.5 0z",
	"mixed": "M-4-4h8v8h-8z",
	"other": "M0-5 5 4-5 4z",
	"":      "M-4-4h8v8h-8z",
}

func langClass(lang string) string {
	switch lang {
	case "en", "es", "mixed", "other":
		return "lang-" + lang
	}
	return "lang-all"
}

func plotOf(s span, lang string, value, low, high float64, g goal) *plot {
	shape := shapes[lang]
	if shape == "" {
		shape = shapes[""]
	}
	p := &plot{Class: langClass(lang), Shape: shape, At: s.place(value), Low: s.place(low), High: s.place(high)}
	if g.OK {
		p.Goal = s.place(g.Target)
		from, to := s.at(g.Target), 100.0
		if g.AtMost {
			from, to = 0, from
		}
		p.FineAt, p.FineTo = coord(from), coord(to-from)
	}
	return p
}
