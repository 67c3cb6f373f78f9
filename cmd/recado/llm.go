package main

import (
	"recado/agent"
	"recado/agent/llm"
)

// llmFlags let a language model take part. Without a model's name none does.
type llmFlags struct {
	LLMModel   string `name:"llm-model" env:"RECADO_LLM_MODEL" help:"Language model that sharpens understanding. Without it rules and the classifier decide alone." placeholder:"NAME"`
	LLMBaseURL string `name:"llm-base-url" env:"OPENAI_BASE_URL" help:"OpenAI-compatible endpoint. Defaults to OpenAI's." placeholder:"URL"`
	LLMKey     string `name:"llm-key" env:"OPENAI_API_KEY" help:"API key; a local endpoint may need none." placeholder:"KEY"`
	LLMPolicy  string `name:"llm-policy" env:"RECADO_LLM_POLICY" enum:"masked,covered" default:"masked" help:"masked: only unflagged messages, identifiers masked. covered: self-hosted, or a BAA is signed."`
}

func (f llmFlags) understander() (agent.Understander, error) {
	if f.LLMModel == "" {
		return nil, nil
	}
	return llm.New(llm.Config{
		Model: f.LLMModel, BaseURL: f.LLMBaseURL, Key: f.LLMKey, Policy: llm.Policy(f.LLMPolicy),
	})
}
