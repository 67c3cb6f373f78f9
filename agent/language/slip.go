package language

import "strings"

// What slips cost, as the negative natural logarithm of how likely each is
// beside the others.
const (
	slipDouble  = 0.5 // a letter doubled, or one of two lost
	slipSound   = 0.7 // the same sound, spelled otherwise
	slipSwap    = 1.0
	slipLost    = 1.5
	slipBeside  = 1.7 // the key beside it struck, instead or as well
	slipVowel   = 1.7 // another vowel
	slipAny     = 3.0
	slipAtFirst = 1.5 // more, for the first letter
	slipAfter   = 0.3 // less, for the last one
)

// slip reports what it costs to write w for c by one insertion, deletion,
// substitution or swap of neighbours, and whether that is all.
func slip(c, w string) (cost float64, ok bool) {
	i := 0
	for i < len(c) && i < len(w) && c[i] == w[i] {
		i++
	}
	switch len(w) - len(c) {
	case -1:
		if w[i:] != c[i+1:] {
			return 0, false
		}
		cost = slipLost
		if i > 0 && c[i] == c[i-1] {
			return slipDouble, true
		}
	case 1:
		if w[i+1:] != c[i:] {
			return 0, false
		}
		if i > 0 && w[i] == w[i-1] {
			return slipDouble, true
		}
		cost = slipAny
		if i > 0 && beside(w[i], w[i-1]) || i+1 < len(w) && beside(w[i], w[i+1]) {
			cost = slipBeside
		}
	case 0:
		switch {
		case i == len(w):
			return 0, true
		case c[i+1:] == w[i+1:]:
			cost = substitution(c[i], w[i])
		case i+1 < len(w) && c[i] == w[i+1] && c[i+1] == w[i] && c[i+2:] == w[i+2:]:
			cost = slipSwap
		default:
			return 0, false
		}
	default:
		return 0, false
	}
	if i == 0 {
		cost += slipAtFirst
	}
	return cost, true
}

func substitution(meant, struck byte) float64 {
	switch {
	case soundsLike(meant, struck):
		return slipSound
	case beside(meant, struck):
		return slipBeside
	case vowel(meant) && vowel(struck):
		return slipVowel
	}
	return slipAny
}

func vowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func soundsLike(a, b byte) bool {
	if a > b {
		a, b = b, a
	}
	switch [2]byte{a, b} {
	case [2]byte{'b', 'v'}, [2]byte{'s', 'z'}, [2]byte{'c', 's'}, [2]byte{'c', 'z'}, [2]byte{'c', 'k'}, [2]byte{'i', 'y'}, [2]byte{'g', 'j'}, [2]byte{'m', 'n'}:
		return true
	}
	return false
}

// keys are the neighbours of each letter on an English or Spanish keyboard.
var keys = [26]string{
	"qwsz", "vghn", "xdfv", "serfcx", "wsdr", "drtgvc", "ftyhbv", "gyujnb", "ujko", "huikmn", "jiolm", "kop", "njk",
	"bhjm", "iklp", "ol", "wa", "edft", "awedxz", "rfgy", "yhji", "cfgb", "qase", "zsdc", "tghu", "asx",
}

// beside reports whether two letters lie side by side on the keyboard.
func beside(a, b byte) bool {
	return 'a' <= a && a <= 'z' && strings.IndexByte(keys[a-'a'], b) >= 0
}
