package main

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/cassette"
	"recado/evals/outcome"
	evalrun "recado/evals/run"
)

// evalModelFlags say which models are asked, and how.
type evalModelFlags struct {
	Model      []string `env:"-" placeholder:"NAME" help:"Language model for mode llm. Repeatable."`
	LLMConfig  string   `name:"llm-config" env:"RECADO_LLM_CONFIG" type:"existingfile" placeholder:"FILE" help:"Settings of one or more endpoints (YAML; recado llm sample prints one), in place of --model."`
	LLMBaseURL string   `name:"llm-base-url" env:"OPENAI_BASE_URL" placeholder:"URL" help:"OpenAI-compatible endpoint. Defaults to OpenAI's."`
	LLMKey     string   `name:"llm-key" env:"OPENAI_API_KEY" placeholder:"KEY" help:"API key; a local endpoint may need none."`
	LLMPolicy  []string `name:"llm-policy" env:"-" placeholder:"POLICY" help:"masked or covered. Repeatable. Defaults to masked."`
	LLMPrompts []string `name:"llm-prompts" env:"-" placeholder:"DIR" help:"Folder whose files replace the shipped prompts; shipped names those. Repeatable. Defaults to shipped."`

	PriceIn     []string `env:"-" placeholder:"USD" help:"Price of a million prompt tokens: 2.5, or for one of several models gpt-5=1.25. Repeatable."`
	PriceCached []string `env:"-" placeholder:"USD" help:"The same of prompt tokens that the endpoint had cached. Defaults to --price-in."`
	PriceOut    []string `env:"-" placeholder:"USD" help:"The same of reply tokens."`

	Record string `env:"-" type:"path" xor:"cassette" placeholder:"CASSETTE" help:"Keep what models reply in this file."`
	Replay string `env:"-" type:"existingfile" xor:"cassette" placeholder:"CASSETTE" help:"Take what models reply from this file; nothing is called. What it does not hold is an error."`
}

// asksModel reports whether the command line names a model. A model in the
// environment is for mode llm only: it must not make a run cost money.
func (f evalModelFlags) asksModel() bool { return len(f.Model) > 0 }

// shippedPrompts is the name of the prompts that ship with Recado.
const shippedPrompts = "shipped"

// columns makes the matrix. close closes the cassette.
func (f evalModelFlags) columns(a *agent.Agent, modes []outcome.Mode, concurrency int) (all []evalrun.Column, close func() error, err error) {
	close = func() error { return nil }
	for _, m := range modes {
		if m != outcome.LLM {
			all = append(all, evalrun.Column{Variant: outcome.Variant{Name: string(m), Mode: m}})
			continue
		}
		var transport http.RoundTripper
		if transport, close, err = f.transport(concurrency); err != nil {
			return nil, nil, err
		}
		models, err := f.models()
		if err != nil {
			return nil, nil, err
		}
		for _, cell := range models {
			column, err := cell.column(a, f, transport, concurrency)
			if err != nil {
				return nil, nil, fmt.Errorf("variant %s: %w", cell.name(f), err)
			}
			all = append(all, column)
		}
	}
	return all, close, nil
}

