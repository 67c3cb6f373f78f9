// Package intents holds what patients want: one YAML file an intent, with
// examples in both languages, and the classifier that is trained from them.
//
// To add an intent, add a file and run `go generate ./intents`; no Go is
// needed when its reply is a text of locales/ with the key reply.<intent>.
package intents

// Kind groups intents by what is done with them.
type Kind string

// The kinds. Only front-desk matters and conversation are answered in the
// channel.
const (
	FrontDesk    Kind = "front_desk"
	Conversation Kind = "conversation" // greeting, thanks, goodbye
	Request      Kind = "request"      // for staff, not about care
	Consent      Kind = "consent"      // about the messages themselves
	Sensitive    Kind = "sensitive"    // a person's care
	Emergency    Kind = "emergency"
	Decline      Kind = "decline" // off topic, spam, abuse, steering
)

// Intent is one thing that a patient may want.
type Intent struct {
	Name        string
	Description string
	Kind        Kind
	Reply       string // catalogue key of its answer, without the leading "reply."
	Slots       []string
}

// Example is a message with the intent that it was written for.
type Example struct {
	Text     string
	Intent   string
	Language string // en, es or mixed
	File     string
	Line     int
}

// Set is all intents and their examples.
type Set struct {
	Intents  []Intent // sorted by name
	Examples []Example
}

// Index returns the place of the intent with that name, or -1.
func (s *Set) Index(name string) int {
	for i := range s.Intents {
		if s.Intents[i].Name == name {
			return i
		}
	}
	return -1
}
