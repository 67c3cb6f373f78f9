package llm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"recado/intents"
)

// Policy says what may be sent to an endpoint.
type Policy string

// The policies.
const (
	// Masked endpoints get only messages that no detector suspects, with
	// identifiers masked.
	Masked Policy = "masked"
	// Covered endpoints are self-hosted, or their vendor has signed a business
	// associate agreement: they get messages as they were written.
	Covered Policy = "covered"
)

// Format is how an endpoint is told the form of its reply.
type Format string

// The formats. Replies are validated here under each of them.
const (
	FormatSchema Format = "schema" // a strict JSON schema
	FormatJSON   Format = "json"   // any JSON object; the schema stands in the prompt
	FormatText   Format = "text"   // nothing but the prompt, for servers that refuse both
)

// Endpoint is one place that serves a model.
type Endpoint struct {
	// Name stands for the endpoint in errors and figures. Defaults to the
	// host of BaseURL.
	Name string
	// Model is what the endpoint calls its model; on Azure the deployment.
	// Required.
	Model string
	// Family is the model whose dialect is spoken, where Model does not tell,
	// as an Azure deployment's name. Defaults to Model.
	Family string
	// BaseURL is the API's root, with its version: https://host/v1; on Azure
	// the resource's root. Defaults to OpenAI's.
	BaseURL string
	// Key is the API key. Defaults to none, as local servers need none.
	Key string
	// AzureVersion is the api-version of an Azure OpenAI resource; setting it
	// makes the endpoint one. Defaults to none.
	AzureVersion string
	// Policy says what may be sent. Defaults to Masked.
	Policy Policy
	// Format is how the reply's form is asked for. Defaults to FormatSchema.
	Format Format
	// Effort is the reasoning effort of a reasoning model. Defaults to low
	// where the family takes one.
	Effort string
	// Price is what its tokens cost. Defaults to none: the cost of its calls is
	// then not known.
	Price Price
}

