package agent

import (
	"strings"

	"recado/agent/answer"
	"recado/agent/guard"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/intents"
)

// verdict is what the policy made of the evidence.
type verdict struct {
	disposition Disposition
	rule        string // the step or the rule that decided
	intent      string // what the reply is about
	signals     []guard.Signal
	unsure      bool // nothing spoke against an answer, but none was earned
}

// judge applies the policy, highest risk first. Each step may only stop the
// message from being answered; the last one answers what is left.
func (a *Agent) judge(e *evidence) verdict {
	if v, ok := a.danger(e); ok {
		return v
	}
	if v, ok := a.care(e); ok && !a.onlyStops(e) {
		return v
	}
	if e.reading.Cut {
		return verdict{disposition: Escalate, rule: "policy.too_long", unsure: true}
	}
	switch e.consent {
	case ConsentStop:
		if s, ok := saysOf(e.signals, intentname.Callback); ok {
			return verdict{disposition: Human, rule: s.Rule, intent: intentname.Callback} // the stop is kept all the same
		}
		return verdict{disposition: Consent, rule: "policy.stop", intent: intentname.OptOut}
	case ConsentStart:
		return verdict{disposition: Consent, rule: "policy.start", intent: intentname.OptIn}
	}
	if s, ok := saysOf(e.signals, intentname.Human); ok {
		return verdict{disposition: Human, rule: s.Rule, intent: intentname.Human}
	}
	if v, ok := a.visitReply(e); ok {
		return v
	}
	if e.unreadable && len(e.reading.Text.Tokens) == 0 {
		return verdict{disposition: Human, rule: "policy.unreadable", intent: "unreadable"}
	}
	if len(e.reading.Text.Tokens) == 0 {
		intent := "unclear"
		if approves(e.reading.Text.Emoji) {
			intent = intentname.Thanks
		}
		return verdict{disposition: Answer, rule: "policy.no_words", intent: intent}
	}
	if chosen, ok := answer.Chosen(e.asked, e.reading.Text.Tokens); ok {
		if chosen == intentname.OptOut {
			return verdict{disposition: Consent, rule: "policy.chosen", intent: chosen}
		}
		return verdict{disposition: Answer, rule: "policy.chosen", intent: chosen}
	}
	if bareNo(e.reading.Text.Tokens) {
		return verdict{disposition: Answer, rule: "policy.bare_no", intent: "goodbye"}
	}
	if v, ok := a.aside(e); ok {
		return v
	}
	if len(e.whole) == 0 {
		return verdict{disposition: Human, rule: "policy.unsure", unsure: true} // the rules are alone
	}
	if p := a.probability(e.whole, intentname.Help); p >= a.thresholds.Consent && p >= a.best(e.whole, intents.FrontDesk, intents.Request, intents.Decline, intents.Consent).Confidence {
		return verdict{disposition: Consent, rule: "policy.help", intent: intentname.Help}
	}
	if e.reading.Language.Language == language.Other {
		return verdict{disposition: Human, rule: "policy.other_language", intent: "other_language"}
	}
	return a.desk(e)
}

// onlyStops reports whether the turn is one plain sentence that says stop. What
// such a sentence names of a person's care ("no more texts about my refill")
// is no question, and staff get it sealed beside the stop. The classifier's
// word has to be sure for that: "no more bills for my surgery" is no stop.
func (a *Agent) onlyStops(e *evidence) bool {
	if e.consent != ConsentStop || e.attachment != "" || len(e.parts) > 1 {
		return false
	}
	_, ruled := lastConsent(e.signals)
	if !ruled && !bareStop(e.reading.Text.Tokens) && !shoutedStop(e.text) && a.probability(e.whole, intentname.OptOut) < certain {
		return false
	}
	return !strings.ContainsAny(strings.TrimRight(e.text, ".!?, \n"), ".;:!?\n")
}

// danger: rules first, then the classifier. Nothing can take it back.
func (a *Agent) danger(e *evidence) (verdict, bool) {
	for _, s := range e.signals {
		if s.Risk == guard.Emergency {
			return verdict{disposition: Emergency, rule: s.Rule, intent: s.Intent}, true
		}
	}
	if len(e.whole) == 0 {
		return verdict{}, false
	}
	whole, clause := a.risk(e, intents.Emergency)
	least := a.thresholds.Emergency
	for _, s := range e.signals {
		if s.Category == guard.CategoryEmergency {
			// a rule found the danger told as over; the classifier sees the
			// same words and no time, so it has to be surer
			least = a.thresholds.EmergencyClause
		}
	}
	if whole >= least || clause >= a.thresholds.EmergencyClause {
		p := max(whole, clause)
		best := a.best(e.whole, intents.Emergency)
		return verdict{disposition: Emergency, rule: "classifier.emergency", intent: best.Name,
			signals: []guard.Signal{{Rule: "classifier.emergency", Category: guard.CategoryClassifier, Risk: guard.Emergency, Strength: p}}}, true
	}
	return verdict{}, false
}

