package agent

import (
	"strings"
	"unicode"

	"recado/agent/guard"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/agent/reading"
	"recado/intents"
)

// consentChange finds whether the patient said stop or start anywhere in the
// turn, whatever else it holds: the last of them counts. A stop beside a
// symptom, a photo or a question is a stop all the same.
func (a *Agent) consentChange(t Turn, e *evidence) ConsentChange {
	var change ConsentChange
	for _, ev := range t.Events {
		if strings.TrimSpace(ev.Text) == "" {
			continue
		}
		var c ConsentChange
		if ev.Text == e.text {
			c = a.consentOf(&e.reading, e.besideReply(e.whole), e.signals)
		} else {
			r := a.reader.Read(ev.Text)
			var p []float64
			if n := len(r.Text.Tokens); n > 0 {
				p = e.besideReply(a.classify(&r, 0, n))
			}
			c = a.consentOf(&r, p, a.guard.Find(r.Text, r.Terms))
		}
		if c != "" {
			change = c
		}
	}
	if change == "" && e.visit.rest != nil {
		change = e.visit.rest.consent
	}
	return change
}

// besideReply is p, or nothing where the turn replies to what was asked about a
// visit: a bare no to that question is for no classifier to read as a stop.
// Stop words and rules are.
func (e *evidence) besideReply(p []float64) []float64 {
	if e.visit.heard.Plain || e.visit.heard.Deny {
		return nil
	}
	return p
}

func (a *Agent) consentOf(r *reading.Reading, p []float64, signals []guard.Signal) ConsentChange {
	if bareStop(r.Text.Tokens) || shoutedStop(r.Text.Raw) {
		return ConsentStop
	}
	if last, ok := lastConsent(signals); ok {
		return changeOf(last.Intent)
	}
	if _, calls := saysOf(signals, intentname.Human); calls {
		return "" // calls are to end; the messages are wanted
	}
	if len(p) == 0 || bareNo(r.Text.Tokens) {
		return ""
	}
	if best := a.best(p, intents.Consent); best.Confidence >= a.thresholds.Consent {
		return changeOf(best.Name)
	}
	return ""
}

// lastConsent returns the stop or start that ends last in the message: "that
// stop was a mistake, sign me back up" is a start.
func lastConsent(signals []guard.Signal) (last guard.Signal, ok bool) {
	for _, s := range signals {
		if s.Category == guard.CategoryConsent && changeOf(s.Intent) != "" && (!ok || s.Span[1] > last.Span[1]) {
			last, ok = s, true
		}
	}
	return last, ok
}

// consent is what the turn changes: what the patient said, or chose from the
// options of the last reply.
func (v verdict) consent(e *evidence) ConsentChange {
	if v.disposition == Consent {
		return changeOf(v.intent)
	}
	return e.consent
}

func changeOf(intent string) ConsentChange {
	switch intent {
	case intentname.OptOut:
		return ConsentStop
	case intentname.OptIn:
		return ConsentStart
	}
	return ""
}

// bareStop reports whether a message is nothing but one of the words that
// carriers and patients use for stop, with a courtesy around it or none.
// CANCEL and CANCELAR are not among them: they may mean a visit, and are
// asked about.
func bareStop(tokens []language.Token) bool {
	var words []string
	for i := range tokens {
		switch t := &tokens[i]; {
		case courtesy[t.Surface]:
		case i > 0 && tokens[i-1].Start == t.Start: // a chat form that was written out in words
		case len(words) == mostStopWords:
			return false
		default:
			words = append(words, t.Surface)
		}
	}
	return stopWords[strings.Join(words, " ")]
}

// mostStopWords is how many words the longest of stopWords has.
const mostStopWords = 3

// shoutedStop reports whether the carriers' word stands in capitals at either
// end of a message that is not written in capitals: "thanks for all but STOP".
func shoutedStop(text string) bool {
	if !strings.Contains(text, "STOP") && !strings.Contains(text, "ALTO") && !strings.Contains(text, "UNSUBSCRIBE") {
		return false
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) < 2 || text == strings.ToUpper(text) {
		return false
	}
	if strings.HasSuffix(words[1], "ing") && !aboutMessages[words[1]] {
		words = words[1:] // something else is to stop: "STOP giving me the robot"
	}
	for _, w := range []string{words[0], words[len(words)-1]} {
		if w == "STOP" || w == "ALTO" || w == "UNSUBSCRIBE" {
			return true
		}
	}
	return false
}

// aboutMessages are what STOP may be followed by and still be about messages.
var aboutMessages = phrases("texting", "sending", "messaging", "writing", "contacting", "spamming", "bothering", "calling", "everything")

var (
	stopWords = phrases("stop", "stop all", "stopall", "stop it", "stop this", "stop texting", "unsubscribe", "end", "quit", "revoke", "optout", "opt out", "opt me out",
		"remove", "remove me", "delete me", "mute", "no more", "no more texts", "enough", "stop stop", "stop stop stop",
		"alto", "parar", "pare", "paren", "parenle", "baja", "dar de baja", "basta", "detener", "detenganse", "no mas", "salir", "me salgo",
		"no mas mensajes", "borrenme", "quitenme", "saquenme", "eliminar", "desuscribir", "cancelar mensajes", "cancelar suscripcion")
	courtesy = phrases("please", "pls", "plz", "now", "thanks", "thx", "thank", "you", "ty", "hi", "hello", "ok", "sir", "maam", "por", "favor", "porfavor", "porfa", "xfa",
		"gracias", "hola", "ya", "buenas", "tardes", "noches", "dias", "buenos", "saludos")
)

func phrases(all ...string) map[string]bool {
	m := make(map[string]bool, len(all))
	for _, p := range all {
		m[p] = true
	}
	return m
}