// transport carries the models' requests, all through one cassette if there
// is one.
func (f evalModelFlags) transport(concurrency int) (http.RoundTripper, func() error, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = concurrency
	var c *cassette.Cassette
	var err error
	switch {
	case f.Replay != "":
		c, err = cassette.Replay(f.Replay)
	case f.Record != "":
		c, err = cassette.Record(f.Record, t)
	default:
		return t, func() error { t.CloseIdleConnections(); return nil }, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return c, func() error { t.CloseIdleConnections(); return c.Close() }, nil
}

// evalCell is one combination of model, prompts and policy.
type evalCell struct{ model, prompts, policy string }

func (f evalModelFlags) models() ([]evalCell, error) {
	models := f.Model
	if f.LLMConfig != "" && len(models) > 0 {
		return nil, errors.New("--model and --llm-config both say which model is asked: keep one")
	}
	if len(models) == 0 {
		models = []string{""}
	}
	if f.LLMConfig == "" && models[0] == "" {
		return nil, errors.New("mode llm asks a model: name it with --model, or its settings with --llm-config")
	}
	prompts, policies := f.LLMPrompts, f.LLMPolicy
	if len(prompts) == 0 {
		prompts = []string{shippedPrompts}
	}
	if len(policies) == 0 {
		policies = []string{""}
	}
	var all []evalCell
	for _, m := range models {
		for _, p := range prompts {
			for _, policy := range policies {
				all = append(all, evalCell{m, p, policy})
			}
		}
	}
	return all, nil
}

// name tells the cells of a matrix apart, and is the same on every machine.
func (c evalCell) name(f evalModelFlags) string {
	parts := []string{"llm", c.model}
	if c.model == "" {
		parts[1] = strings.TrimSuffix(filepath.Base(f.LLMConfig), filepath.Ext(f.LLMConfig))
	}
	if len(f.LLMPrompts) > 0 {
		parts = append(parts, filepath.Base(filepath.Clean(c.prompts)))
	}
	if len(f.LLMPolicy) > 0 {
		parts = append(parts, c.policy)
	}
	return strings.Join(parts, "/")
}

// The bounds of an eval's questions: nobody waits for the answer, and one that
// never comes is a case that is not judged.
const (
	evalTurnTimeout = 3 * time.Minute
	evalAttempts    = 8
	neverBreak      = 1 << 30 // failures in a row: each case is asked for itself
)

func (c evalCell) column(a *agent.Agent, f evalModelFlags, transport http.RoundTripper, concurrency int) (evalrun.Column, error) {
	flags := llmFlags{LLMModel: c.model, LLMKey: f.LLMKey, LLMBaseURL: f.LLMBaseURL, LLMPolicy: c.policy, LLMConfig: f.LLMConfig}
	if f.LLMConfig != "" {
		flags.LLMPolicy = ""
		if c.policy != "" {
			return evalrun.Column{}, errors.New("--llm-policy and --llm-config both say what endpoints may see: keep the file")
		}
	}
	if c.prompts != shippedPrompts {
		flags.LLMPrompts = c.prompts
	}
	config, _, err := flags.config()
	if err != nil {
		return evalrun.Column{}, err
	}
	config.Transport, config.MaxConcurrent, config.Intents = transport, concurrency, a.Intents()
	config.TurnTimeout, config.MaxAttempts, config.BreakAfter, config.ConversationCalls = evalTurnTimeout, evalAttempts, neverBreak, -1
	if f.Replay != "" {
		config.MaxAttempts = 1
	}
	client, err := llm.New(config)
	if err != nil {
		return evalrun.Column{}, err
	}
	column := evalrun.Column{Model: client, Variant: outcome.Variant{Name: c.name(f), Mode: outcome.LLM, Model: c.model, Prompt: c.prompts, Policy: c.policy}}
	if c.policy == "" && f.LLMConfig == "" {
		column.Policy = string(llm.Masked)
	}
	if len(config.Endpoints) > 0 {
		column.Price = config.Endpoints[0].Price
	}
	return column, f.price(c.model, &column.Price)
}

// price overwrites p with what the flags say of a model.
func (f evalModelFlags) price(model string, p *llm.Price) error {
	cached := false
	for _, one := range []struct {
		flag   string
		values []string
		to     *float64
	}{{"--price-in", f.PriceIn, &p.Input}, {"--price-cached", f.PriceCached, &p.Cached}, {"--price-out", f.PriceOut, &p.Output}} {
		for _, v := range one.values {
			name, usd, ok := strings.Cut(v, "=")
			if !ok {
				name, usd = model, v
			}
			price, err := strconv.ParseFloat(usd, 64)
			if err != nil || price < 0 {
				return fmt.Errorf("%s %q: write US dollars a million tokens, as 2.5 or gpt-5=1.25", one.flag, v)
			}
			if name == model {
				*one.to = price
				cached = cached || one.to == &p.Cached
			}
		}
	}
	if len(f.PriceIn) > 0 && !cached {
		p.Cached = p.Input
	}
	return nil
}
