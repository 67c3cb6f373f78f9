package llm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"recado/agent"
	"recado/intents"
	"recado/prompts"
)

// Client asks language models. It is safe for use by many goroutines.
type Client struct {
	config    Config
	endpoints []*endpoint
	budget    *budget
	slots     slots
}

var _ agent.Understander = (*Client)(nil)

// New builds a Client. It calls nobody. The error names every mistake of the
// configuration together.
func New(c Config) (*Client, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("language model: %w", err)
	}
	c.MaxAttempts = max(c.MaxAttempts, len(c.Endpoints))
	if c.Intents == nil {
		m, err := intents.ShippedModel()
		if err != nil {
			return nil, fmt.Errorf("language model: list intents: %w", err)
		}
		c.Intents = m.Intents
	}
	set, err := prompts.Load(c.Prompts)
	if err != nil {
		return nil, fmt.Errorf("language model: %w", err)
	}
	prompt, err := set.Understand(c.Intents)
	if err != nil {
		return nil, fmt.Errorf("language model: %w", err)
	}
	reader, err := newReader(prompt, c.Intents)
	if err != nil {
		return nil, fmt.Errorf("language model: %w", err)
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = c.MaxConcurrent
		c.Transport = t
	}
	client := &Client{config: c, budget: newBudget(c.DailyTokens), slots: make(slots, c.MaxConcurrent)}
	for _, e := range c.Endpoints {
		client.endpoints = append(client.endpoints, newEndpoint(client, e, prompt, reader))
	}
	for _, e := range client.endpoints {
		least := e.estimate(prompt.System)
		if c.TokensPerMinute > 0 && c.TokensPerMinute < least || c.DailyTokens > 0 && c.DailyTokens < least {
			return nil, fmt.Errorf("language model: one message takes about %d tokens at %s: TokensPerMinute and DailyTokens must allow that, or be 0", least, e.Name)
		}
	}
	return client, nil
}

// Understand implements agent.Understander. Errors are of type *Error; the
// Understanding then holds nothing but the hash of the prompt that was sent
// last, if one was.
func (c *Client) Understand(ctx context.Context, q agent.Query) (agent.Understanding, error) {
	if len(q.Text) > c.config.MaxMessageBytes {
		return agent.Understanding{}, &Error{Kind: KindTooLong, detail: "messages of this length are left to rules and staff"}
	}
	var open []*endpoint
	for _, e := range c.endpoints {
		if e.maySee(q) {
			open = append(open, e)
		}
	}
	if len(open) == 0 {
		return agent.Understanding{}, &Error{Kind: KindFlagged, detail: "only covered endpoints may see what a detector suspects"}
	}
	turn, cancel := context.WithTimeout(ctx, c.config.TurnTimeout)
	defer cancel()
	u, err := c.ask(turn, q, open)
	if err != nil {
		return agent.Understanding{Prompt: u.Prompt}, err
	}
	return u, nil
}

// ask goes through the endpoints in order, and again after a wait while one
// of them may do better, until attempts or time are used up.
func (c *Client) ask(turn context.Context, q agent.Query, open []*endpoint) (agent.Understanding, *Error) {
	var last *Error
	sent := ""
	attempts := 0
	for round := 0; ; round++ {
		wait, asked := time.Duration(-1), false
		var next []*endpoint
		for _, e := range open {
			if attempts == c.config.MaxAttempts {
				return agent.Understanding{Prompt: sent}, last
			}
			u, err := e.attempt(turn, q, attempts+1)
			if err == nil {
				return u, nil
			}
			switch err.Kind {
			case KindOpen, KindBusy:
				// nothing was sent: what failed before tells more
				if last == nil {
					last = err
				}
				next = append(next, e)
				continue
			case KindBudget, KindCanceled:
				return agent.Understanding{Prompt: max(sent, u.Prompt)}, err
			}
			last, sent, asked = err, e.hash, true
			attempts++
			if err.again() {
				next = append(next, e)
				if w := max(backoff(round), err.RetryAfter); wait < 0 || w < wait {
					wait = w
				}
			}
		}
		if !asked || wait < 0 || attempts == c.config.MaxAttempts || !sleep(turn, wait) {
			return agent.Understanding{Prompt: sent}, last
		}
		open = next
	}
}

// The waits between rounds double from firstWait to longestWait.
const (
	firstWait   = 200 * time.Millisecond
	longestWait = 3 * time.Second
)

// backoff is the wait after a round, between half and all of its bound, so
// that many workers do not come back together.
func backoff(round int) time.Duration {
	bound := min(firstWait<<min(round, 8), longestWait)
	return bound/2 + rand.N(bound/2)
}

// sleep waits, or reports false at once when ctx ends before that.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
