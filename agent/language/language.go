// Package language tells which of the clinic's two languages a message is
// written in, token by token.
package language

// Language is what a text is written in.
type Language string

// The languages that are told apart. Replies are English or Spanish; Mixed
// texts hold both, Other is anything else.
const (
	English Language = "en"
	Spanish Language = "es"
	Mixed   Language = "mixed"
	Other   Language = "other"
)
