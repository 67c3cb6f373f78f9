package main

import (
	"os"

	"recado/agent"
	"recado/agent/llm"
)

// llmFlags let a language model take part. Without a model's name none does.
type llmFlags struct {
	LLMModel   string `name:"llm-model" env:"RECADO_LLM_MODEL" help:"Language model that sharpens understanding. Without it rules and the classifier decide alone." placeholder:"NAME"`
	LLMBaseURL string `name:"llm-base-url" env:"OPENAI_BASE_URL" help:"OpenAI-compatible endpoint. Defaults to OpenAI's." placeholder:"URL"`
	LLMKey     string `name:"llm-key" env:"OPENAI_API_KEY" help:"API key; a local endpoint may need none." placeholder:"KEY"`
	LLMPolicy  string `name:"llm-policy" env:"RECADO_LLM_POLICY" enum:"masked,covered" default:"masked" help:"masked: only unflagged messages, identifiers masked. covered: self-hosted, or a BAA is signed."`

	LLMPrompts         string `name:"llm-prompts" env:"RECADO_LLM_PROMPTS" type:"existingdir" help:"Folder whose files replace the shipped prompts of the same name." placeholder:"DIR"`
	LLMConcurrent      int    `name:"llm-concurrent" env:"RECADO_LLM_CONCURRENT" default:"64" help:"Calls in flight at most; size it to the vendor's quota."`
	LLMTokensPerMinute int    `name:"llm-tokens-per-minute" env:"RECADO_LLM_TOKENS_PER_MINUTE" help:"The vendor's quota. 0 is unlimited." placeholder:"N"`
	LLMDailyTokens     int    `name:"llm-daily-tokens" env:"RECADO_LLM_DAILY_TOKENS" help:"Tokens that a day (UTC) may use; beyond it the model is not asked. 0 is unlimited." placeholder:"N"`
}

func (f llmFlags) understander() (agent.Understander, error) {
	if f.LLMModel == "" {
		return nil, nil
	}
	c := llm.Config{
		Model: f.LLMModel, BaseURL: f.LLMBaseURL, Key: f.LLMKey, Policy: llm.Policy(f.LLMPolicy),
		MaxConcurrent: f.LLMConcurrent, TokensPerMinute: f.LLMTokensPerMinute, DailyTokens: f.LLMDailyTokens,
	}
	if f.LLMPrompts != "" {
		c.Prompts = os.DirFS(f.LLMPrompts)
	}
	client, err := llm.New(c)
	if err != nil {
		return nil, exit{2, err}
	}
	return client, nil
}
