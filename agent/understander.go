package agent

import (
	"context"
	"time"

	"recado/agent/guard"
	"recado/agent/language"
)

// Understander is a language model that reads one message. It classifies and
// never writes: whatever it returns is validated, may raise the risk, and may
// name an intent where no guard spoke.
//
// Implementations honour ctx, do their own retries within it, and return an
// error rather than a doubtful result. They never log what they were given.
type Understander interface {
	Understand(ctx context.Context, q Query) (Understanding, error)
}

// Query is what an Understander is told.
type Query struct {
	Text     string
	Language language.Language
	// Conversation names whose message it is, for budgets. It is never sent.
	Conversation string
	// Local is the probability of each intent as the local classifier sees it.
	Local []Intent
	// Clinic holds the clinic's published names of services and plans, never
	// anything about a patient.
	Services, Plans []string
	// Flagged is true where a detector suspects that a person's care is
	// touched. Such a message goes to covered endpoints only.
	Flagged bool
}

// Understanding is what a language model made of a message. It names no facts
// and quotes no values: what a question is about beyond its intent is read
// from the message itself, against what the clinic publishes.
type Understanding struct {
	Language language.Language
	Intents  []Intent
	Risk     guard.Risk
	// Spans hold the evidence for Risk as byte ranges of Query.Text; each was
	// checked to be a part of it.
	Spans [][2]int
	// Prompt is the hash of prompt, schema, model and settings.
	Prompt string
	Served Served
}

// Served tells what a call took and who served it, without a word of what was
// said. It is told of failed calls too.
type Served struct {
	Endpoint, Model string // of the last attempt; empty where nothing was sent
	// Attempts counts what was sent, over all endpoints.
	Attempts int
	Took     time.Duration // from the question to its outcome, waits included
	// PromptTokens counts CachedTokens too; they are what endpoints reported,
	// over all attempts.
	PromptTokens, CachedTokens, CompletionTokens int
}
