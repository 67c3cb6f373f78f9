package answer

import (
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"recado/agent/clinic"
	"recado/agent/language"
)

// index finds the things of one clinic by the names that patients use, and
// keeps what is worked out once for all its patients.
type index struct {
	plans, services, providers, roles, prices, places, holidays, languages names
	people                                                                 []bool // by service: it is the care of some people as such
	opens                                                                  int    // earliest opening, minutes
	facts                                                                  []any  // by facts
	opening                                                                atomic.Pointer[opening]
	texts                                                                  texts
}

// indexes holds one index for each profile in use.
var indexes sync.Map // weak.Pointer[clinic.Profile] -> *index

func indexOf(p *clinic.Profile) *index {
	key := weak.Make(p)
	if x, ok := indexes.Load(key); ok {
		return x.(*index)
	}
	x, loaded := indexes.LoadOrStore(key, newIndex(p))
	if !loaded {
		runtime.AddCleanup(p, func(key weak.Pointer[clinic.Profile]) { indexes.Delete(key) }, key)
	}
	return x.(*index)
}

func newIndex(p *clinic.Profile) *index {
	x := &index{opens: 24 * 60, facts: factsOf(p)}
	x.prices.everyday = true // "how much is a visit" names a price
	x.plans.sign, x.places.sign, x.providers.sign = planSign, placeSign, providerSign
	x.services.sign, x.languages = serviceSign, *languageIndex()
	x.services.commonNouns, x.plans.people = true, true
	for i, plan := range p.Plans {
		x.plans.add(i, append([]string{plan.Name}, plan.Aliases...)...)
	}
	for i, s := range p.Services {
		x.services.add(i, alsoFirst(append([]string{s.Name.EN, s.Name.ES}, s.Aliases...))...)
		x.people = append(x.people, slices.ContainsFunc(s.Aliases, forPeople))
	}
	for i, v := range p.Providers {
		x.providers.add(i, append([]string{v.Name, v.NameES}, v.Aliases...)...)
		x.roles.add(i, append([]string{v.Role.EN, v.Role.ES}, v.RoleAliases...)...)
	}
	for i, price := range p.Prices {
		x.prices.add(i, alsoShort(alsoFirst(append([]string{price.Name.EN, price.Name.ES}, price.Aliases...)))...)
	}
	for i, l := range p.Location {
		x.places.add(i, append([]string{l.Name}, l.Aliases...)...)
		for _, day := range l.Hours {
			if len(day) > 0 {
				x.opens = min(x.opens, day[0].Open)
			}
		}
	}
	for i, h := range p.Holidays {
		x.holidays.add(i, h.Name.EN, h.Name.ES)
	}
	all := []*names{&x.plans, &x.services, &x.providers, &x.roles, &x.prices, &x.places, &x.holidays, &x.languages}
	known := map[string]bool{}
	for _, n := range []*names{&x.plans, &x.providers, &x.roles, &x.places, &x.languages} {
		for w := range n.words {
			known[w] = true
		}
	}
	for _, n := range all {
		n.known = known
		n.close()
	}
	return x
}

// languageIndex finds languages by their names, which are the same for all
// clinics.
var languageIndex = sync.OnceValue(func() *names {
	n := &names{sign: languageSign}
	for i, l := range clinic.SpokenLanguages {
		n.add(i, l.Name.EN, l.Name.ES)
	}
	n.repair = language.NewVocabulary(language.NewDictionary(), n.words)
	return n
})

// names finds things by their names.
type names struct {
	byFirst map[string][]name
	words   map[string]float32
	repair  *language.Vocabulary
	known   map[string]bool // the words of the clinic's people, plans and places, which misspell nothing
	// everyday is true where words such as "visit" are names as well.
	everyday bool
	// sign reports whether a name that is an ordinary word is meant as the
	// name where it stands; nil where no name is taken for a word.
	sign sign
	// commonNouns is true where most names are ordinary words themselves:
	// only one in capitals is then doubtful.
	commonNouns bool
	// people is true where people may go by the names as well.
	people bool
}

// sure is a weight at which a vocabulary repairs a misspelling to a word.
const sure = 1000

// name is the content words of one name of the thing id.
type name struct {
	words []string
	id    int
	doubt doubt
	small []string // the small words before the only word of a doubtful name: la del
}

// hit is a thing that was named in tokens [start, end).
type hit struct{ id, start, end int }

