package guard

import (
	"encoding/binary"
	"slices"

	"recado/agent/lexicon"
)

// symbols numbers everything that a pattern can ask of one token: a word, a
// prefix, a number. Sets of symbols are numbered too, equal ones alike, so
// that a message is compared with each of them once and not once a pattern.
type symbols struct {
	words    map[string]int32
	prefixes map[string]int32
	number   int32
	setsOf   [][]int32 // by symbol

	sets     map[string]int32 // by their sorted symbols
	numbered []*wordSet       // each once, equal ones too
	classes  [256]int32       // the set that stands for a lexicon class; 0 for none
	n        int32            // of sets; set 0 stands for nothing
}

func newSymbols() *symbols {
	s := &symbols{words: map[string]int32{}, prefixes: map[string]int32{}, sets: map[string]int32{}, n: 1}
	s.number = s.symbol()
	return s
}

func (s *symbols) symbol() int32 {
	s.setsOf = append(s.setsOf, nil)
	return int32(len(s.setsOf) - 1)
}

func (s *symbols) newSet() int32 {
	s.n++
	return s.n - 1
}

// of returns the symbol that names stands for, which is new if need be.
func (s *symbols) of(names map[string]int32, name string) int32 {
	id, ok := names[name]
	if !ok {
		id = s.symbol()
		names[name] = id
	}
	return id
}

// set returns the number of a choice of tokens.
func (s *symbols) set(choice *wordSet) int32 {
	if choice.id == 0 {
		choice.id = s.intern(choice)
		s.numbered = append(s.numbered, choice)
	}
	return choice.id
}

func (s *symbols) intern(choice *wordSet) int32 {
	ids := make([]int32, 0, len(choice.words)+len(choice.prefixes)+1)
	for _, w := range choice.words {
		ids = append(ids, s.of(s.words, w))
	}
	for _, p := range choice.prefixes {
		ids = append(ids, s.of(s.prefixes, p))
	}
	if choice.number {
		ids = append(ids, s.number)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	key := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		key = binary.LittleEndian.AppendUint32(key, uint32(id))
	}
	if id, ok := s.sets[string(key)]; ok {
		return id
	}
	id := s.newSet()
	s.sets[string(key)] = id
	for _, symbol := range ids {
		s.setsOf[symbol] = append(s.setsOf[symbol], id)
	}
	return id
}

// class returns the set that holds where terms of a lexicon class start.
func (s *symbols) class(c lexicon.Class) int32 {
	if s.classes[c] == 0 {
		s.classes[c] = s.newSet()
	}
	return s.classes[c]
}

// uses tells how often patterns use each whole word.
func (s *symbols) uses() map[string]float32 {
	words := make(map[string]float32, len(s.words))
	for _, set := range s.numbered {
		for _, w := range set.words {
			words[w] += float32(set.uses)
		}
	}
	return words
}
