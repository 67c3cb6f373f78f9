package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/llm"
	"recado/agent/llm/quota"
	llmsettings "recado/agent/llm/settings"
)

// llmFlags let a language model take part: one endpoint by the short flags,
// or several by a file. Without either none does.
type llmFlags struct {
	LLMConfig string `name:"llm-config" env:"RECADO_LLM_CONFIG" type:"existingfile" help:"Settings of one or more language models, in order of preference (YAML; recado llm sample prints one)." placeholder:"FILE"`

	LLMModel   string `name:"llm-model" env:"RECADO_LLM_MODEL" help:"Language model that sharpens understanding. Without it rules and the classifier decide alone." placeholder:"NAME"`
	LLMBaseURL string `name:"llm-base-url" env:"OPENAI_BASE_URL" help:"OpenAI-compatible endpoint. Defaults to OpenAI's." placeholder:"URL"`
	LLMKey     string `name:"llm-key" env:"OPENAI_API_KEY" help:"API key; a local endpoint may need none." placeholder:"KEY"`
	LLMPolicy  string `name:"llm-policy" env:"RECADO_LLM_POLICY" enum:",masked,covered" default:"" help:"masked: only unflagged messages, identifiers masked. covered: self-hosted, or a BAA is signed. Defaults to masked." placeholder:"POLICY"`

	LLMConcurrent      int `name:"llm-concurrent" env:"RECADO_LLM_CONCURRENT" help:"Calls in flight at most; size it to the vendor's quota. Defaults to 64." placeholder:"N"`
	LLMTokensPerMinute int `name:"llm-tokens-per-minute" env:"RECADO_LLM_TOKENS_PER_MINUTE" help:"The vendor's quota. Defaults to none." placeholder:"N"`
	LLMDailyTokens     int `name:"llm-daily-tokens" env:"RECADO_LLM_DAILY_TOKENS" help:"Tokens that a day (UTC) may use; beyond it the model is not asked. Defaults to no limit." placeholder:"N"`

	LLMPrompts string `name:"llm-prompts" env:"RECADO_LLM_PROMPTS" type:"existingdir" help:"Folder whose files replace the shipped prompts of the same name." placeholder:"DIR"`

	// quotas is the Redis that joins the limits of workers; nil where a process
	// is alone.
	quotas redis.Scripter
}

// model builds the client that the flags ask for; nil where they ask for
// none. onCall, if not nil, is told of every attempt. Mistakes are wrong usage.
func (f llmFlags) model(onCall llmObserver) (*llm.Client, error) {
	c, ok, err := f.config()
	if err != nil {
		return nil, exit{2, err}
	}
	if !ok {
		return nil, nil
	}
	c.OnCall = onCall
	if f.quotas != nil && !c.Shared.None() {
		if c.Quota, err = quota.New(quota.Config{Client: f.quotas, Limits: c.Shared, Life: lifeOf(c)}); err != nil {
			return nil, err
		}
	}
	client, err := llm.New(c)
	if err != nil {
		return nil, exit{2, err}
	}
	return client, nil
}

// lifeOf is longer than any request to a model lasts, waits for quota
// included.
func lifeOf(c llm.Config) time.Duration {
	return 10*time.Second + cmp.Or(c.TurnTimeout, 20*time.Second)
}

func (f llmFlags) understander(onCall llmObserver) (agent.Understander, error) {
	client, err := f.model(onCall)
	if client == nil || err != nil {
		return nil, err // a nil *llm.Client would be an Understander
	}
	return client, nil
}

// translator translates messages for staff; nil where no covered endpoint is
// configured, so that none may see them.
func (f llmFlags) translator(onCall llmObserver) (agent.Translator, error) {
	client, err := f.model(onCall)
	if err != nil || client == nil || !client.CanTranslate() {
		return nil, err
	}
	return client, nil
}

// config is what the flags say; false where they name no model.
func (f llmFlags) config() (c llm.Config, ok bool, err error) {
	switch {
	case f.LLMConfig != "":
		if both := f.short(); len(both) > 0 {
			return c, false, fmt.Errorf("--llm-config and %s both say how a model is asked: keep the file, or the flags for a single endpoint", strings.Join(both, ", "))
		}
		if c, err = llmsettings.Load(f.LLMConfig, os.Getenv); err != nil {
			var problems *llmsettings.ProblemsError
			if errors.As(err, &problems) {
				err = fmt.Errorf("--llm-config:\n%w", err)
			}
			return c, false, err
		}
	case f.LLMModel != "":
		c = llm.Config{
			Model: f.LLMModel, BaseURL: f.LLMBaseURL, Key: f.LLMKey, Policy: llm.Policy(f.LLMPolicy),
			MaxConcurrent: f.LLMConcurrent, TokensPerMinute: f.LLMTokensPerMinute, DailyTokens: f.LLMDailyTokens,
		}
	default:
		return c, false, nil
	}
	if f.LLMPrompts != "" {
		c.Prompts = os.DirFS(f.LLMPrompts)
	}
	return c, true, nil
}

// short names the flags for a single endpoint that are set. OPENAI_API_KEY
// and OPENAI_BASE_URL are everybody's: set in the environment they say
// nothing about Recado.
func (f llmFlags) short() []string {
	var set []string
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"--llm-model (RECADO_LLM_MODEL)", f.LLMModel != ""},
		{"--llm-base-url", f.LLMBaseURL != os.Getenv("OPENAI_BASE_URL")},
		{"--llm-key", f.LLMKey != os.Getenv("OPENAI_API_KEY")},
		{"--llm-policy (RECADO_LLM_POLICY)", f.LLMPolicy != ""},
		{"--llm-concurrent (RECADO_LLM_CONCURRENT)", f.LLMConcurrent != 0},
		{"--llm-tokens-per-minute (RECADO_LLM_TOKENS_PER_MINUTE)", f.LLMTokensPerMinute != 0},
		{"--llm-daily-tokens (RECADO_LLM_DAILY_TOKENS)", f.LLMDailyTokens != 0},
	} {
		if flag.set {
			set = append(set, flag.name)
		}
	}
	return set
}
