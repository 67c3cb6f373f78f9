package agent

import (
	"context"

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
	// Local is the probability of each intent as the local classifier sees it.
	Local []Intent
	// Clinic holds the clinic's published names of services and plans, never
	// anything about a patient.
	Services, Plans []string
	// Flagged is true where a detector suspects that a person's care is
	// touched. Such a message goes to covered endpoints only.
	Flagged bool
}

// Understanding is what a language model made of a message.
type Understanding struct {
	Language language.Language
	Intents  []Intent
	Risk     guard.Risk
	// Spans hold the evidence for Risk as byte ranges of Query.Text; each was
	// checked to be a part of it.
	Spans [][2]int
	// Slots is what the message names for its intents.
	Slots []Slot
	// Prompt is the hash of prompt, schema, model and settings.
	Prompt string
}

// Slot is a part of a message that fills a slot of an intent.
type Slot struct {
	Name string
	Span [2]int // byte range of Query.Text
}
