package agent

import (
	"context"
	"strings"

	"recado/agent/guard"
	"recado/intents"
)

// mayAsk reports whether a language model is asked: only where the local path
// is unsure and no guard spoke, so that no flagged message leaves.
func (a *Agent) mayAsk(e *evidence, v verdict) bool {
	return v.unsure && len(e.signals) == 0 && e.attachment == "" && len(e.reading.Text.Tokens) > 0
}

// sharpen lets the language model take part. It may raise the risk, and it
// may earn an answer for a message that no guard flagged and of which the
// local path does not think otherwise; on any error the local verdict stands.
func (a *Agent) sharpen(ctx context.Context, t Turn, e *evidence, v verdict) (verdict, string) {
	q := Query{
		Text: e.text, Language: e.reading.Language.Language,
		Flagged: v.disposition == Escalate || len(v.signals) > 0,
	}
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
	prompt := promptHash(u.Prompt)
	if err != nil {
		return v, prompt
	}
	best, named := a.bestNamed(u.Intents)
	if !named && u.Risk == guard.None {
		return v, prompt
	}
	kind := a.intents[best.Name].Kind
	signal := guard.Signal{Rule: "llm.understand", Category: guard.CategoryLLM, Risk: u.Risk, Intent: best.Name, Strength: best.Confidence}
	for _, span := range u.Spans {
		if 0 <= span[0] && span[0] < span[1] && span[1] <= len(e.text) {
			signal.Span = span
			break
		}
	}
	said := func(d Disposition) (verdict, string) {
		return verdict{disposition: d, rule: "llm." + string(d), intent: best.Name,
			signals: append(append([]guard.Signal(nil), v.signals...), signal)}, prompt
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
		return v, prompt
	case best.Confidence < a.thresholds.Answer || kind != intents.Request && !a.corroborated(e, best):
		return v, prompt
	case kind == intents.FrontDesk || kind == intents.Conversation:
		return said(Answer)
	case kind == intents.Request:
		return said(Human)
	case kind == intents.Decline:
		return said(Decline)
	}
	return v, prompt
}

// What the local path must say for itself before a model's word takes a
// message out of staff's hands: so a model that is always wrong, or obeys
// what it reads, cannot.
const (
	mostLocalRisk   = 0.10 // share of sensitive and emergency intents, in the whole and in any clause
	leastLocalShare = 0.05 // of the intent that the model names
)

// corroborated reports whether rules and classifier leave room for in: nobody
// in particular is spoken of, nothing clinical, and the intent is no surprise.
func (a *Agent) corroborated(e *evidence, in Intent) bool {
	f := a.gate.look(&e.reading)
	whole, clause := a.risk(e, intents.Sensitive, intents.Emergency)
	return !f.personal && !f.clinical && max(whole, clause) < mostLocalRisk && a.probability(e.whole, in.Name) >= leastLocalShare
}

// bestNamed returns the surest of the intents that exist, and one of danger
// or care before any other once it is likely enough: a reply that names both
// contradicts itself, and is read the safe way. A name that does not exist is
// dropped here too: it would reach records that hold no free text.
func (a *Agent) bestNamed(all []Intent) (best Intent, ok bool) {
	for _, least := range []struct {
		kind       intents.Kind
		confidence float64
	}{{intents.Emergency, a.thresholds.Emergency}, {intents.Sensitive, a.thresholds.Sensitive}, {"", 0}} {
		for _, in := range all {
			known, exists := a.intents[in.Name]
			if !exists || !(in.Confidence >= least.confidence && in.Confidence <= 1) || least.kind != "" && known.Kind != least.kind {
				continue
			}
			if !ok || in.Confidence > best.Confidence {
				best, ok = in, true
			}
		}
		if ok {
			return best, true
		}
	}
	return best, false
}

// promptHash lets nothing but a hash onto the decision.
func promptHash(s string) string {
	if len(s) > 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}