// plainly is the share of sensitive and emergency intents below which a
// message is for the front desk as plainly as the classifier can tell: "I'm
// drowning in paperwork, are the forms online?".
const plainly = 0.005

// care: what touches a person's care is handed off.
func (a *Agent) care(e *evidence) (verdict, bool) {
	for _, s := range e.signals {
		if s.Risk == guard.Escalate {
			return verdict{disposition: Escalate, rule: s.Rule, intent: s.Intent}, true
		}
	}
	if e.attachment != "" {
		return verdict{disposition: Escalate, rule: "attachment." + e.attachment, intent: "attachment",
			signals: []guard.Signal{{Rule: "attachment." + e.attachment, Category: guard.CategoryAttachment, Risk: guard.Escalate, Strength: 1}}}, true
	}
	if len(e.whole) == 0 {
		return verdict{}, false
	}
	whole, clause := a.risk(e, intents.Sensitive, intents.Emergency)
	best := a.best(e.whole, intents.Sensitive)
	signal := func(rule string, category guard.Category, strength float64, span [2]int) (verdict, bool) {
		return verdict{disposition: Escalate, rule: rule, intent: best.Name,
			signals: []guard.Signal{{Rule: rule, Category: category, Risk: guard.Escalate, Strength: strength, Span: span}}}, true
	}
	if whole >= a.thresholds.Sensitive {
		return signal("classifier.sensitive", guard.CategoryClassifier, whole, [2]int{})
	}
	if clause >= a.thresholds.SensitiveClause {
		return signal("classifier.sensitive_clause", guard.CategoryClassifier, clause, [2]int{})
	}
	f := e.found
	if f.together && max(whole, clause) >= plainly {
		return signal("gate.clinical_and_personal", guard.CategoryGate, max(whole, clause), f.span)
	}
	if f.clinical && (f.personal || !f.asking) && max(whole, clause) >= a.thresholds.Clinical {
		return signal("gate.clinical", guard.CategoryGate, max(whole, clause), f.span)
	}
	return verdict{}, false
}

// desk: what is left is for the front desk, for staff, or off topic.
func (a *Agent) desk(e *evidence) verdict {
	if p := a.highest(e, "injection"); p >= 0.5 {
		return verdict{disposition: Decline, rule: "policy.injection", intent: "injection"}
	}
	safe := a.share(e.whole, intents.FrontDesk, intents.Conversation)
	best := a.best(e.whole, intents.FrontDesk, intents.Conversation)
	request := a.best(e.whole, intents.Request)
	decline := a.best(e.whole, intents.Decline)
	switch {
	case a.share(e.whole, intents.Request) > max(safe, a.share(e.whole, intents.Decline)):
		return verdict{disposition: Human, rule: "policy.request", intent: request.Name}
	case a.share(e.whole, intents.Decline) > safe:
		return verdict{disposition: Decline, rule: "policy.decline", intent: decline.Name}
	case safe >= a.thresholds.AnswerSafe && best.Confidence >= a.thresholds.Answer:
		whole, clause := a.risk(e, intents.Sensitive, intents.Emergency)
		if f := e.found; f.unknown > 0 && f.personal && max(whole, clause) >= a.thresholds.Unexplained {
			return verdict{disposition: Escalate, rule: "gate.unexplained", intent: best.Name, unsure: true,
				signals: []guard.Signal{{Rule: "gate.unexplained", Category: guard.CategoryGate, Risk: guard.Escalate, Span: f.span}}}
		}
		return verdict{disposition: Answer, rule: "policy.answer", intent: best.Name}
	}
	f := e.found
	whole, clause := a.risk(e, intents.Sensitive, intents.Emergency)
	risk := max(whole, clause)
	if f.personal && (f.clinical || f.unknown > 0 && risk >= a.thresholds.Unexplained) || risk >= a.thresholds.Clinical {
		return verdict{disposition: Escalate, rule: "gate.unsure_and_personal", intent: best.Name, unsure: true,
			signals: []guard.Signal{{Rule: "gate.unsure_and_personal", Category: guard.CategoryGate, Risk: guard.Escalate, Span: f.span}}}
	}
	return verdict{disposition: Human, rule: "policy.unsure", intent: best.Name, unsure: true}
}

func (a *Agent) highest(e *evidence, intent string) float64 {
	p := a.probability(e.whole, intent)
	for _, part := range e.parts {
		p = max(p, a.probability(part.p, intent))
	}
	return p
}

// approves reports whether pictographs alone say thanks or yes.
func approves(emoji []rune) bool {
	for _, r := range emoji {
		switch r {
		case '👍', '🙏', '❤', '😊', '🙂', '👌', '💕', '🥰', '😘', '🤗', '✅', '👏', '💯', '😀', '😁', '🫶', '💖', '💙', '♥':
			return true
		}
	}
	return false
}
