package agent

import "recado/agent/language"

// Reply is one approved text, chosen by key and filled with facts.
type Reply struct {
	Key      string            `json:"key"` // in locales/
	Language language.Language `json:"language"`
	Text     string            `json:"text"` // the rendered text, every word of it approved by the clinic
	// Choices are what the patient may tap or answer with the number of. A
	// channel without buttons writes them as numbered lines.
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is one answer that a reply offers. Its words are approved texts and
// facts as those of the reply are.
type Choice struct {
	ID    string `json:"id"`    // comes back as Event.Button: at most 200 letters, digits and "-_.:"
	Title string `json:"title"` // at most 20 characters, so that every channel's button holds it
	// Detail is a line that lists show below the title, at most 72 characters.
	Detail string `json:"detail,omitempty"`
}
