package agent

import (
	"strings"

	"recado/agent/language"
)

// bareNo reports whether a message is nothing but a no, with a courtesy around
// it or none: what "is there anything else?" is answered with. Where nothing
// was asked that it could refuse it ends the talk, and never the messages.
func bareNo(tokens []language.Token) bool {
	var words []string
	for i := range tokens {
		if t := &tokens[i]; !courtesy[t.Surface] && !(i > 0 && tokens[i-1].Start == t.Start) {
			words = append(words, t.Surface)
		}
	}
	return len(words) <= mostNoWords && noWords[strings.Join(words, " ")]
}

// mostNoWords is how many words the longest of noWords has.
const mostNoWords = 4

var noWords = phrases("no", "nop", "nope", "nah", "no no", "nothing", "nothing else", "no nothing else", "no thats all", "no thats it", "no that is all", "not now", "no im good", "im good", "no im fine",
	"nada", "nada mas", "no nada", "no nada mas", "no es todo", "no seria todo", "no eso es todo", "es todo", "seria todo", "eso es todo", "no por ahora", "por ahora no", "ahorita no")
