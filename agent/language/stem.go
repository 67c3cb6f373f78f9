package language

import "strings"

// AnyStem calls ok with the folded words that a folded word may be a form of,
// in English or Spanish, until one is ok: "buscando" and "buscar" for
// "buscandole", "retire" for "retiring". Most of them are no words.
func AnyStem(word string, ok func(stem string) bool) bool {
	for _, s := range suffixes {
		root, found := strings.CutSuffix(word, s.of)
		if !found || len(root) < minStem {
			continue
		}
		for _, end := range s.by {
			if ok(root + end) {
				return true
			}
		}
		if s.doubled && root[len(root)-1] == root[len(root)-2] && ok(root[:len(root)-1]) {
			return true
		}
	}
	return false
}

// minStem is the fewest letters that are left of a word.
const minStem = 2

// suffixes are the ends of forms and by what each is replaced. doubled ends
// may follow a letter that is written twice, as in permitting.
var suffixes = []struct {
	of      string
	by      []string
	doubled bool
}{
	{"s", []string{""}, false}, {"es", []string{"", "e"}, false}, {"ies", []string{"y"}, false},
	{"ing", []string{"", "e"}, true}, {"ed", []string{"", "e"}, true}, {"er", []string{"", "e"}, true}, {"ers", []string{"", "e"}, true},
	{"ly", []string{""}, false}, {"est", []string{"", "e"}, true},
	// Spanish: little ones, pronouns that cling to a verb, times of a verb
	{"ito", []string{"o", "", "e"}, false}, {"ita", []string{"a", "", "e"}, false}, {"itos", []string{"os", "o", "", "es"}, false}, {"itas", []string{"as", "a", ""}, false},
	{"cito", []string{"", "e"}, false}, {"cita", []string{"", "e"}, false}, {"citos", []string{"", "es"}, false}, {"citas", []string{"", "es"}, false},
	{"quita", []string{"ca"}, false}, {"quito", []string{"co"}, false},
	{"me", []string{""}, false}, {"te", []string{""}, false}, {"se", []string{""}, false}, {"nos", []string{""}, false},
	{"lo", []string{""}, false}, {"la", []string{""}, false}, {"le", []string{""}, false}, {"los", []string{""}, false}, {"las", []string{""}, false}, {"les", []string{""}, false},
	{"melo", []string{""}, false}, {"mela", []string{""}, false}, {"selo", []string{""}, false}, {"sela", []string{""}, false},
	{"ia", []string{""}, false}, {"ian", []string{""}, false}, {"iamos", []string{""}, false}, {"emos", []string{""}, false}, {"an", []string{"", "ar"}, false},
	{"ando", []string{"ar"}, false}, {"iendo", []string{"er", "ir"}, false}, {"ado", []string{"ar"}, false}, {"ido", []string{"er", "ir"}, false},
	{"amos", []string{"ar", "a"}, false}, {"aron", []string{"ar"}, false}, {"ieron", []string{"er", "ir"}, false}, {"aba", []string{"ar"}, false}, {"aban", []string{"ar"}, false},
}
