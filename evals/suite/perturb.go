package suite

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Typed returns the case as p has it typed; the same seed and case always give
// the same words. It is false where nothing about the case changes, so that
// there is nothing to compare: then it need not be run.
func (c Case) Typed(p Perturbation, seed uint64) (Case, bool) {
	if p == AsWritten {
		return c, true
	}
	h := fnv.New64a()
	h.Write([]byte(c.ID))
	rng := rand.New(rand.NewPCG(h.Sum64(), seed))
	changed := false
	typed := func(text string) string {
		out := perturb(text, p, c.Lang, rng)
		changed = changed || out != text
		return out
	}
	c.Text = typed(c.Text)
	c.Script = slices.Clone(c.Script)
	for i := range c.Script {
		c.Script[i].Says = slices.Clone(c.Script[i].Says)
		for j := range c.Script[i].Says {
			c.Script[i].Says[j] = typed(c.Script[i].Says[j])
		}
	}
	return c, changed
}

// everyFifth is about how many words there are to one typing mistake.
const everyFifth = 5

func perturb(text string, p Perturbation, lang string, rng *rand.Rand) string {
	switch p {
	case NoAccents:
		return stripAccents(text)
	case Typos:
		return slips(text, rng, everyFifth)
	case SMS:
		return smsStyle(text)
	case CodeSwitch:
		return codeSwitch(text, lang, rng)
	}
	return text
}

func stripAccents(text string) string {
	t := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	out, _, err := transform.String(t, text)
	if err != nil {
		return text
	}
	return strings.NewReplacer("¿", "", "¡", "").Replace(out)
}

var abbreviations = strings.NewReplacer(
	" you ", " u ", " are ", " r ", " your ", " ur ", " please", " pls", " appointment", " appt", " tomorrow", " tmrw",
	" because ", " bc ", " doctor", " dr", " que ", " q ", " por favor", " xfa", " porque ", " xq ", " también", " tmb",
	" para ", " pa ", " por ", " x ", " gracias", " grax", " quiero ", " kiero ", " cita", " sita", " hacer ", " aser ",
)

func smsStyle(text string) string {
	lower := strings.Map(func(r rune) rune {
		if strings.ContainsRune("?¿!¡.,;", r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	return strings.TrimSpace(abbreviations.Replace(" " + lower + " "))
}

// slips returns text with about one typing slip in every n-th word of four
// letters or more: a letter lost, doubled, swapped or struck beside.
func slips(text string, rng *rand.Rand, n int) string {
	words := strings.Fields(text)
	for i, w := range words {
		letters := []rune(w)
		if len(letters) < 4 || rng.IntN(n) != 0 {
			continue
		}
		at := 1 + rng.IntN(len(letters)-2)
		switch rng.IntN(4) {
		case 0:
			letters = append(letters[:at], letters[at+1:]...)
		case 1:
			letters = append(letters[:at+1], letters[at:]...)
		case 2:
			letters[at], letters[at+1] = letters[at+1], letters[at]
		default:
			letters[at] = 'a' + rune(rng.IntN(26))
		}
		words[i] = string(letters)
	}
	return strings.Join(words, " ")
}
