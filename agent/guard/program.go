package guard

import (
	"cmp"
	"errors"
	"slices"

	"recado/agent/lexicon"
)

type op uint8

const (
	opSet   op = iota // one token of a set
	opClass           // a term of a lexicon class
	opSplit           // try x, then y
	opJump            // go to x
	opGap             // any one token
	opDone
)

// inst is one step of a compiled pattern; x is a set or an instruction.
type inst struct {
	op    op
	x, y  int32
	class lexicon.Class
}

// program is a compiled pattern.
type program struct {
	code []inst
	// first are the sets of which one holds the token that a match starts
	// with.
	first []int32
	// required are parts that every match holds, the rarest first; each is a
	// choice of sets. They keep hundreds of patterns from being tried on
	// every message.
	required [][]int32
}

func compile(e expr, s *symbols) (program, error) {
	var p program
	p.emit(e, s)
	p.code = append(p.code, inst{op: opDone})
	required := requiredBy(e, s)
	if len(required) == 0 {
		return p, errors.New("matches anything: it needs at least one word or class that is not optional")
	}
	slices.SortStableFunc(required, func(a, b []int32) int { return cmp.Compare(s.sizeOf(a), s.sizeOf(b)) })
	p.required = required
	var skip bool
	if p.first, skip = firstOf(e, s); skip {
		p.first = nil // a match may start with a gap: try every token
	}
	return p, nil
}

func (s *symbols) sizeOf(choice []int32) int32 {
	n := int32(0)
	for _, set := range choice {
		n += s.size[set]
	}
	return n
}

func (p *program) emit(e expr, s *symbols) {
	add := func(i inst) int32 {
		p.code = append(p.code, i)
		return int32(len(p.code) - 1)
	}
	here := func() int32 { return int32(len(p.code)) }
	switch e := e.(type) {
	case exprSet:
		add(inst{op: opSet, x: s.set(e.set)})
	case exprClass:
		add(inst{op: opClass, x: s.class(e.class), class: e.class})
	case exprSeq:
		for _, part := range e {
			p.emit(part, s)
		}
	case exprGap:
		// the shortest gap is tried first: each split leaves for the end
		var splits []int32
		for range e.n {
			splits = append(splits, add(inst{op: opSplit}))
			add(inst{op: opGap})
		}
		for _, split := range splits {
			p.code[split].x, p.code[split].y = here(), split+1
		}
	case exprOpt:
		split := add(inst{op: opSplit})
		p.emit(e.of, s)
		p.code[split].x, p.code[split].y = split+1, here()
	case exprAlt:
		var jumps []int32
		for i, part := range e {
			split := int32(-1)
			if i < len(e)-1 {
				split = add(inst{op: opSplit})
			}
			p.emit(part, s)
			if split >= 0 {
				jumps = append(jumps, add(inst{op: opJump}))
				p.code[split].x, p.code[split].y = split+1, here()
			}
		}
		for _, j := range jumps {
			p.code[j].x = here()
		}
	}
}

// requiredBy returns the parts that every match of e holds.
func requiredBy(e expr, s *symbols) [][]int32 {
	switch e := e.(type) {
	case exprSet:
		return [][]int32{{s.set(e.set)}}
	case exprClass:
		return [][]int32{{s.class(e.class)}}
	case exprSeq:
		var all [][]int32
		for _, part := range e {
			all = append(all, requiredBy(part, s)...)
		}
		return all
	case exprAlt:
		var choice []int32
		for _, part := range e {
			of := requiredBy(part, s)
			if len(of) == 0 {
				return nil
			}
			rarest := of[0]
			for _, c := range of {
				if s.sizeOf(c) < s.sizeOf(rarest) {
					rarest = c
				}
			}
			choice = append(choice, rarest...)
		}
		return [][]int32{choice}
	}
	return nil
}

// firstOf returns the sets that a match of e can start with; skip is true
// when e can match without a token, or start with a gap.
func firstOf(e expr, s *symbols) (sets []int32, skip bool) {
	switch e := e.(type) {
	case exprSet:
		return []int32{s.set(e.set)}, false
	case exprClass:
		return []int32{s.class(e.class)}, false
	case exprSeq:
		for _, part := range e {
			first, skip := firstOf(part, s)
			sets = append(sets, first...)
			if !skip {
				return sets, false
			}
			if _, gap := part.(exprGap); gap {
				return nil, true
			}
		}
		return sets, true
	case exprAlt:
		for _, part := range e {
			first, partSkip := firstOf(part, s)
			sets, skip = append(sets, first...), skip || partSkip
		}
		return sets, skip
	case exprOpt:
		sets, _ = firstOf(e.of, s)
		return sets, true
	}
	return nil, true
}