// Config says whom a Client asks and within which bounds.
type Config struct {
	// Model, BaseURL, Key and Policy describe the preferred endpoint in
	// short; Endpoints does so in full. One of Model and Endpoints is
	// required.
	Model   string
	BaseURL string
	Key     string
	Policy  Policy
	// Endpoints are asked in this order, after the one of Model if that is
	// set: a later one only when those before it failed or may not see the
	// message.
	Endpoints []Endpoint

	// Timeout bounds one attempt. Defaults to 8 s.
	Timeout time.Duration
	// TurnTimeout bounds all attempts for one message with the waits between
	// them, since a patient waits for the answer. Defaults to 20 s.
	TurnTimeout time.Duration
	// MaxAttempts bounds the attempts for one message over all endpoints; it
	// counts as at least one an endpoint. Defaults to 3.
	MaxAttempts int
	// MaxConcurrent bounds the calls in flight, over all endpoints, so that a
	// burst meets the quota here and not at the vendor. Defaults to 64.
	MaxConcurrent int
	// TokensPerMinute is the quota of each endpoint, prompt and completion
	// together. Defaults to 0: unlimited.
	TokensPerMinute int
	// Shared are the vendor's limits for each endpoint, over all processes that
	// Quota joins. Without Quota they are not kept. Default to none.
	Shared Limits
	// Quota shares the limits between processes. Defaults to none.
	Quota Quota
	// DailyTokens bounds what a day (UTC) may use over all endpoints; beyond
	// it no model is asked until the next. Defaults to 0: unlimited.
	DailyTokens int
	// ConversationCalls is how many messages of one conversation a day (UTC)
	// are put to a model, so that nobody uses up the others' quota; beyond it
	// the local path decides alone. Each process counts for itself. -1 is
	// unlimited. Defaults to 20.
	ConversationCalls int
	// MaxReplyTokens bounds a reply; reasoning models get eight times as many,
	// since their thoughts count. Defaults to 500.
	MaxReplyTokens int
	// MaxReplyBytes bounds a response's body. Defaults to 64 KiB.
	MaxReplyBytes int64
	// MaxMessageBytes bounds the message; longer ones are not sent. Defaults
	// to 4096.
	MaxMessageBytes int
	// BreakAfter is how many failures in a row stop an endpoint from being
	// asked, for BreakFor. They default to 5 and 15 s.
	BreakAfter int
	BreakFor   time.Duration

	// Prompts holds files that replace the shipped prompts of the same name.
	// Defaults to none.
	Prompts fs.FS
	// Intents is the closed list that a model chooses from. Defaults to the
	// shipped intents.
	Intents []intents.Intent
	// Transport carries the requests; cassettes are set here. Defaults to one
	// of http.DefaultTransport's settings.
	Transport http.RoundTripper
	// OnCall is told of every attempt, without content, for metrics and
	// traces. ctx is that of the caller, which may have ended. It must be safe
	// for use by many goroutines. Defaults to none.
	OnCall func(ctx context.Context, c Call)
	// Now is the clock that tells one day of a budget from the next. Defaults
	// to time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	setDefault(&c.Timeout, 8*time.Second)
	setDefault(&c.TurnTimeout, 20*time.Second)
	setDefault(&c.MaxAttempts, 3)
	setDefault(&c.MaxConcurrent, 64)
	setDefault(&c.MaxReplyTokens, 500)
	setDefault(&c.MaxReplyBytes, 64<<10)
	setDefault(&c.MaxMessageBytes, 4096)
	setDefault(&c.BreakAfter, 5)
	setDefault(&c.BreakFor, 15*time.Second)
	setDefault(&c.ConversationCalls, 20)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Quota == nil {
		c.Quota = unshared{}
	}
	if c.Model != "" {
		first := Endpoint{Model: c.Model, BaseURL: c.BaseURL, Key: c.Key, Policy: c.Policy}
		c.Endpoints = append([]Endpoint{first}, c.Endpoints...)
	} else {
		c.Endpoints = append([]Endpoint(nil), c.Endpoints...)
	}
	for i := range c.Endpoints {
		e := &c.Endpoints[i]
		setDefault(&e.Family, e.Model)
		setDefault(&e.BaseURL, "https://api.openai.com/v1")
		setDefault(&e.Policy, Masked)
		setDefault(&e.Format, FormatSchema)
		setDefault(&e.Price.Cached, e.Price.Input)
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check reports every mistake of an operator together. It names fields and
// never prints a key or an address.
func (c Config) check() error {
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(c.Endpoints) == 0 {
		fail("no model: set Model or Endpoints")
	}
	for i, e := range c.Endpoints {
		u, err := url.Parse(e.BaseURL)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			fail("endpoint %d: base URL is no http or https address: write it as https://host/v1", i+1)
		case u.User != nil || u.RawQuery != "":
			fail("endpoint %d: base URL holds a user or a query: pass the key as Key", i+1)
		}
		if e.Model == "" {
			fail("endpoint %d has no model: name the one that it serves", i+1)
		}
		if e.Policy != Masked && e.Policy != Covered {
			fail("endpoint %d: policy is %q: masked or covered", i+1, e.Policy)
		}
		if e.Format != FormatSchema && e.Format != FormatJSON && e.Format != FormatText {
			fail("endpoint %d: format is %q: schema, json or text", i+1, e.Format)
		}
		if e.Price.Input < 0 || e.Price.Cached < 0 || e.Price.Output < 0 {
			fail("endpoint %d: a price is negative: US dollars a million tokens", i+1)
		}
	}
	if c.ConversationCalls < -1 {
		fail("ConversationCalls is negative: -1 for no limit, 0 for its default")
	}
	for name, n := range map[string]int64{
		"Timeout": int64(c.Timeout), "TurnTimeout": int64(c.TurnTimeout), "MaxAttempts": int64(c.MaxAttempts),
		"MaxConcurrent": int64(c.MaxConcurrent), "TokensPerMinute": int64(c.TokensPerMinute), "DailyTokens": int64(c.DailyTokens),
		"Shared.RequestsPerMinute": int64(c.Shared.RequestsPerMinute), "Shared.TokensPerMinute": int64(c.Shared.TokensPerMinute), "Shared.Concurrent": int64(c.Shared.Concurrent),
		"MaxReplyTokens": int64(c.MaxReplyTokens), "MaxReplyBytes": c.MaxReplyBytes, "MaxMessageBytes": int64(c.MaxMessageBytes),
		"BreakAfter": int64(c.BreakAfter), "BreakFor": int64(c.BreakFor),
	} {
		if n < 0 {
			fail("%s is negative: leave it 0 for its default", name)
		}
	}
	return errors.Join(problems...)
}
