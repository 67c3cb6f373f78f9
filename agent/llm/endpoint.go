package llm

import (
	"context"
	"fmt"
	"net/url"
	"sort"
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
	client  *Client
	chat    completer
	dialect dialect
	prompt  *prompts.Prompt
	reader  *reader
	hash    string
	breaker breaker
	quota   *quota
}

func newEndpoint(c *Client, e Endpoint, p *prompts.Prompt, r *reader) *endpoint {
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
	return &endpoint{
		Endpoint: e, client: c, chat: openai.NewClientWithConfig(config), dialect: d, prompt: p, reader: r,
		hash:    prompts.Hash(p.Source+p.System, string(p.Schema), e.Model, settings),
		breaker: breaker{after: c.config.BreakAfter, rest: c.config.BreakFor},
		quota:   newQuota(c.config.TokensPerMinute),
	}
}

// maySee reports whether q may be sent under the endpoint's data policy.
func (e *endpoint) maySee(q agent.Query) bool { return e.Policy == Covered || !q.Flagged }

// attempt asks once.
func (e *endpoint) attempt(turn context.Context, q agent.Query, n int) (agent.Understanding, *Error) {
	none := agent.Understanding{}
	if !e.maySee(q) {
		return none, &Error{Kind: KindFlagged, Endpoint: e.Name}
	}
	text := unmasked(q.Text)
	if e.Policy != Covered {
		text = mask(q.Text)
	}
	request, err := e.request(q, text.Text)
	if err != nil {
		return none, &Error{Kind: KindRejected, Endpoint: e.Name, detail: err.Error()}
	}
	if !e.breaker.allow(time.Now()) {
		return none, &Error{Kind: KindOpen, Endpoint: e.Name, detail: "it failed too often lately and rests"}
	}
	booked := e.estimate(request.Messages[0].Content + request.Messages[1].Content)
	if problem := e.admit(turn, booked); problem != nil {
		e.breaker.released()
		return none, problem
	}
	defer e.client.slots.free()

	started := time.Now()
	response, failure := e.send(turn, request)
	u, used := none, 0
	if failure == nil {
		u, failure = e.reader.read(response, text, e.Format)
		u.Prompt = e.hash
		used = response.Usage.TotalTokens
	}
	e.record(failure)
	e.client.budget.settle(booked, spent(failure, booked, used))
	e.tell(n, time.Since(started), response.Usage, failure)
	if failure != nil {
		failure.Endpoint = e.Name
		return agent.Understanding{Prompt: e.hash}, failure
	}
	return u, nil
}

// admit waits for quota and a slot and books the day's budget.
func (e *endpoint) admit(turn context.Context, tokens int) *Error {
	if !e.client.budget.reserve(time.Now(), tokens) {
		return &Error{Kind: KindBudget, detail: "the day's tokens are used up: raise DailyTokens or wait for tomorrow (UTC)"}
	}
	if e.quota.wait(turn, tokens) && e.client.slots.take(turn) {
		return nil
	}
	e.client.budget.settle(tokens, 0)
	return &Error{Kind: KindBusy, Endpoint: e.Name, detail: "no slot or quota in time: raise MaxConcurrent or TokensPerMinute if the vendor allows", cause: turn.Err()}
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

func (e *endpoint) tell(n int, took time.Duration, u openai.Usage, failure *Error) {
	if e.client.config.OnCall == nil {
		return
	}
	c := Call{Endpoint: e.Name, Model: e.Model, Outcome: "ok", Attempt: n, Duration: took,
		PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		c.CachedTokens = u.PromptTokensDetails.CachedTokens
	}
	if failure != nil {
		c.Outcome = string(failure.Kind)
	}
	e.client.config.OnCall(c)
}

// bytesPerToken is a low estimate for English and Spanish, so that quotas
// are kept rather than used up.
const bytesPerToken = 3

// estimate is how many tokens a call with this prompt may take.
func (e *endpoint) estimate(prompt string) int {
	return len(prompt)/bytesPerToken + len(e.prompt.Schema)/bytesPerToken + e.dialect.limit(e.client.config.MaxReplyTokens)
}

// Bounds of the variable part of a prompt.
const (
	guesses = 3
	listed  = 60 // services and plans each
)

// request builds what is sent: the stable part first, as caches want it.
func (e *endpoint) request(q agent.Query, text string) (openai.ChatCompletionRequest, error) {
	message, err := e.prompt.Message(prompts.Message{
		Text: text, Local: likely(q.Local, guesses),
		Services: q.Services[:min(len(q.Services), listed)], Plans: q.Plans[:min(len(q.Plans), listed)],
	})
	if err != nil {
		return openai.ChatCompletionRequest{}, err
	}
	r := openai.ChatCompletionRequest{
		Model: e.Model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: e.prompt.System},
			{Role: openai.ChatMessageRoleUser, Content: message},
		},
	}
	switch e.Format {
	case FormatSchema:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "understanding", Schema: e.prompt.Schema, Strict: true},
		}
	case FormatJSON:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	e.dialect.apply(&r, e.client.config.MaxReplyTokens)
	return r, nil
}

// likely names the n best guesses with one decimal, so that the prompt does
// not change with every digit of a probability.
func likely(local []agent.Intent, n int) []string {
	best := append([]agent.Intent(nil), local...)
	sort.SliceStable(best, func(i, j int) bool { return best[i].Confidence > best[j].Confidence })
	out := make([]string, 0, n)
	for _, in := range best[:min(n, len(best))] {
		out = append(out, fmt.Sprintf("%s %.1f", in.Name, in.Confidence))
	}
	return out
}
