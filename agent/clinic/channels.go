package clinic

// Channels are the ways in which patients write to a clinic. What is secret
// of them, such as tokens, is not in the profile.
type Channels struct {
	WhatsApp WhatsApp
	SMS      SMS
	Web      Web
}

// WhatsApp is the clinic's number there.
type WhatsApp struct {
	NumberID string // Meta's phone number id, digits only; empty for none
	// NoTyping leaves out read marks and the sign that a reply is being written.
	NoTyping bool
	// Templates may be sent when the 24 hours after a patient's message are
	// over, by the catalogue key of the text in whose place they go.
	Templates map[string]Templates
}

// SMS is the clinic's number for text messages.
type SMS struct {
	Number string // as Twilio writes it: +17135550100, or a short code; empty for none
}

// Web is the chat on the clinic's own website.
type Web struct {
	Key     string   // names the clinic in the script tag; public; empty for the id
	Origins []string // of the pages that may show the chat: https://www.clinic.example
}
