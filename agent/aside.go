package agent

import (
	"recado/agent/guard"
	"recado/agent/intentname"
	"recado/intents"
)

// saysOf returns the first consent rule of that intent that fired: help,
// callback (call me instead of writing) or human (end the calls).
func saysOf(signals []guard.Signal, intent string) (guard.Signal, bool) {
	for _, s := range signals {
		if s.Category == guard.CategoryConsent && s.Intent == intent {
			return s, true
		}
	}
	return guard.Signal{}, false
}

// aside is what rules know to be a question about the messaging itself, or
// nothing that a clinic does, where the turn wants nothing else. A question
// about the messaging comes first: whoever doubts that this is the clinic
// speaks of thieves and hackers and is none.
func (a *Agent) aside(e *evidence) (verdict, bool) {
	if s, ok := saysOf(e.signals, intentname.Help); ok && a.wantsOnly(e, s) {
		return verdict{disposition: Consent, rule: s.Rule, intent: intentname.Help}, true
	}
	for _, s := range e.signals {
		if s.Category != guard.CategoryDecline || !a.wantsOnly(e, s) {
			continue
		}
		// "any day but when Barcelona plays" wants a day
		if s.Intent == intentname.Injection || len(e.whole) == 0 || a.best(e.whole, intents.FrontDesk, intents.Request).Confidence < certain {
			return verdict{disposition: Decline, rule: s.Rule, intent: s.Intent}, true
		}
	}
	return verdict{}, false
}

// wantsOnly reports whether no clause but those that the signal is of asks for
// something: "who is this? and are you open on Saturday" does.
func (a *Agent) wantsOnly(e *evidence, s guard.Signal) bool {
	tokens := e.reading.Text.Tokens
	for _, p := range e.parts {
		if tokens[p.From].Start < s.Span[1] && s.Span[0] < tokens[p.To-1].End {
			continue
		}
		if a.best(p.p, intents.FrontDesk, intents.Request).Confidence >= a.thresholds.Clause {
			return false
		}
	}
	return true
}
