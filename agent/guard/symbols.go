package guard

import (
	"sort"
	"strconv"
	"strings"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// symbols numbers everything that a pattern can ask of one token: a word, a
// prefix, a number. Sets of symbols are numbered too, equal ones alike, so
// that a message is compared with each of them once and not once a pattern.
type symbols struct {
	words    map[string]int32
	prefixes map[string][]prefixSymbol // by their first minStem letters
	number   int32
	next     int32

	sets    map[string]int32   // by their sorted symbols
	known   map[*wordSet]int32 // those already numbered
	size    []int32            // of each set, to find the rarest
	setsOf  [][]int32          // by symbol
	classes [256]int32         // the set that stands for a lexicon class; 0 for none
}

type prefixSymbol struct {
	prefix string
	id     int32
}

// classSize is how many words a lexicon class counts as when the rarest part
// of a pattern is looked for.
const classSize = 60

func newSymbols() *symbols {
	s := &symbols{words: map[string]int32{}, prefixes: map[string][]prefixSymbol{}, sets: map[string]int32{}, known: map[*wordSet]int32{}}
	s.number = s.symbol()
	s.addSet("", 0) // set 0 stands for nothing
	return s
}

func (s *symbols) symbol() int32 {
	s.next++
	s.setsOf = append(s.setsOf, nil)
	return s.next - 1
}

func (s *symbols) addSet(key string, size int) int32 {
	id := int32(len(s.size))
	s.sets[key] = id
	s.size = append(s.size, int32(size))
	return id
}

func (s *symbols) word(w string) int32 {
	id, ok := s.words[w]
	if !ok {
		id = s.symbol()
		s.words[w] = id
	}
	return id
}

func (s *symbols) prefix(p string) int32 {
	for _, known := range s.prefixes[p[:minStem]] {
		if known.prefix == p {
			return known.id
		}
	}
	id := s.symbol()
	s.prefixes[p[:minStem]] = append(s.prefixes[p[:minStem]], prefixSymbol{p, id})
	return id
}

// set returns the number of a choice of tokens.
func (s *symbols) set(choice *wordSet) int32 {
	if id, ok := s.known[choice]; ok {
		return id
	}
	id := s.intern(choice)
	s.known[choice] = id
	return id
}

func (s *symbols) intern(choice *wordSet) int32 {
	var ids []int32
	for w := range choice.words {
		ids = append(ids, s.word(w))
	}
	for _, p := range choice.prefixes {
		ids = append(ids, s.prefix(p))
	}
	if choice.number {
		ids = append(ids, s.number)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	var key strings.Builder
	for _, id := range ids {
		key.WriteString(strconv.Itoa(int(id)))
		key.WriteByte(' ')
	}
	if id, ok := s.sets[key.String()]; ok {
		return id
	}
	size := len(choice.words) + 4*len(choice.prefixes)
	if choice.number {
		size += classSize
	}
	id := s.addSet(key.String(), size)
	for i, symbol := range ids {
		if i == 0 || symbol != ids[i-1] {
			s.setsOf[symbol] = append(s.setsOf[symbol], id)
		}
	}
	return id
}

// class returns the set that holds where terms of a lexicon class start.
func (s *symbols) class(c lexicon.Class) int32 {
	if s.classes[c] == 0 {
		s.classes[c] = s.addSet("class "+strconv.Itoa(int(c)), classSize)
	}
	return s.classes[c]
}

// of calls yield with every symbol of a token, as written and as repaired.
func (s *symbols) of(t language.Token, yield func(symbol int32)) {
	forms := [2]string{t.Word, t.Surface}
	n := 2
	if t.Word == t.Surface {
		n = 1
	}
	for _, w := range forms[:n] {
		if id, ok := s.words[w]; ok {
			yield(id)
		}
		if len(w) >= minStem {
			for _, p := range s.prefixes[w[:minStem]] {
				if strings.HasPrefix(w, p.prefix) {
					yield(p.id)
				}
			}
		}
	}
	if c := t.Surface[0]; c >= '0' && c <= '9' {
		yield(s.number)
	}
}
