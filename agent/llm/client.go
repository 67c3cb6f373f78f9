package llm

import (
	"context"
	"errors"

	"recado/agent"
)

// Client asks language models. It is safe for use by many goroutines.
type Client struct{ config Config }

var _ agent.Understander = (*Client)(nil)

// New builds a Client.
func New(c Config) (*Client, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Client{config: c}, nil
}

// Understand implements agent.Understander.
func (c *Client) Understand(context.Context, agent.Query) (agent.Understanding, error) {
	return agent.Understanding{}, errors.New("not asked")
}
