package answer

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"weak"

	"recado/agent/clinic"
	"recado/agent/language"
)

// index finds the things of one clinic by the names that patients use.
type index struct {
	plans, services, providers, roles, prices, places, holidays, languages names
	opens                                                                  int // earliest opening, minutes
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
	x := &index{opens: 24 * 60}
	x.prices.everyday = true // "how much is a visit" names a price
	for i, plan := range p.Plans {
		x.plans.add(i, append([]string{plan.Name}, plan.Aliases...)...)
	}
	for i, s := range p.Services {
		x.services.add(i, append([]string{s.Name.EN, s.Name.ES}, s.Aliases...)...)
	}
	for i, v := range p.Providers {
		x.providers.add(i, append([]string{v.Name, v.NameES}, v.Aliases...)...)
		x.roles.add(i, append([]string{v.Role.EN, v.Role.ES}, v.RoleAliases...)...)
	}
	for i, price := range p.Prices {
		x.prices.add(i, append([]string{price.Name.EN, price.Name.ES}, price.Aliases...)...)
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
	for i, l := range clinic.SpokenLanguages {
		x.languages.add(i, l.Name.EN, l.Name.ES)
	}
	for _, n := range []*names{&x.plans, &x.services, &x.providers, &x.roles, &x.prices, &x.places, &x.holidays, &x.languages} {
		n.close()
	}
	return x
}

// names finds things by their names.
type names struct {
	byFirst map[string][]name
	words   map[string]float32
	repair  *language.Vocabulary
	// everyday is true where words such as "visit" are names as well.
	everyday bool
}

// sure is a weight at which a vocabulary repairs a misspelling to a word.
const sure = 1000

// name is the content words of one name of the thing id.
type name struct {
	words []string
	id    int
}

// hit is a thing that was named in tokens [start, end).
type hit struct{ id, start, end int }

func (n *names) add(id int, all ...string) {
	if n.byFirst == nil {
		n.byFirst, n.words = map[string][]name{}, map[string]float32{}
	}
	for _, one := range all {
		words := content(clinic.Fold(one))
		if len(words) == 0 || len(words) == 1 && everyday[words[0]] && !n.everyday {
			continue
		}
		first := stem(words[0])
		n.byFirst[first] = append(n.byFirst[first], name{words, id})
		for _, w := range words {
			n.words[w] = 1
			if len(w) >= 5 {
				n.words[w] = sure // long enough to be known when misspelt
			}
		}
	}
}

func (n *names) close() { n.repair = language.NewVocabulary(n.words) }

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
	for _, first := range n.readings(tokens[i]) {
		for _, candidate := range n.byFirst[stem(first)] {
			end, ok := n.match(candidate.words, tokens, i)
			if !ok || end < longest {
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
		for _, reading := range n.readings(tokens[i]) {
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
func (n *names) readings(t language.Token) []string {
	out := []string{t.Surface}
	if t.Word != t.Surface {
		out = append(out, t.Word)
	}
	if connector[t.Surface] || filler[t.Surface] || everyday[t.Surface] || n.repair == nil {
		return out
	}
	if w, ok := n.repair.Repair(t.Surface, t.Language); ok {
		out = append(out, w)
	}
	return out
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
	if len(w) > 4 && strings.HasSuffix(w, "e") {
		w = w[:len(w)-1]
	}
	return w
}
