package suite

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// everyday are words and short phrases that people say in either language
// within one sentence, English and Spanish. None speaks of care, of danger or
// of consent, and each can stand in the other's place as it is.
var everyday = [][2]string{
	{"hello", "hola"}, {"good morning", "buenos días"}, {"good afternoon", "buenas tardes"}, {"good evening", "buenas noches"},
	{"thank you so much", "muchas gracias"}, {"thank you", "gracias"}, {"thanks", "gracias"}, {"please", "por favor"}, {"sorry", "perdón"}, {"excuse me", "disculpe"},
	{"today", "hoy"}, {"the day after tomorrow", "pasado mañana"}, {"in the morning", "en la mañana"}, {"in the morning", "por la mañana"}, {"the morning", "la mañana"}, {"tomorrow", "mañana"}, {"tonight", "esta noche"}, {"yesterday", "ayer"}, {"now", "ahora"}, {"later", "más tarde"},
	{"this week", "esta semana"}, {"next week", "la próxima semana"}, {"this afternoon", "esta tarde"}, {"early", "temprano"}, {"always", "siempre"},
	{"monday", "lunes"}, {"tuesday", "martes"}, {"wednesday", "miércoles"}, {"thursday", "jueves"}, {"friday", "viernes"}, {"saturday", "sábado"}, {"sunday", "domingo"},
	{"but", "pero"}, {"because", "porque"}, {"also", "también"}, {"or", "o"}, {"when", "cuando"}, {"where", "dónde"}, {"maybe", "a lo mejor"}, {"only", "nada más"},
	{"an appointment", "una cita"}, {"the appointment", "la cita"}, {"my appointment", "mi cita"}, {"appointment", "cita"},
	{"my insurance", "mi aseguranza"}, {"insurance", "seguro"}, {"the clinic", "la clínica"}, {"the office", "la oficina"}, {"the building", "el edificio"},
	{"parking", "estacionamiento"}, {"the address", "la dirección"}, {"the schedule", "el horario"}, {"the bus", "el camión"}, {"downtown", "el centro"},
	{"my mom", "mi mamá"}, {"my dad", "mi papá"}, {"my son", "mi hijo"}, {"my daughter", "mi hija"}, {"my kids", "mis niños"}, {"my wife", "mi esposa"}, {"my husband", "mi esposo"}, {"my sister", "mi hermana"}, {"my brother", "mi hermano"},
	{"question", "pregunta"}, {"receptionist", "recepcionista"},
}

// switchable finds the phrases of everyday, the longest first, by the
// language that they are written in.
var switchable = map[string][]phrase{"en": phrases(0), "es": phrases(1)}

type phrase struct {
	words []string
	other string
}

func phrases(from int) []phrase {
	var out []phrase
	have := map[string]bool{}
	for _, pair := range everyday {
		if !have[pair[from]] {
			have[pair[from]] = true
			out = append(out, phrase{strings.Fields(pair[from]), pair[1-from]})
		}
	}
	slices.SortStableFunc(out, func(a, b phrase) int { return len(b.words) - len(a.words) })
	return out
}

// word is a part of a text: a word, or what stands between two.
type word struct {
	text string
	is   bool
}

// codeSwitch says some everyday words of a text in the other language, at
// most a third of its words, so that the text stays in its own.
func codeSwitch(text, lang string, rng *rand.Rand) string {
	words := cut(text)
	var at []int // places of words
	for i, w := range words {
		if w.is {
			at = append(at, i)
		}
	}
	type place struct {
		from int // in at
		phrase
	}
	var places []place
	for i := 0; i < len(at); i++ {
		for _, p := range switchable[lang] {
			if matches(words, at[i:], p.words) {
				places = append(places, place{i, p})
				i += len(p.words) - 1
				break
			}
		}
	}
	rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	left := len(at) / 3
	for _, p := range places {
		if len(p.words) > left {
			continue
		}
		left -= len(p.words)
		first, last := at[p.from], at[p.from+len(p.words)-1]
		other := p.other
		if r := []rune(words[first].text); unicode.IsUpper(r[0]) && p.from == 0 {
			o := []rune(other)
			other = string(unicode.ToUpper(o[0])) + string(o[1:])
		}
		words[first].text = other
		for i := first + 1; i <= last; i++ {
			words[i].text = ""
		}
	}
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.text)
	}
	return b.String()
}

// matches reports whether the words at the given places begin with those of a
// phrase, with nothing but a space between them.
func matches(words []word, at []int, phrase []string) bool {
	if len(at) < len(phrase) {
		return false
	}
	for i, p := range phrase {
		if strings.ToLower(words[at[i]].text) != p || i > 0 && words[at[i]-1].text != " " {
			return false
		}
	}
	return true
}

// cut splits a text into words and what stands between them.
func cut(text string) []word {
	var out []word
	for _, r := range text {
		is := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' || r == '’'
		if n := len(out); n > 0 && out[n-1].is == is {
			out[n-1].text += string(r)
			continue
		}
		out = append(out, word{string(r), is})
	}
	return out
}
