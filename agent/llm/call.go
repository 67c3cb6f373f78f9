package llm

import "time"

// Call tells of one attempt, without a word of what was said.
type Call struct {
	// Task is what was asked: understanding or translation.
	Task     string
	Endpoint string // its name
	// Provider is OpenTelemetry's name for who serves it, or openai_compatible.
	Provider string
	Model    string
	// Outcome is ok, or the kind of error.
	Outcome  string
	Attempt  int // 1 for a message's first
	Started  time.Time
	Duration time.Duration
	// PromptTokens counts CachedTokens too; all are 0 where nothing came back.
	PromptTokens, CachedTokens, CompletionTokens int
	// Cost is in US dollars by the endpoint's Price; 0 where it has none.
	Cost float64
}
