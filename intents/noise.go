package intents

import (
	"math/rand/v2"
	"strings"
)

// noisy returns text as hurried thumbs and loose spelling write it, so that
// the model learns what is left after repair: keys struck beside, letters
// lost, doubled, swapped or added, words run together, accents and sounds
// spelled by ear. How much of it there is differs from text to text. Its
// slips are other than those that evals measure with, which would be learned
// by heart.
func noisy(text string, rng *rand.Rand) string {
	words := strings.Fields(text)
	every := 3 + rng.IntN(5)
	ear := rng.IntN(3) == 0
	var out strings.Builder
	for i, w := range words {
		if i > 0 && rng.IntN(8*every) != 0 {
			out.WriteByte(' ')
		}
		if rng.IntN(every) == 0 {
			w = slipped(w, ear, rng)
		}
		out.WriteString(w)
	}
	return out.String()
}

func slipped(word string, ear bool, rng *rand.Rand) string {
	if ear {
		if heard := byEar[rng.IntN(len(byEar))].Replace(word); heard != word {
			return heard
		}
	}
	letters := []rune(word)
	n := len(letters)
	if n < 3 {
		return word
	}
	// the first letter is seldom missed
	at := rng.IntN(n)
	if at == 0 && rng.IntN(3) != 0 {
		at = 1 + rng.IntN(n-1)
	}
	beside := func(r rune) rune {
		row, ok := keysBeside[r]
		if !ok {
			return r
		}
		return rune(row[rng.IntN(len(row))])
	}
	switch k := rng.IntN(20); {
	case k < 6: // the key beside
		letters[at] = beside(letters[at])
	case k < 11: // lost
		letters = append(letters[:at], letters[at+1:]...)
	case k < 15: // swapped
		if at == n-1 {
			at--
		}
		letters[at], letters[at+1] = letters[at+1], letters[at]
	case k < 17: // doubled
		letters = append(letters[:at+1], letters[at:]...)
	case k < 19: // the key beside as well
		letters = append(letters[:at+1], append([]rune{beside(letters[at])}, letters[at+1:]...)...)
	default: // cut short
		letters = letters[:n-1]
	}
	return string(letters)
}

// byEar spell words as they sound.
var byEar = []*strings.Replacer{
	strings.NewReplacer("qu", "k", "cu", "qu"),
	strings.NewReplacer("ce", "se", "ci", "si", "z", "s"),
	strings.NewReplacer("v", "b"),
	strings.NewReplacer("b", "v"),
	strings.NewReplacer("h", ""),
	strings.NewReplacer("ll", "y"),
	strings.NewReplacer("ie", "ei", "ei", "ie"),
	strings.NewReplacer("ee", "ea", "ea", "ee"),
	strings.NewReplacer("ss", "s", "tt", "t", "pp", "p", "mm", "m"),
	strings.NewReplacer("ph", "f", "ght", "t"),
	strings.NewReplacer("í", "i", "é", "e", "á", "a", "ó", "o", "ú", "u"),
}

// keysBeside are the letters beside each one on a phone's keyboard.
var keysBeside = map[rune]string{
	'q': "wa", 'w': "qes", 'e': "wrd", 'r': "etf", 't': "ryg", 'y': "tuh", 'u': "yij", 'i': "uok", 'o': "ipl", 'p': "ol",
	'a': "sqz", 's': "adwx", 'd': "sfec", 'f': "dgrv", 'g': "fhtb", 'h': "gjyn", 'j': "hkum", 'k': "jlim", 'l': "kop",
	'z': "xa", 'x': "zcs", 'c': "xvd", 'v': "cbf", 'b': "vng", 'n': "bmh", 'm': "nj",
}
