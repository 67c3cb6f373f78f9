package guard

import (
	"slices"
	"strings"

	"recado/agent/language"
)

// readings leads from the tokens of a message to the sets that hold them.
type readings struct {
	byWord   lists   // by WordID: the sets that hold the word; later words are told by their prefixes
	byPrefix lists   // by prefix symbol
	number   []int32 // the sets that hold any number
	prefixes [prefixKeys][]prefixSymbol
}

type prefixSymbol struct {
	prefix string
	symbol int32
}

// prefixKeys is how many lists the prefixes are in, by their first letters.
const prefixKeys = 1 << 11

func prefixKey(w string) int {
	return (int(w[0])*961 + int(w[1])*31 + int(w[2])) % prefixKeys
}

// readings is called when all patterns are numbered. It adds their words to d.
func (s *symbols) readings(d *language.Dictionary) *readings {
	r := &readings{number: s.setsOf[s.number], byPrefix: newLists(s.setsOf)}
	for p, id := range s.prefixes {
		key := prefixKey(p)
		r.prefixes[key] = append(r.prefixes[key], prefixSymbol{p, id})
	}
	for w := range s.words {
		d.Add(w)
	}
	r.byWord = lists{from: make([]int32, 1, d.Len()+1)}
	var sets []int32
	for i := range d.Len() {
		w := d.Word(language.WordID(i))
		sets = sets[:0]
		if id, ok := s.words[w]; ok {
			sets = append(sets, s.setsOf[id]...)
		}
		r.eachPrefix(w, func(prefix int32) { sets = append(sets, s.setsOf[prefix]...) })
		slices.Sort(sets)
		r.byWord.add(slices.Compact(sets))
	}
	return r
}

// each yields the sets that hold a word, some of them more than once.
func (r *readings) each(id language.WordID, w string, yield func(set int32)) {
	if 0 < id && int(id) < r.byWord.len() {
		for _, set := range r.byWord.of(int32(id)) {
			yield(set)
		}
		return
	}
	r.eachPrefix(w, func(prefix int32) {
		for _, set := range r.byPrefix.of(prefix) {
			yield(set)
		}
	})
}

func (r *readings) eachPrefix(w string, yield func(symbol int32)) {
	if len(w) < minStem {
		return
	}
	for _, p := range r.prefixes[prefixKey(w)] {
		if strings.HasPrefix(w, p.prefix) {
			yield(p.symbol)
		}
	}
}

// lists are many short lists in one array, so that reading them does not
// wander through memory.
type lists struct {
	from  []int32
	items []int32
}

func newLists(all [][]int32) lists {
	l := lists{from: make([]int32, 1, len(all)+1)}
	for _, items := range all {
		l.add(items)
	}
	return l
}

func (l *lists) add(items []int32) {
	l.items = append(l.items, items...)
	l.from = append(l.from, int32(len(l.items)))
}

func (l *lists) len() int { return len(l.from) - 1 }

func (l *lists) of(i int32) []int32 { return l.items[l.from[i]:l.from[i+1]] }
