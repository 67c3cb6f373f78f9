package llm

import (
	_ "embed"
	"strings"
	"unicode"

	"recado/agent/language"
)

//go:embed mask_words.txt
var wordFile string

// nameWords are the lists of mask_words.txt by their headings.
var nameWords = readWords(wordFile)

func readWords(file string) map[string]map[string]bool {
	lists := map[string]map[string]bool{}
	var list map[string]bool
	for _, line := range strings.Split(file, "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "= "); ok {
			list = map[string]bool{}
			lists[strings.TrimSpace(name)] = list
			continue
		}
		for _, w := range strings.Fields(line) {
			list[strings.ReplaceAll(w, "_", " ")] = true
		}
	}
	return lists
}

const (
	longestCue  = 4 // words
	longestName = 4 // words, particles not counted
)

// names finds people's names: after words that introduce one, after a
// relative, in a signature, and those that are given names and nothing else.
func names(text string) []hidden {
	n := namer{text: text, tokens: language.Scan(text).Tokens}
	for i := range n.tokens {
		switch {
		case n.title(i - 1):
			n.take(i, n.proper)
		case n.cue(i, "strong"):
			n.take(i, n.open)
		case n.cue(i, "weak"):
			n.take(i, n.unordinary)
		case n.cue(i, "relative"):
			n.take(i, n.capital)
		case n.cue(i, "thanks") && n.onlyNamesFollow(i):
			n.take(i, n.capital)
		case n.given(i) && !n.doctor(i-1) && !n.doctor(i-2):
			n.take(i, n.capitalOrGiven)
		}
	}
	return n.found
}

type namer struct {
	text   string
	tokens []language.Token
	found  []hidden
}

func (n *namer) word(i int) string {
	if i < 0 || i >= len(n.tokens) {
		return ""
	}
	return n.tokens[i].Surface
}

// cue reports whether the words that end before token i are in a list.
func (n *namer) cue(i int, list string) bool {
	words := ""
	for k := 1; k <= longestCue && i-k >= 0; k++ {
		if words == "" {
			words = n.word(i - k)
		} else {
			words = n.word(i-k) + " " + words
		}
		if nameWords[list][words] {
			return true
		}
		if n.tokens[i-k].Break {
			return false
		}
	}
	return false
}

func (n *namer) title(i int) bool  { return nameWords["title"][n.word(i)] }
func (n *namer) doctor(i int) bool { return nameWords["doctor"][n.word(i)] }
func (n *namer) given(i int) bool  { return nameWords["given"][n.word(i)] }

// upper reports whether token i is written with a capital.
func (n *namer) upper(i int) bool {
	for _, r := range n.text[n.tokens[i].Start:n.tokens[i].End] {
		return unicode.IsUpper(r)
	}
	return false
}

func (n *namer) digits(i int) bool { return n.word(i) != "" && n.word(i)[0] <= '9' }

// The kinds of words that may be part of a name, from the surest place to
// the least sure.
func (n *namer) open(i int) bool { return !n.digits(i) && !nameWords["stop"][n.word(i)] }
func (n *namer) proper(i int) bool {
	return !n.digits(i) && (n.upper(i) || !nameWords["stop"][n.word(i)] && !nameWords["ordinary"][n.word(i)])
}
func (n *namer) unordinary(i int) bool {
	return n.open(i) && !nameWords["ordinary"][n.word(i)]
}
func (n *namer) capital(i int) bool {
	return n.given(i) || n.upper(i) && n.unordinary(i) && !nameWords["relation"][n.word(i)]
}
func (n *namer) capitalOrGiven(i int) bool { return n.given(i) || n.capital(i) }

// take hides the name that begins at token i: words that may be, with
// particles between them (de la Cruz), to the end of the sentence at most.
func (n *namer) take(i int, may func(int) bool) {
	last, words := -1, 0
	for k := i; k < len(n.tokens) && words < longestName; k++ {
		if k > i && n.tokens[k].Break && !n.initial(k-1) {
			break
		}
		if k > i && n.comma(k) && !n.capital(k) {
			break // "Ortiz, Ana" goes on, "Ana Ortiz, i need" does not
		}
		if k > i && nameWords["particle"][n.word(k)] {
			continue
		}
		if !may(k) {
			break
		}
		last = k
		words++
	}
	if last >= 0 {
		n.found = append(n.found, hidden{n.tokens[i].Start, n.tokens[last].End, "NAME"})
	}
}

// comma reports whether one stands before token i.
func (n *namer) comma(i int) bool {
	return strings.ContainsAny(n.text[n.tokens[i-1].End:n.tokens[i].Start], ",;:")
}

// initial reports whether token i is one letter, whose full stop ends no
// sentence.
func (n *namer) initial(i int) bool { return len(n.word(i)) == 1 }

// onlyNamesFollow reports whether token i begins a signature: at most three
// words up to the end, each with a capital or a given name.
func (n *namer) onlyNamesFollow(i int) bool {
	if len(n.tokens)-i > 3 {
		return false
	}
	for k := i; k < len(n.tokens); k++ {
		if !n.upper(k) && !n.given(k) && !nameWords["particle"][n.word(k)] {
			return false
		}
	}
	return true
}
