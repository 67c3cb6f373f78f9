package llm

import (
	"context"
	"fmt"
	"net/url"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"recado/agent"
	"recado/prompts"
)

// completer is all that is used of go-openai's client.
type completer interface {
	CreateChatCompletion(context.Context, openai.ChatCompletionRequest) (openai.ChatCompletionResponse, error)
}

// endpoint is an Endpoint that can be asked.
type endpoint struct {
	Endpoint
	client   *Client
	provider string
	chat     completer
	dialect  dialect
	hashes   map[*task]string // of prompt, schema, model and settings
	breaker  breaker
	quota    *quota
}

func newEndpoint(c *Client, e Endpoint) *endpoint {
	if e.Name == "" {
		if u, err := url.Parse(e.BaseURL); err == nil {
			e.Name = u.Host
		}
	}
	config := openai.DefaultConfig(e.Key)
	if e.AzureVersion != "" {
		config = openai.DefaultAzureConfig(e.Key, e.BaseURL)
		config.APIVersion = e.AzureVersion
		config.AzureModelMapperFunc = func(model string) string { return url.PathEscape(model) }
	}
	config.BaseURL = e.BaseURL
	config.HTTPClient = newHTTPClient(c.config.Transport, c.config.MaxReplyBytes)
	d := dialectOf(e.Family, e.Effort)
	settings := fmt.Sprintf("%s %s %+v %d %v", e.Family, e.Format, d, c.config.MaxReplyTokens, coldest)
	out := &endpoint{
		Endpoint: e, client: c, provider: provider(e), chat: openai.NewClientWithConfig(config), dialect: d, hashes: map[*task]string{},
		breaker: breaker{after: c.config.BreakAfter, rest: c.config.BreakFor},
		quota:   newQuota(c.config.TokensPerMinute),
	}
	for _, t := range []*task{c.understand, c.translate} {
		out.hashes[t] = prompts.Hash(t.prompt.Source+t.prompt.System, string(t.prompt.Schema), e.Model, settings)
	}
	return out
}

// maySee reports whether q may be sent under the endpoint's data policy.
func (e *endpoint) maySee(q *question) bool { return e.Policy == Covered || !q.covered }

// attempt asks once. It adds to served what was sent and what it took.
func (e *endpoint) attempt(turn context.Context, q *question, served *agent.Served) *Error {
	if !e.maySee(q) {
		return &Error{Kind: KindFlagged, Endpoint: e.Name}
	}
	text := unmasked(q.text)
	if e.Policy != Covered {
		text = mask(q.text)
	}
	request, err := e.request(q, text.Text)
	if err != nil {
		return &Error{Kind: KindRejected, Endpoint: e.Name, detail: err.Error()}
	}
	if !e.breaker.allow(time.Now()) {
		return &Error{Kind: KindOpen, Endpoint: e.Name, detail: "it failed too often lately and rests"}
	}
	booked := e.estimate(q, request.Messages[0].Content+request.Messages[1].Content)
	done, problem := e.admit(turn, booked)
	if problem != nil {
		e.breaker.released()
		return problem
	}
	used := booked
	defer func() { done(used) }()

	started := time.Now()
	served.Attempts++
	served.Endpoint, served.Model = e.Name, e.Model
	response, failure := e.send(turn, request)
	if failure == nil {
		var content string
		if content, failure = said(response, e.Format); failure == nil {
			failure = q.read(content, text)
		}
	}
	e.record(failure)
	if failure != nil && failure.Kind == KindRateLimited {
		e.client.config.Quota.Rest(turn, e.Name, failure.RetryAfter)
	}
	used = spent(failure, booked, response.Usage.TotalTokens)
	e.client.budget.settle(booked, used)
	e.tell(turn, q, started, response.Usage, failure, served)
	if failure != nil {
		failure.Endpoint = e.Name
	}
	return failure
}

// admit waits for quota and a slot and books the day's budget. done ends what
// it began, with the tokens that were used.
func (e *endpoint) admit(turn context.Context, tokens int) (done func(used int), problem *Error) {
	if !e.client.budget.reserve(e.client.config.Now(), tokens) {
		return nil, &Error{Kind: KindBudget, detail: "the day's tokens are used up: raise DailyTokens or wait for tomorrow (UTC)"}
	}
	if e.quota.wait(turn, tokens) && e.client.slots.take(turn) {
		shared, err := e.client.config.Quota.Take(turn, e.Name, tokens)
		if err == nil {
			return func(used int) { shared(used); e.client.slots.free() }, nil
		}
		e.client.slots.free()
	}
	e.client.budget.settle(tokens, 0)
	return nil, &Error{Kind: KindBusy, Endpoint: e.Name, detail: "no slot or quota in time: raise MaxConcurrent, TokensPerMinute or Shared if the vendor allows", cause: turn.Err()}
}

func (e *endpoint) send(turn context.Context, r openai.ChatCompletionRequest) (openai.ChatCompletionResponse, *Error) {
	ctx, cancel := context.WithTimeout(turn, e.client.config.Timeout)
	defer cancel()
	ctx, seen := withSeen(ctx)
	response, err := e.chat.CreateChatCompletion(ctx, r)
	if err != nil {
		return openai.ChatCompletionResponse{}, classify(turn, err, seen)
	}
	return response, nil
}

// record tells the breaker what an attempt showed of the endpoint.
func (e *endpoint) record(failure *Error) {
	switch {
	case failure == nil || !failure.harms() && failure.Kind != KindCanceled:
		e.breaker.succeeded()
	case failure.Kind == KindCanceled:
		e.breaker.released()
	default:
		e.breaker.failed(time.Now(), failure.RetryAfter)
	}
}

// spent is what an attempt is charged: what the endpoint reported, nothing
// where it took nothing, and the booking where it may have worked for it.
func spent(failure *Error, booked, used int) int {
	switch {
	case used > 0:
		return used
	case failure == nil:
		return booked
	}
	switch failure.Kind {
	case KindRateLimited, KindRejected, KindUnavailable:
		return 0
	}
	return booked
}

func (e *endpoint) tell(turn context.Context, q *question, started time.Time, u openai.Usage, failure *Error, served *agent.Served) {
	c := Call{Task: q.task.prompt.Name, Endpoint: e.Name, Provider: e.provider, Model: e.Model, Outcome: "ok",
		Attempt: served.Attempts, Started: started, Duration: time.Since(started),
		PromptTokens: max(u.PromptTokens, 0), CompletionTokens: max(u.CompletionTokens, 0)}
	if u.PromptTokensDetails != nil {
		c.CachedTokens = min(max(u.PromptTokensDetails.CachedTokens, 0), c.PromptTokens)
	}
	if failure != nil {
		c.Outcome = string(failure.Kind)
	}
	c.Cost = e.Price.Cost(c.PromptTokens, c.CachedTokens, c.CompletionTokens)
	served.PromptTokens += c.PromptTokens
	served.CachedTokens += c.CachedTokens
	served.CompletionTokens += c.CompletionTokens
	if e.client.config.OnCall != nil {
		e.client.config.OnCall(turn, c)
	}
}
