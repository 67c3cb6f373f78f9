package agent

import (
	"context"

	"recado/agent/guard"
	"recado/intents"
)

// mayAsk reports whether a language model is asked: only where the local path
// is unsure and no guard spoke, so that no flagged message leaves.
func (a *Agent) mayAsk(e *evidence, v verdict) bool {
	return v.unsure && len(e.signals) == 0 && e.attachment == "" && len(e.reading.Text.Tokens) > 0
}

// sharpen lets the language model take part. It may raise the risk, and it
// may earn an answer for a message that no guard flagged; on any error the
// local verdict stands.
func (a *Agent) sharpen(ctx context.Context, t Turn, e *evidence, v verdict) (verdict, string) {
	q := Query{Text: e.text, Language: e.reading.Language.Language}
	for i, in := range a.classifier.Intents() {
		q.Local = append(q.Local, Intent{Name: in.Name, Confidence: e.whole[i]})
	}
	for _, s := range t.Clinic.Services {
		q.Services = append(q.Services, s.Name.EN)
	}
	for _, p := range t.Clinic.Plans {
		q.Plans = append(q.Plans, p.Name)
	}
	u, err := a.llm.Understand(ctx, q)
	if err != nil || len(u.Intents) == 0 {
		return v, u.Prompt
	}
	best := u.Intents[0]
	for _, in := range u.Intents {
		if in.Confidence > best.Confidence {
			best = in
		}
	}
	kind := a.intents[best.Name].Kind
	signal := guard.Signal{Rule: "llm.understand", Category: guard.CategoryLLM, Risk: u.Risk, Intent: best.Name, Strength: best.Confidence}
	if len(u.Spans) > 0 {
		signal.Span = u.Spans[0]
	}
	said := func(d Disposition) (verdict, string) {
		return verdict{disposition: d, rule: "llm." + string(d), intent: best.Name, signals: []guard.Signal{signal}}, u.Prompt
	}
	switch {
	case u.Risk == guard.Emergency || kind == intents.Emergency:
		signal.Risk = guard.Emergency
		return said(Emergency)
	case u.Risk == guard.Escalate || kind == intents.Sensitive:
		signal.Risk = guard.Escalate
		return said(Escalate)
	case v.disposition == Escalate:
		// the gate found something personal: a model does not lower that
		return v, u.Prompt
	case best.Confidence < a.thresholds.Answer:
		return v, u.Prompt
	case kind == intents.FrontDesk || kind == intents.Conversation:
		return said(Answer)
	case kind == intents.Request:
		return said(Human)
	case kind == intents.Decline:
		return said(Decline)
	}
	return v, u.Prompt
}
