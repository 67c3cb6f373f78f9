package agent

import (
	"recado/agent/guard"
	"recado/agent/language"
)

// Assessment is what was understood of a turn.
type Assessment struct {
	Language language.Language `json:"language"`
	// ReplyLanguage is English or Spanish.
	ReplyLanguage language.Language `json:"reply_language"`
	Intents       []Intent          `json:"intents,omitempty"` // most certain first
	Risk          guard.Risk        `json:"-"`
	Signals       []guard.Signal    `json:"signals,omitempty"`
}

// Intent is one thing that a patient wants, by its name in intents/.
type Intent struct {
	Name       string  `json:"name"`
	Confidence float64 `json:"confidence"` // 0 to 1, calibrated on the development set
}
