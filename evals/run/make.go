package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/cassette"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// column is a Column that is ready to decide.
type column struct {
	Column
	agent *agent.Agent // without a model
}

func newColumn(r *Runner, c Column) (column, error) {
	out := column{Column: c, agent: r.config.Agent.Local()}
	switch c.Mode {
	case outcome.Guard:
		out.agent = r.config.Agent.With(agent.RulesAlone())
	case outcome.Local, outcome.Adversarial:
	case outcome.LLM:
		if c.Model == nil {
			return out, fmt.Errorf("variant %s: mode llm needs a model: name one with --model", c.Name)
		}
	default:
		return out, fmt.Errorf("variant %s: mode is %q: guard, local, llm or adversarial", c.Name, c.Mode)
	}
	return out, nil
}

// make decides one item. Its error is errDropped where nothing is to be
// recorded, and of the run itself else.
func (s *session) make(ctx context.Context, it item) (o outcome.Outcome, err error) {
	c := it.typed
	o = outcome.Outcome{
		Suite: it.key.Suite, ID: it.key.ID, Variant: it.key.Variant, Perturbation: it.key.Perturbation, Repeat: it.key.Repeat,
		Status: outcome.Pass,
		Case:   outcome.Labels{Group: c.Group, Lang: c.Lang, Tags: c.Tags, Promises: c.Promises, Pair: c.Pair, Known: c.Known, File: c.File, Line: c.Line},
	}
	defer func() {
		if p := recover(); p != nil { // a case must not take the others with it
			o.Status, o.Error, err = outcome.Error, fmt.Sprintf("recado panicked: %v", p), nil
		}
	}()
	if it.column.Mode == outcome.Adversarial {
		err = s.adversarial(ctx, it, &o)
	} else {
		err = s.decide(ctx, it, &o)
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, errDropped):
		return o, errDropped
	case err != nil:
		o.Status, o.Error = outcome.Error, err.Error()
	case o.Status == outcome.Fail && c.Known != "" && len(o.Breaches) == 0:
		o.Status = outcome.Known
	}
	return o, nil
}

// decide goes through the steps of a case.
func (s *session) decide(ctx context.Context, it item, o *outcome.Outcome) error {
	c, err := begin(ctx, it, it.column.agent)
	if err != nil {
		return err
	}
	ctx = cassette.WithRepeat(ctx, it.key.Repeat)
	for i := range c.steps {
		missing := c.absent(c.steps[i])
		turn, err := c.step(ctx, i)
		if err != nil {
			return fmt.Errorf("turn %d: %w", i+1, err)
		}
		model := &tap{session: s, column: it.column}
		a := it.column.agent
		if it.column.Mode != outcome.Guard {
			a = a.With(agent.WithLLM(model))
		}
		started := time.Now()
		d, account, err := a.Trace(ctx, turn)
		took := time.Since(started)
		switch {
		case err != nil:
			return fmt.Errorf("turn %d: %w", i+1, err)
		case model.dropped:
			return errDropped
		}
		t := s.record(c.steps[i], turn, d, account)
		t.Micros, t.Asked, t.Usage = took.Microseconds(), model.went, model.usage
		t.SafeIfLLMErrs = s.safe(ctx, it, turn, t, d, model.asked)
		c.keep(d)
		visits, err := c.checkBooking(ctx, c.steps[i].Booking)
		if err != nil {
			return fmt.Errorf("turn %d: %w", i+1, err)
		}
		t.Checks = slices.Concat(missing, check(c.steps[i].Expect, d, took, t.Usage), visits)
		o.Turns = append(o.Turns, t)
		if model.broken != "" {
			o.Status, o.Error = outcome.Error, fmt.Sprintf("turn %d: the model gave no answer to judge: %s", i+1, model.broken)
			return nil
		}
		for _, one := range t.Checks {
			if !one.OK {
				o.Status = outcome.Fail
			}
		}
	}
	return nil
}

