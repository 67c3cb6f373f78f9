package llmcost

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/standin"
	"recado/intents"
)

// line is a client of one endpoint with a stand-in at its end, which sums up
// what is sent.
type line struct {
	name, model string
	policy      llm.Policy
	price       llm.Price
	sample      bool
	client      *llm.Client
	standin     *standin.StandIn
	size        Size
	calls       int
	cost        float64
	stable      string // what all prompts so far begin with
}

func newLines(c llm.Config, list []intents.Intent) ([]*line, error) {
	if c.Model != "" {
		c.Endpoints = append([]llm.Endpoint{{Name: c.Model, Model: c.Model, BaseURL: c.BaseURL, Policy: c.Policy}}, c.Endpoints...)
		c.Model, c.BaseURL, c.Key, c.Policy = "", "", "", ""
	}
	var out []*line
	for _, e := range c.Endpoints {
		l := &line{name: e.Name, model: e.Model, policy: e.Policy, standin: standin.New(standin.Config{Kind: standin.Plausible, Intents: list, Forget: true})}
		if l.name == "" {
			l.name = e.Model
		}
		if l.policy == "" {
			l.policy = llm.Masked
		}
		if !e.Price.Known() {
			e.Price, l.sample = SamplePrice, true
		}
		l.price = e.Price
		one := c
		one.Endpoints, one.Transport, one.Intents = []llm.Endpoint{e}, l, list
		// every message counts, whatever a day would allow
		one.ConversationCalls, one.DailyTokens, one.TokensPerMinute = -1, 0, 0
		one.OnCall = func(_ context.Context, call llm.Call) {
			l.calls++
			l.cost += call.Cost
			l.size.PromptTokens += call.PromptTokens
			l.size.CachedTokens += call.CachedTokens
			l.size.CompletionTokens += call.CompletionTokens
		}
		var err error
		if l.client, err = llm.New(one); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func (l *line) call(ctx context.Context, q agent.Query) error {
	if _, err := l.client.Understand(ctx, q); err != nil {
		return fmt.Errorf("build the call to %s: %w", l.name, err)
	}
	return nil
}

// RoundTrip implements http.RoundTripper by the stand-in, without a network.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	prompt, err := standin.Prompt(body)
	if err != nil {
		return nil, err
	}
	if l.size.PromptBytes == 0 {
		l.stable = prompt
	}
	l.size.PromptBytes += len(prompt)
	l.stable = common(l.stable, prompt)
	w := &response{header: http.Header{}, status: http.StatusOK}
	l.standin.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return strings.ToValidUTF8(a[:n], "")
}

func (l *line) report() Endpoint {
	e := Endpoint{Name: l.name, Model: l.model, Policy: l.policy, Calls: l.calls, Size: l.size, Price: l.price, Sample: l.sample, Cost: l.cost}
	e.Size.StableBytes = len(l.stable) * l.calls
	return e
}

// response holds what a handler writes.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(status int)      { w.status = status }
func (w *response) Write(p []byte) (int, error) { return w.body.Write(p) }
