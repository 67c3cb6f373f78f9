package llm

import "time"

// Call tells of one attempt, without a word of what was said.
type Call struct {
	Endpoint string // its name
	Model    string
	// Outcome is ok, or the kind of error.
	Outcome  string
	Attempt  int // 1 for a message's first
	Duration time.Duration
	// PromptTokens counts CachedTokens too; all are 0 where nothing came back.
	PromptTokens, CachedTokens, CompletionTokens int
}