func (n *names) add(id int, all ...string) {
	if n.byFirst == nil {
		n.byFirst, n.words = map[string][]name{}, map[string]float32{}
	}
	for _, one := range all {
		folded := clinic.Fold(one)
		words := content(folded)
		if len(words) == 0 || len(words) == 1 && everyday[words[0]] && !n.everyday {
			continue
		}
		doubt, small := n.doubts(one, folded, words)
		for i, w := range words {
			if title[w] {
				n.words[w], words[i] = sure, anyTitle
			}
		}
		first := stem(words[0])
		n.byFirst[first] = append(n.byFirst[first], name{words, id, doubt, small})
		for _, w := range words {
			n.words[w] = 1
			if len(w) >= 5 {
				n.words[w] = sure // long enough to be known when misspelt
			}
		}
	}
}

// close makes what finds misspelt names, of those that have none yet. The list
// of words is not needed after it; a thousand clinics have half a million.
func (n *names) close() {
	if n.repair == nil {
		n.repair = language.NewVocabulary(language.NewDictionary(), n.words)
	}
	n.words = nil
}

// find returns the things named, the longest name at each place, each thing
// once. Several things that share a name are all returned.
func (n *names) find(tokens []language.Token) []hit {
	var out []hit
	for i := 0; i < len(tokens); {
		end := n.at(tokens, i, &out)
		i = max(end, i+1)
	}
	return out
}

// at adds the things whose names begin at token i and returns where the
// longest of these names ends; 0 where there is none.
func (n *names) at(tokens []language.Token, i int, out *[]hit) int {
	longest, from := 0, len(*out)
	for first := range n.readings(&tokens[i]) {
		for _, candidate := range n.byFirst[stem(first)] {
			end, ok := n.match(candidate.words, tokens, i)
			if !ok || end < longest || candidate.doubt != noDoubt && !n.meant(&candidate, tokens, i, end) {
				continue
			}
			if end > longest {
				longest, *out = end, (*out)[:from]
			}
			if !slices.ContainsFunc(*out, func(h hit) bool { return h.id == candidate.id }) {
				*out = append(*out, hit{candidate.id, i, end})
			}
		}
	}
	return longest
}

// match reads a name's words from token i on, passing over small words.
func (n *names) match(words []string, tokens []language.Token, i int) (end int, ok bool) {
	for k := range words {
		for k > 0 && i < len(tokens) && connector[tokens[i].Surface] && tokens[i].Surface != words[k] && !tokens[i].Break {
			i++
		}
		if i >= len(tokens) || k > 0 && tokens[i].Break {
			return 0, false
		}
		same := false
		for reading := range n.readings(&tokens[i]) {
			same = same || stem(reading) == stem(words[k])
		}
		if !same {
			return 0, false
		}
		i++
	}
	return i, true
}

// readings are the words that a token may stand for: as written, as read,
// and the name's word that it misspells.
func (n *names) readings(t *language.Token) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(t.Surface) || t.Word != t.Surface && !yield(t.Word) {
			return
		}
		if title[t.Surface] && !yield(anyTitle) {
			return
		}
		if n.repair == nil || connector[t.Surface] || filler[t.Surface] || everyday[t.Surface] || ordinary[t.Surface] || n.known[t.Surface] {
			return
		}
		if w, ok := n.repair.Repair(t.Surface, t.Language); ok {
			if title[w] {
				w = anyTitle
			}
			yield(w)
		}
	}
}

// alsoFirst adds what stands before the comma of a name that lists things,
// where it is a name by itself: "prueba rápida de garganta, gripe o COVID".
func alsoFirst(all []string) []string {
	for _, one := range all {
		if first, _, lists := strings.Cut(one, ","); lists && len(content(clinic.Fold(first))) >= 2 {
			all = append(all, first)
		}
	}
	return all
}

// alsoShort adds the names without the word for a visit at their end, where
// two words are left: of a price, "new patient" says what "new patient visit"
// does.
func alsoShort(all []string) []string {
	for _, one := range all {
		words := content(clinic.Fold(one))
		if n := len(words) - 1; n >= 2 && everyday[words[n]] {
			all = append(all, strings.Join(words[:n], " "))
		}
	}
	return all
}

// content drops the small words of a name.
func content(folded string) []string {
	words := strings.Fields(folded)
	out := words[:0:0]
	for _, w := range words {
		if !connector[w] {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return words
	}
	return out
}

// stem folds plurals of both languages (shots, vacunas, doctores) and English
// forms in ing (testing).
func stem(w string) string {
	if len(w) > 6 && strings.HasSuffix(w, "ing") {
		w = w[:len(w)-3]
	}
	if len(w) > 4 && strings.HasSuffix(w, "es") && !strings.HasSuffix(w, "ses") {
		w = w[:len(w)-2]
	} else if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "is") && !strings.HasSuffix(w, "us") {
		w = w[:len(w)-1]
	}
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "e"):
		w = w[:len(w)-1]
	case len(w) > 5 && strings.HasSuffix(w, "y"):
		w = w[:len(w)-1] + "i" // as is left of therapies
	}
	return w
}
