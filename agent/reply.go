package agent

import "recado/agent/language"

// Reply is one approved text, chosen by key and filled with facts.
type Reply struct {
	Key      string            `json:"key"` // in locales/
	Language language.Language `json:"language"`
	Text     string            `json:"text"` // the rendered text, every word of it approved by the clinic
}
