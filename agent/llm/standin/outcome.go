package standin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"recado/agent"
)

// outcome is a decision with what the model was asked for it, and the same
// turn in a conversation that a person owns and in one that was stopped.
type outcome struct {
	agent.Decision
	queries        []agent.Query
	owned, stopped agent.Disposition
	silent         int // how often the model was asked where nothing is sent
}

// tap records what one decision asks.
type tap struct {
	agent.Understander
	mu      sync.Mutex
	queries []agent.Query
}

// Understand implements agent.Understander.
func (t *tap) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	t.mu.Lock()
	t.queries = append(t.queries, q)
	t.mu.Unlock()
	return t.Understander.Understand(ctx, q)
}

func (r Run) decide(ctx context.Context, model agent.Understander, m Message, states bool) (outcome, error) {
	o, err := trial(ctx, r.Agent, model, r.turn(m), r.Patience, states)
	if err != nil {
		return o, fmt.Errorf("message %s: %w", m.ID, err)
	}
	return o, nil
}

// before is the decision without a model. Where none was asked, none could
// change it.
func (r Run) before(ctx context.Context, m Message, after outcome) (agent.Decision, error) {
	if len(after.queries) == 0 {
		return after.Decision, nil
	}
	d, err := r.Agent.Local().Decide(ctx, r.turn(m))
	if err != nil {
		return d, fmt.Errorf("message %s without a model: %w", m.ID, err)
	}
	return d, nil
}

// trial decides a turn with a model that takes part; with states, and where
// the model was asked, in a conversation that is silent as well.
func trial(ctx context.Context, local *agent.Agent, model agent.Understander, turn agent.Turn, patience time.Duration, states bool) (outcome, error) {
	t := &tap{Understander: model}
	a := local.With(agent.WithLLM(t))
	one := func(s agent.Session) (agent.Decision, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		turn := turn
		turn.Session = s
		return a.Decide(ctx, turn)
	}
	var o outcome
	var err error
	if o.Decision, err = one(turn.Session); err != nil {
		return o, err
	}
	o.queries = append(o.queries, t.queries...)
	o.owned, o.stopped = agent.Silent, agent.Silent
	if !states || len(o.queries) == 0 {
		return o, nil // these states are not a model's to break
	}
	owned, stopped := turn.Session, turn.Session
	owned.Owner, stopped.Stopped = "staff", true
	for _, state := range []struct {
		session agent.Session
		got     *agent.Disposition
	}{{owned, &o.owned}, {stopped, &o.stopped}} {
		d, err := one(state.session)
		if err != nil {
			return o, err
		}
		*state.got = d.Disposition
	}
	o.silent = len(t.queries) - len(o.queries)
	return o, nil
}
