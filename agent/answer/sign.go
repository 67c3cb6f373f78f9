package answer

import (
	_ "embed"
	"slices"
	"strings"

	"recado/agent/language"
)

//go:embed ordinary.txt
var ordinaryFile string

// ordinary are the words that anybody writes.
var ordinary = func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(ordinaryFile) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(line) {
				m[w] = true
			}
		}
	}
	return m
}()

// title words stand before a name in either language, and are one word to
// the index: "Dra. Ana" is found in "doctor ana".
var title = set(`dr dra drs dras doctor doctora doctors doctores doctoras doc`)

const anyTitle = "dr"

// doubt is how far a name of one word may be taken for that word.
type doubt uint8

const (
	noDoubt    doubt = iota
	commonWord       // an ordinary word: main, centro, star
	smallWord        // a small word of every question: este, first, all
	ownName          // no ordinary word, but people go by such names: Oscar, Molina
)

// sign reports whether a doubtful name in tokens [i, end) is meant as a name
// by the words beside it.
type sign func(d doubt, tokens []language.Token, i, end int) bool

// doubts tells how doubtful a name is, and the small words it is written with.
func (n *names) doubts(written, folded string, words []string) (doubt, []string) {
	if n.sign == nil || len(words) != 1 {
		return noDoubt, nil
	}
	w := words[0]
	d := noDoubt
	switch {
	case filler[w] || connector[w] || order[w]:
		d = smallWord
	case ordinary[w]:
		d = commonWord
	}
	if d == noDoubt && n.people {
		return ownName, nil
	}
	if d == noDoubt || n.commonNouns && (who[w] || !acronym(written)) {
		return noDoubt, nil
	}
	all := strings.Fields(folded)
	return d, all[:slices.Index(all, w)]
}

// acronym reports whether a name is written in capitals, as ADD and ER are.
func acronym(written string) bool {
	return len(written) <= 5 && written == strings.ToUpper(written)
}

// meant reports whether a doubtful name is written as the clinic writes it,
// small words and all, or has a sign beside it.
func (n *names) meant(c *name, tokens []language.Token, i, end int) bool {
	return n.asWritten(c, tokens, i, end) || n.sign(c.doubt, tokens, i, end)
}

// asWritten finds the small words of a name before it. A bare article is too
// little where a noun may follow: "la primera" in "la primera vez".
func (n *names) asWritten(c *name, tokens []language.Token, i, end int) bool {
	if len(c.small) == 0 || i < len(c.small) || tokens[i].Break {
		return false
	}
	for k, w := range c.small {
		if t := &tokens[i-len(c.small)+k]; t.Surface != w || k > 0 && t.Break {
			return false
		}
	}
	return len(c.small) > 1 || closes(tokens, end)
}

// beside is the word n tokens from i, empty beyond the sentence.
func beside(tokens []language.Token, i, n int) string {
	step := 1
	if n < 0 {
		step = -1
	}
	for k := i; k != i+n; k += step {
		at := k + step
		if at < 0 || at >= len(tokens) || step > 0 && tokens[at].Break || step < 0 && tokens[k].Break {
			return ""
		}
	}
	return tokens[i+n].Surface
}

// closes reports whether what ends before token i can end a noun phrase: the
// sentence ends there, or a verb or another small word follows.
func closes(tokens []language.Token, i int) bool {
	w := beside(tokens, i-1, 1)
	return w == "" || closing[w]
}

