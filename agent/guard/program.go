package guard

import (
	"cmp"
	"errors"
	"slices"

	"recado/agent/lexicon"
)

type op uint8

const (
	opSet   op = iota // one token of set x
	opClass           // a term of a lexicon class, which starts where set x does
	opGap             // none to x of any tokens, as few as will do
	opSplit           // go on at x, or else at y
	opJump            // go on at x
	opDone
)

// inst is one step of a compiled pattern; x and y are what op says. It only
// ever leads to later steps.
type inst struct {
	x, y  int32
	op    op
	class lexicon.Class
	// passed is true where every match passes this step: without a place to
	// pass it at, there is no match.
	passed bool
}

// program is a compiled pattern.
type program struct {
	code []inst
	// needs is what a message has to hold for the program to be worth running:
	// the sets of one choice, noSet, those of the next, noSet, and so on.
	needs []int32
}

const noSet = -1

func compile(e expr, s *symbols) (program, error) {
	if optional(e) {
		return program{}, errors.New("matches anything: it needs at least one word or class that is not optional")
	}
	var p program
	p.emit(e, s, true)
	p.code = append(p.code, inst{op: opDone, passed: true})
	return p, nil
}

// need sets what p needs.
func (p *program) need(choices []choice) {
	p.needs = p.needs[:0]
	for _, c := range choices {
		p.needs = append(append(p.needs, c...), noSet)
	}
}

// emit compiles e; passed is true where every match passes e.
func (p *program) emit(e expr, s *symbols, passed bool) {
	add := func(i inst) int32 {
		p.code = append(p.code, i)
		return int32(len(p.code) - 1)
	}
	here := func() int32 { return int32(len(p.code)) }
	start := here()
	switch e := e.(type) {
	case exprSet:
		e.set.uses++
		add(inst{op: opSet, x: s.set(e.set)})
	case exprClass:
		add(inst{op: opClass, x: s.class(e.class), class: e.class})
	case exprGap:
		add(inst{op: opGap, x: int32(e.n)})
	case exprSeq:
		for _, part := range e {
			p.emit(part, s, passed)
		}
	case exprOpt:
		split := add(inst{op: opSplit})
		p.emit(e.of, s, false)
		p.code[split].x, p.code[split].y = split+1, here()
	case exprAlt:
		var jumps []int32
		for i, part := range e {
			split := int32(-1)
			if i < len(e)-1 {
				split = add(inst{op: opSplit})
			}
			p.emit(part, s, false)
			if split >= 0 {
				jumps = append(jumps, add(inst{op: opJump}))
				p.code[split].x, p.code[split].y = split+1, here()
			}
		}
		for _, j := range jumps {
			p.code[j].x = here()
		}
	}
	p.code[start].passed = passed
}

// optional reports whether e may match without a single word or class.
func optional(e expr) bool {
	switch e := e.(type) {
	case exprSeq:
		return !slices.ContainsFunc(e, func(part expr) bool { return !optional(part) })
	case exprAlt:
		return slices.ContainsFunc(e, optional)
	case exprGap, exprOpt:
		return true
	}
	return false
}

// choice is one thing that a match holds: a token of any of these sets.
type choice []int32

// required returns what every match of e holds, the rarest first. touched
// tells how common each set is; where it is nil, all are alike.
func required(e expr, s *symbols, touched []int32) []choice {
	all := requiredBy(e, s, touched)
	if touched != nil {
		slices.SortStableFunc(all, func(a, b choice) int { return cmp.Compare(a.sum(touched), b.sum(touched)) })
	}
	return all
}

func (c choice) sum(touched []int32) int32 {
	n := int32(0)
	for _, set := range c {
		n += touched[set]
	}
	return n
}

func requiredBy(e expr, s *symbols, touched []int32) []choice {
	switch e := e.(type) {
	case exprSet:
		return []choice{{s.set(e.set)}}
	case exprClass:
		return []choice{{s.class(e.class)}}
	case exprSeq:
		var all []choice
		for _, part := range e {
			all = append(all, requiredBy(part, s, touched)...)
		}
		return all
	case exprAlt:
		var any choice
		for _, part := range e {
			of := required(part, s, touched)
			if len(of) == 0 {
				return nil
			}
			any = append(any, of[0]...) // the rarest of each alternative
		}
		return []choice{any}
	}
	return nil
}
