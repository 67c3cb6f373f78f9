package language

import "strings"

// Frame tells which language a mixed message is built in, as log-odds for
// English over Spanish: grammar is the frame and nouns are what is borrowed,
// so "aceptan walk-ins o appointment" is Spanish and "where do I park, está
// lleno" is English. The first word counts twice, since it sets the tone.
func Frame(tokens []Token) float64 {
	score := 0.0
	for i, t := range tokens {
		w := 0.0
		switch {
		case grammarEN[t.Surface]:
			w = 1
		case grammarES[t.Surface]:
			w = -1
		}
		if i == 0 {
			if w == 0 && t.Language == English {
				w = 0.5
			} else if w == 0 && t.Language == Spanish {
				w = -0.5
			}
			w *= 2
		}
		score += w
	}
	return score
}

// Words of grammar that belong to one language alone, and the verbs with
// which a clinic is asked.
var (
	grammarEN = wordSet(`the is are am was were do does did can could will would should have i im ive ill you u ur your my his her our their we they she it its
		this that these those what when where which who how why if or and but with for of to at from about so not dont cant get got need want take just any
		there here yall ya'll be been lets let know`)
	grammarES = wordSet(`una unos unas del al que es son esta estan estoy soy era fue con para por pero porque cuando donde como cuanto quien cual si se le les lo nos su sus
		mi mis tu tus yo ella ellos ustedes usted tienen tiene tengo hay puedo puede pueden podria necesito ocupo quiero quisiera aceptan atienden hacen ponen dan cobran
		abren cierran ya muy mas nomas tambien y ni este esa ese eso esto ahi alli aqui manda mandan manden deme dame ando voy vamos queria quitenme`)
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
