package agent

import (
	"context"
	"errors"

	"recado/agent/language"
)

// ErrNotCovered says that no endpoint may see what a patient wrote for staff:
// none is self-hosted or has a signed agreement.
var ErrNotCovered = errors.New("no language model endpoint is covered")

// Translator puts a message into the other language for staff to read. Its
// text goes to no patient: every word that one reads was approved before.
//
// Implementations send to covered endpoints only, and return an error that is
// ErrNotCovered, before anything is sent, where there is none. They honour
// ctx, and never log what they were given.
type Translator interface {
	Translate(ctx context.Context, q TranslateQuery) (Translation, error)
}

// TranslateQuery is what a Translator is told.
type TranslateQuery struct {
	Text string
	To   language.Language // English or Spanish
}

// Translation is machine-made: whoever shows it says so and shows the original
// beside it.
type Translation struct {
	Text string            `json:"text"`
	From language.Language `json:"from"` // as the model sees it: English, Spanish, Mixed or Other
	To   language.Language `json:"to"`
	// Model is what made it, and Prompt the hash of prompt, schema, model and
	// settings.
	Model  string `json:"model"`
	Prompt string `json:"prompt"`
	Served Served `json:"-"` // what it took
}
