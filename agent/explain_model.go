package agent

import (
	"context"
	"errors"

	"recado/agent/guard"
	"recado/agent/language"
)

// Made is what was made of a language model's part.
type Made string

// What may be made of it.
const (
	MadeNothing Made = "nothing" // it was not asked, or nothing was sent
	MadeRaised  Made = "raised"  // the risk: emergency or hand-off in place of the local decision
	MadeEarned  Made = "earned"  // an answer, or a friendly no, in place of staff
	MadeSorted  Made = "sorted"  // staff get the message; it told what about
	MadeIgnored Made = "ignored" // the local decision stands
	MadeFailed  Made = "failed"  // no usable reply: the local decision stands
)

// ExplainedModel is the part that a language model had in a decision.
type ExplainedModel struct {
	// Asked is false where the question was not even put; Why tells.
	Asked bool   `json:"asked"`
	Made  Made   `json:"made"`
	Why   string `json:"why"`
	// Outcome is ok or the kind of error; Error says more. Both are empty
	// where it was not asked.
	Outcome string `json:"outcome,omitempty"`
	Error   string `json:"error,omitempty"`
	// What it said.
	Language language.Language `json:"language,omitempty"`
	Risk     string            `json:"risk,omitempty"` // none, escalate or emergency
	Intents  []Intent          `json:"intents,omitempty"`
	Evidence [][2]int          `json:"evidence,omitempty"` // byte ranges of the turn's words
	// Who served it, and what it took.
	Endpoint         string `json:"endpoint,omitempty"`
	Model            string `json:"model,omitempty"`
	Prompt           string `json:"prompt,omitempty"` // hash of prompt, schema, model and settings
	Attempts         int    `json:"attempts,omitempty"`
	Micros           int64  `json:"micros,omitempty"`
	PromptTokens     int    `json:"prompt_tokens,omitempty"`
	CachedTokens     int    `json:"cached_tokens,omitempty"`
	CompletionTokens int    `json:"completion_tokens,omitempty"`
}

// DecideExplained decides a turn as Decide does, and explains the decision. A
// language model is asked once at most.
func (a *Agent) DecideExplained(ctx context.Context, t Turn) (Decision, Explanation, error) {
	d, e, err := a.decide(ctx, t)
	if err != nil {
		return d, Explanation{}, err
	}
	if e == nil {
		return d, Explanation{Model: &ExplainedModel{Made: MadeNothing, Why: "there is nothing in it that wants a reply"}}, nil
	}
	x := a.explain(e)
	x.Model = explainModel(e.model)
	x.Visit = e.visit.said.Told
	return d, x, nil
}

func explainModel(m modelPart) *ExplainedModel {
	if m.skipped != "" {
		return &ExplainedModel{Made: MadeNothing, Why: "not asked: " + m.skipped.words(m.local)}
	}
	served := m.said.Served
	x := &ExplainedModel{
		Asked: true, Made: m.made, Why: m.why, Outcome: "ok",
		Endpoint: served.Endpoint, Model: served.Model, Prompt: m.said.Prompt, Attempts: served.Attempts, Micros: served.Took.Microseconds(),
		PromptTokens: served.PromptTokens, CachedTokens: served.CachedTokens, CompletionTokens: served.CompletionTokens,
	}
	if m.err != nil {
		x.Outcome, x.Error = "failed", m.err.Error()
		var kind interface{ Reason() string }
		if errors.As(m.err, &kind) {
			x.Outcome = kind.Reason()
		}
		return x
	}
	x.Language, x.Intents, x.Evidence = m.said.Language, m.said.Intents, m.said.Spans
	x.Risk = map[guard.Risk]string{guard.None: "none", guard.Escalate: "escalate", guard.Emergency: "emergency"}[m.said.Risk]
	return x
}

// words are the reason as an engineer reads it. local is what the local path
// decided.
func (s skip) words(local verdict) string {
	switch s {
	case skipNoModel:
		return "no language model takes part"
	case skipSilent:
		return "nothing is sent in this conversation (" + local.rule + ")"
	case skipRule:
		return "a rule spoke, and a model is not asked over it"
	case skipAttachment:
		return "there is an attachment, and staff look at those"
	case skipNoWords:
		return "there are no words in it"
	}
	return "the local path is sure (" + local.rule + ")"
}
