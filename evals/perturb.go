package evals

import (
	"math/rand/v2"
	"strings"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
	"unicode"

	"recado/intents"
)

// Perturbation changes how a message is typed and not what it means.
type Perturbation string

// The perturbations that are measured beside the messages as written.
const (
	AsWritten Perturbation = "as written"
	NoAccents Perturbation = "no accents"
	Typos     Perturbation = "typos"      // one in about every fifth word
	ChatForms Perturbation = "chat forms" // common abbreviations, no punctuation, lower case
)

// Perturb applies p; the same seed gives the same text.
func Perturb(text string, p Perturbation, seed uint64) string {
	switch p {
	case NoAccents:
		return stripAccents(text)
	case Typos:
		return intents.Slips(text, rand.New(rand.NewPCG(seed, 7)), 5)
	case ChatForms:
		return chatStyle(text)
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

func chatStyle(text string) string {
	lower := strings.ToLower(text)
	lower = strings.Map(func(r rune) rune {
		if strings.ContainsRune("?¿!¡.,;", r) {
			return -1
		}
		return r
	}, lower)
	return strings.TrimSpace(abbreviations.Replace(" " + lower + " "))
}
