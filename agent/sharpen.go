package agent

import (
	"context"
	"fmt"
	"strings"

	"recado/agent/guard"
	"recado/intents"
)

// modelPart is the part that a language model had in a decision.
type modelPart struct {
	skipped skip // why it was not asked; empty where it was
	local   verdict
	said    Understanding
	err     error
	made    Made
	why     string // in words; empty where it was not asked
}

// skip is a reason to ask no model.
type skip string

const (
	skipNoModel    skip = "no_model"
	skipSilent     skip = "silent"
	skipNoWords    skip = "no_words"
	skipRule       skip = "rule"
	skipAttachment skip = "attachment"
	skipSure       skip = "sure"
)

// mayAsk reports whether a language model is asked, and why not: it is only
// where the local path is unsure and no guard spoke, so that no flagged
// message leaves.
func (a *Agent) mayAsk(e *evidence, v verdict) (skip, bool) {
	switch {
	case a.llm == nil || a.rulesAlone:
		return skipNoModel, false
	case v.disposition == Silent:
		return skipSilent, false
	case len(e.signals) > 0:
		return skipRule, false
	case e.attachment != "":
		return skipAttachment, false
	case len(e.reading.Text.Tokens) == 0:
		return skipNoWords, false
	case !v.unsure:
		return skipSure, false
	}
	return "", true
}

// sharpen lets the language model take part. It may raise the risk, and it
// may earn an answer for a message that no guard flagged and of which the
// local path does not think otherwise; on any error the local verdict stands.
func (a *Agent) sharpen(ctx context.Context, t Turn, e *evidence, v verdict) verdict {
	m := &e.model
	m.said, m.err = a.llm.Understand(ctx, a.query(t, e, v))
	m.said.Prompt = promptHash(m.said.Prompt)
	stands := func(made Made, why string, args ...any) verdict {
		m.made, m.why = made, fmt.Sprintf(why, args...)
		return v
	}
	u := m.said
	if m.err != nil {
		if u.Served.Attempts == 0 {
			return stands(MadeNothing, "nothing was sent: the local decision stands")
		}
		return stands(MadeFailed, "it gave no answer that can be used: the local decision stands")
	}
	best, named := a.bestNamed(u.Intents)
	if !named && u.Risk == guard.None {
		return stands(MadeIgnored, "it names no intent that exists")
	}
	kind := a.intents[best.Name].Kind
	signal := guard.Signal{Rule: "llm.understand", Category: guard.CategoryLLM, Risk: u.Risk, Intent: best.Name, Strength: best.Confidence}
	for _, span := range u.Spans {
		if 0 <= span[0] && span[0] < span[1] && span[1] <= len(e.text) {
			signal.Span = span
			break
		}
	}
	say := func(made Made, d Disposition, why string, args ...any) verdict {
		m.made, m.why = made, fmt.Sprintf(why, args...)
		return verdict{disposition: d, rule: "llm." + string(d), intent: best.Name,
			signals: append(append([]guard.Signal(nil), v.signals...), signal)}
	}
	switch {
	case u.Risk == guard.Emergency:
		signal.Risk = guard.Emergency
		return say(MadeRaised, Emergency, "it sees danger, and a model may always raise the risk")
	case kind == intents.Emergency:
		signal.Risk = guard.Emergency
		return say(MadeRaised, Emergency, "it names %s, an intent of danger, and a model may always raise the risk", best.Name)
	case u.Risk == guard.Escalate:
		signal.Risk = guard.Escalate
		return say(MadeRaised, Escalate, "it sees a person's care touched, and a model may always raise the risk")
	case kind == intents.Sensitive:
		signal.Risk = guard.Escalate
		return say(MadeRaised, Escalate, "it names %s, an intent of care, and a model may always raise the risk", best.Name)
	case v.disposition == Escalate:
		return stands(MadeIgnored, "the local path suspects something personal (%s), and a model never lowers that", v.rule)
	case best.Confidence < a.thresholds.Answer:
		return stands(MadeIgnored, "it is not sure enough of %s: %.2f, and %.2f is asked for", best.Name, best.Confidence, a.thresholds.Answer)
	case kind == intents.Request:
		return say(MadeSorted, Human, "staff get the message either way; it tells what the request is about")
	}
	if doubt := a.doubt(e, best); doubt != "" {
		return stands(MadeIgnored, "its word alone earns no answer: %s", doubt)
	}
	switch kind {
	case intents.FrontDesk, intents.Conversation:
		return say(MadeEarned, Answer, "it is sure of %s, and nothing that the local path sees speaks against it", best.Name)
	case intents.Decline:
		return say(MadeEarned, Decline, "it is sure of %s, and nothing that the local path sees speaks against it", best.Name)
	}
	return stands(MadeIgnored, "%s is for the patient's own words to settle, not for a model's", best.Name)
}

// query is what a model is told of a turn.
func (a *Agent) query(t Turn, e *evidence, v verdict) Query {
	q := Query{
		Text: e.text, Language: e.reading.Language.Language,
		Conversation: t.Events[0].Of().String(),
		Flagged:      v.disposition == Escalate || len(v.signals) > 0,
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
	return q
}

// What the local path must say for itself before a model's word takes a
// message out of staff's hands: so a model that is always wrong, or obeys
// what it reads, cannot.
const (
	mostLocalRisk   = 0.10 // share of sensitive and emergency intents, in the whole and in any clause
	leastLocalShare = 0.05 // of the intent that the model names
)

// doubt says what in a message leaves no room for the intent that a model
// names, or nothing: nobody in particular is spoken of, nothing clinical, and
// the intent is no surprise.
func (a *Agent) doubt(e *evidence, in Intent) string {
	whole, clause := a.risk(e, intents.Sensitive, intents.Emergency)
	risk, share := max(whole, clause), a.probability(e.whole, in.Name)
	switch f := e.found; {
	case f.personal:
		return "somebody in particular is spoken of"
	case f.clinical:
		return "a clinical word is in it"
	case risk >= mostLocalRisk:
		return fmt.Sprintf("the classifier gives care and danger %.2f, and less than %.2f is asked for", risk, mostLocalRisk)
	case share < leastLocalShare:
		return fmt.Sprintf("the classifier gives %s %.2f, and %.2f is asked for", in.Name, share, leastLocalShare)
	}
	return ""
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
