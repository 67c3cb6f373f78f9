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
	config                Config
	endpoints             []*endpoint
	budget                *budget
	allowance             *allowance
	slots                 slots
	understand, translate *task
	intents               map[string]bool
}

// New builds a Client. It calls nobody. The error names every mistake of the
// configuration together.
func New(c Config) (*Client, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("language model: %w", err)
	}
	c.MaxAttempts = max(c.MaxAttempts, len(c.Endpoints))
	if c.Intents == nil {
		shipped, err := intents.ShippedIntents()
		if err != nil {
			return nil, fmt.Errorf("language model: list intents: %w", err)
		}
		c.Intents = shipped
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, c.MaxConcurrent // a call that opens no connection is faster
		c.Transport = t
	}
	client := &Client{
		config: c, budget: newBudget(c.DailyTokens), slots: make(slots, c.MaxConcurrent), intents: map[string]bool{},
		allowance: newAllowance(c.ConversationCalls, mostConversations),
	}
	for _, in := range c.Intents {
		client.intents[in.Name] = true
	}
	if err := client.prompts(); err != nil {
		return nil, fmt.Errorf("language model: %w", err)
	}
	for _, e := range c.Endpoints {
		client.endpoints = append(client.endpoints, newEndpoint(client, e))
	}
	for _, e := range client.endpoints {
		least := e.estimate(&question{task: client.understand, tokens: c.MaxReplyTokens}, e.system(client.understand))
		if c.TokensPerMinute > 0 && c.TokensPerMinute < least || c.DailyTokens > 0 && c.DailyTokens < least {
			return nil, fmt.Errorf("language model: one message takes about %d tokens at %s: TokensPerMinute and DailyTokens must allow that, or be 0", least, e.Name)
		}
	}
	return client, nil
}

func (c *Client) prompts() error {
	set, err := prompts.Load(c.config.Prompts)
	if err != nil {
		return err
	}
	understand, err := set.Understand(c.config.Intents)
	if err != nil {
		return err
	}
	translate, err := set.Translate()
	if err != nil {
		return err
	}
	if c.understand, err = newTask(understand); err != nil {
		return err
	}
	c.translate, err = newTask(translate)
	return err
}

// put asks the endpoints that may see q within the time of a turn, and
// returns the hash of the prompt that was sent last, if one was.
func (c *Client) put(ctx context.Context, q *question) (hash string, served agent.Served, err *Error) {
	var open []*endpoint
	for _, e := range c.endpoints {
		if e.maySee(q) {
			open = append(open, e)
		}
	}
	turn, cancel := context.WithTimeout(ctx, c.config.TurnTimeout)
	defer cancel()
	started := time.Now()
	last, err := c.ask(turn, q, open, &served)
	served.Took = time.Since(started)
	if last != nil {
		hash = last.hashes[q.task]
	}
	return hash, served, err
}

// ask goes through the endpoints in order, and again after a wait while one
// of them may do better, until attempts or time are used up. It returns the
// endpoint that something was sent to last, or nil.
func (c *Client) ask(turn context.Context, q *question, open []*endpoint, served *agent.Served) (sent *endpoint, last *Error) {
	for round := 0; ; round++ {
		wait, asked := time.Duration(-1), false
		var next []*endpoint
		for _, e := range open {
			if served.Attempts == c.config.MaxAttempts {
				return sent, last
			}
			before := served.Attempts
			err := e.attempt(turn, q, served)
			if served.Attempts > before {
				sent, asked = e, true
			}
			if err == nil {
				return sent, nil
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
				return sent, err
			}
			last = err
			if err.again() {
				next = append(next, e)
				if w := max(backoff(round), err.RetryAfter); wait < 0 || w < wait {
					wait = w
				}
			}
		}
		if !asked || wait < 0 || served.Attempts == c.config.MaxAttempts || !sleep(turn, wait) {
			return sent, last
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
