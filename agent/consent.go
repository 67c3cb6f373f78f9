package agent

import (
	"strings"

	"recado/agent/guard"
	"recado/agent/intentname"
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
			c = a.consentOf(&e.reading, e.whole, e.signals)
		} else {
			r := a.reader.Read(ev.Text)
			var p []float64
			if n := len(r.Text.Tokens); n > 0 {
				p = a.classifier.Classify(&r, 0, n)
			}
			c = a.consentOf(&r, p, a.guard.Find(r.Text, r.Terms))
		}
		if c != "" {
			change = c
		}
	}
	return change
}

func (a *Agent) consentOf(r *reading.Reading, p []float64, signals []guard.Signal) ConsentChange {
	if bareStop(r.Text.Raw) {
		return ConsentStop
	}
	for _, s := range signals {
		if s.Category == guard.CategoryConsent {
			return changeOf(s.Intent)
		}
	}
	if len(p) == 0 {
		return ""
	}
	if best := a.best(p, intents.Consent); best.Confidence >= a.thresholds.Consent {
		return changeOf(best.Name)
	}
	return ""
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
// carriers and patients use for stop. CANCEL and CANCELAR are not among
// them: they may mean a visit, and are asked about.
func bareStop(text string) bool {
	switch strings.ToUpper(strings.Trim(text, " \t\r\n.!¡*\"'")) {
	case "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT",
		"ALTO", "PARAR", "PARE", "BAJA", "BASTA", "DETENER", "NO MAS", "NO MÁS":
		return true
	}
	return false
}