// record tells a decision without what it is held against.
func (s *session) record(step suite.Step, turn agent.Turn, d agent.Decision, account agent.Account) outcome.Turn {
	t := outcome.Turn{
		Says: step.Says, Attachment: step.Attachment, Expect: step.Expect,
		Disposition: d.Disposition, Rule: d.Rule, Language: string(d.Language), ReplyLang: string(d.ReplyLanguage),
		Intents: d.Intents, Risk: int(d.Risk), Text: d.Text(), Consent: d.Consent, Prompt: d.Prompt,
	}
	if step.Taps != nil {
		t.Says = []string{turn.Events[0].Text} // the choice's title
	}
	for _, one := range d.Signals {
		t.Signals = append(t.Signals, outcome.Signal{Rule: one.Rule, Category: string(one.Category), Span: one.Span})
	}
	for _, r := range d.Replies {
		t.Reply = append(t.Reply, r.Key)
	}
	if d.Escalation != nil {
		t.Priority = d.Escalation.Priority
	}
	t.Attribution = attribution(d)
	t.Confidence = confidence(d, t.Attribution, account)
	t.Agrees = agrees(d, t.Attribution, account, s.runner.config.Agent.Thresholds())
	return t
}

// tap stands between a decision and the model: it tells whether one is asked,
// and asks it within the run's bounds. Without a model it gives an error, so
// that the local decision stands.
type tap struct {
	session *session
	column  *column

	asked   bool
	went    string // how the call went
	broken  string // why there is no answer to judge
	dropped bool
	usage   outcome.Usage
}

var errNoModel = errors.New("no model takes part")

// Understand implements agent.Understander.
func (t *tap) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	t.asked = true
	if t.column.Model == nil {
		return agent.Understanding{}, errNoModel
	}
	if limit := t.session.limit; limit != nil && limit.Wait(ctx) != nil {
		t.dropped = true
		return agent.Understanding{}, errDropped
	}
	live := !t.session.runner.config.Replayed
	if live && !t.session.budget.reserve() {
		t.session.halt(t.session.budget.reason())
		t.dropped = true
		return agent.Understanding{}, errDropped
	}
	u, err := t.column.Model.Understand(ctx, q)
	t.count(u.Served)
	if live {
		t.session.budget.settle(t.usage)
	}
	t.went = "ok"
	if err != nil {
		t.fail(err)
	}
	return u, err
}

func (t *tap) count(s agent.Served) {
	t.usage = outcome.Usage{
		Calls: s.Attempts, PromptTokens: s.PromptTokens, CachedTokens: s.CachedTokens, ReplyTokens: s.CompletionTokens,
		CostMicroUSD: int64(1e6*t.column.Price.Cost(s.PromptTokens, s.CachedTokens, s.CompletionTokens) + 0.5),
	}
	if s.Attempts > 0 {
		t.usage.LatencyMicros = []int64{s.Took.Microseconds()}
	}
}

// fail tells what the model made of the question: an answer that Recado does
// not use is judged like any other, but where nothing came back there is
// nothing to judge, and where the endpoint refuses us nothing ever will.
func (t *tap) fail(err error) {
	var e *llm.Error
	if !errors.As(err, &e) {
		t.went, t.broken = "error", err.Error()
		return
	}
	t.went = string(e.Kind)
	switch e.Kind {
	case llm.KindFlagged, llm.KindTooLong, llm.KindTruncated, llm.KindRefused, llm.KindInvalid, llm.KindTooLarge:
		return
	}
	t.broken = err.Error()
	if e.Kind == llm.KindRejected && (e.Status == 401 || e.Status == 403 || e.Status == 404) {
		t.session.halt(fmt.Sprintf("the endpoint refuses to be asked (%s): check --llm-key, --llm-base-url and --model, then run the same command again", err))
		t.dropped = true
	}
}