var (
	placeNoun = set(`clinic clinica clinics clinicas office oficina offices location locations branch site consultorio sucursal sede local lado unidad side campus`)
	planNoun  = set(`plan plans planes insurance seguro seguros aseguranza aseguransa coverage cobertura health medicaid medicare card tarjeta programa program hmo ppo`)
	article   = set(`the el la los las`)
	closing   = set(`is are was were open opens opened opening close closes closed have has had do does did on at in today tomorrow tonight now still right please and
		or y o e u abre abren abria abierta abierto abiertos cierra cierran cerrada cerrado esta estan este queda quedan tiene tienen hay hoy manana ahora ahorita el los
		las a por para que cuando donde atiende atienden trabaja trabajan monday tuesday wednesday thursday friday saturday sunday lunes martes miercoles jueves
		viernes sabado domingo sabados domingos accept accepts take takes aceptan acepta toman also tambien too but pero`)
	order      = set(`first second third last next primero primera segundo segunda tercero tercera ultimo ultima proximo proxima`)
	introduces = set(`soy llamo llama is im mr mrs ms senor senora sr sra don dona`)
	determiner = set(`a an my our your this that his her their un una mi mis su sus nuestra nuestro in en it very too so not more everything muy mas todo`)
	speaks     = set(`speak speaks speaking spoken habla hablan hable hablo language idioma lengua in en interpreter interprete`)
	treating   = set(`treat treats test tests testing evaluate evaluation evaluations diagnose handle see offer offers offering for of with have has tratan trata
		atienden ven evaluan evaluacion prueba pruebas ofrecen para de con contra y o and or vs`)
)

// placeSign: "la clínica del este", "the main office", "is the downtown one
// open", "en el centro"; and not "este sábado", "at home", "la primera vez".
func placeSign(d doubt, tokens []language.Token, i, end int) bool {
	before, after := beside(tokens, i, -1), beside(tokens, end-1, 1)
	switch {
	case before == "del" || before == "al" || placeNoun[before]:
		return true
	case (before == "de" || before == "la") && placeNoun[beside(tokens, i, -2)], before == "la" && placeNoun[beside(tokens, i, -3)]:
		return closes(tokens, end)
	case d == commonWord && (placeNoun[after] || after == "one"):
		return true
	case article[before] && closes(tokens, end):
		return d == commonWord || connector[beside(tokens, i, -2)] || beside(tokens, i, -2) == ""
	}
	return false
}

// planSign: beside a verb of taking or a word for insurance. A name that is
// no small word counts but where it has an article of its own ("in the
// community") or is somebody's: "soy Oscar".
func planSign(d doubt, tokens []language.Token, i, end int) bool {
	before := beside(tokens, i, -1)
	if d == ownName {
		return !introduces[before] || before == "im" || before == "is" && beside(tokens, i, -2) != "name" // "I'm Medicaid"
	}
	if planNoun[before] || planNoun[beside(tokens, end-1, 1)] || d == commonWord && takes[before] {
		return true
	}
	second := beside(tokens, i, -2)
	switch {
	case d == smallWord:
		return false
	case article[before]:
		return takes[second]
	case introduces[before]:
		return before == "is" && (second == "" || planNoun[second])
	}
	return !determiner[before]
}

// providerSign: "dr young", "nurse joy", "con la doctora luz".
func providerSign(_ doubt, tokens []language.Token, i, _ int) bool {
	before := beside(tokens, i, -1)
	if title[before] || introduces[before] && before != "is" && before != "im" && before != "soy" && before != "llamo" && before != "llama" {
		return true
	}
	switch before {
	case "nurse", "enfermera", "enfermero", "miss", "with", "con", "lic", "licenciada":
		return true
	}
	return false
}

// serviceSign: "do you test for ADD", and not "can I add my wife".
func serviceSign(_ doubt, tokens []language.Token, i, end int) bool {
	return treating[beside(tokens, i, -1)] || treating[beside(tokens, end-1, 1)] && !article[beside(tokens, end-1, 2)]
}

// languageSign: "hablan mam", and not "yes mam".
func languageSign(_ doubt, tokens []language.Token, i, _ int) bool {
	if tokens[i].Surface != "mam" {
		return true
	}
	before := beside(tokens, i, -1)
	return speaks[before] || (before == "o" || before == "or" || before == "y" || before == "and") && len(tokens) > 3
}
