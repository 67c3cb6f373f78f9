package standin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"recado/agent"
)

// Trial is one turn of a conversation, decided with a stand-in.
type Trial struct {
	Before   agent.Decision // of the same turn, without a model
	Account  agent.Account  // of Before
	Decision agent.Decision
	Asked    bool // the stand-in was asked
	Breaches []Breach
}

// Try decides a turn under a stand-in, wherever the conversation stands, and
// reports each promise that did not hold. id names the turn in breaches, care
// is true where a reader says that it touches a person's care. Patience of 0
// means 30 ms.
func Try(ctx context.Context, a *agent.Agent, model agent.Understander, kind Kind, turn agent.Turn, id string, care bool, patience time.Duration) (Trial, error) {
	texts, err := newApproved()
	if err != nil {
		return Trial{}, err
	}
	if patience == 0 {
		patience = defaultPatience
	}
	before, account, err := a.Local().Trace(ctx, turn)
	if err != nil {
		return Trial{}, fmt.Errorf("decide without a model: %w", err)
	}
	after, err := trial(ctx, a, model, turn, patience, true)
	if err != nil {
		return Trial{}, fmt.Errorf("decide under %s: %w", kind, err)
	}
	m := Message{ID: id, Care: care}
	var said []string
	for _, e := range turn.Events {
		if strings.TrimSpace(e.Text) != "" {
			said = append(said, e.Text)
		}
	}
	m.Text = strings.Join(said, "\n")
	c := checker{agent: a, approved: texts, kind: kind, message: m, turn: turn, before: before, after: after}
	c.check()
	return Trial{Before: before, Account: account, Decision: after.Decision, Asked: len(after.queries) > 0, Breaches: c.breaches}, nil
}
