package agent

import (
	"context"
	"slices"

	"recado/agent/guard"
	"recado/intents"
)

// Account tells how a decision came about, for those who measure it.
type Account struct {
	// Shares is how much of the classifier's belief speaks for each
	// disposition, in the whole turn; the shares add up to 1. Nil where the
	// classifier was not asked.
	Shares map[Disposition]float64
}

// Trace decides a turn as Decide does and accounts for it.
func (a *Agent) Trace(ctx context.Context, t Turn) (Decision, Account, error) {
	d, e, err := a.decide(ctx, t)
	if err != nil || e == nil || len(e.whole) == 0 {
		return d, Account{}, err
	}
	return d, Account{Shares: map[Disposition]float64{
		Answer:    a.share(e.whole, intents.FrontDesk, intents.Conversation),
		Human:     a.share(e.whole, intents.Request),
		Consent:   a.share(e.whole, intents.Consent),
		Escalate:  a.share(e.whole, intents.Sensitive),
		Emergency: a.share(e.whole, intents.Emergency),
		Decline:   a.share(e.whole, intents.Decline),
	}}, nil
}

// Reach tells what a language model could bring about for a turn by naming
// safe intents: a decision for each disposition, the local one first. It is nil
// where no model is asked. What a model says of danger is left out: that only
// raises the risk.
func (a *Agent) Reach(ctx context.Context, t Turn) []Decision {
	if len(t.Events) == 0 || t.Clinic == nil {
		return nil
	}
	e := a.gather(t)
	local := a.withState(t.Session, a.judge(e))
	if _, ask := a.With(WithLLM(sureOf(""))).mayAsk(e, local); !ask {
		return nil
	}
	out := []Decision{a.conclude(t, e, local)}
	for _, in := range a.classifier.Intents() {
		if in.Kind == intents.Sensitive || in.Kind == intents.Emergency {
			continue
		}
		v := a.With(WithLLM(sureOf(in.Name))).sharpen(ctx, t, e, local)
		if v.disposition == local.disposition {
			continue
		}
		d := a.conclude(t, e, v)
		if !slices.ContainsFunc(out, func(o Decision) bool { return o.Disposition == d.Disposition }) {
			out = append(out, d)
		}
	}
	return out
}

// sureOf is a language model that takes every message for one intent.
type sureOf string

// Understand implements Understander.
func (s sureOf) Understand(_ context.Context, q Query) (Understanding, error) {
	return Understanding{Language: q.Language, Intents: []Intent{{Name: string(s), Confidence: 1}}, Risk: guard.None}, nil
}

// Intents lists what patients may want, as the classifier was trained on.
func (a *Agent) Intents() []intents.Intent { return a.classifier.Intents() }

// TrainedOn names what the classifier was trained from: a hash of examples,
// lexicon and rules.
func (a *Agent) TrainedOn() string { return a.trainedOn }
