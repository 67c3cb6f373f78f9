// Package llm asks a language model what a message is about, through any
// OpenAI-compatible endpoint.
//
// The model classifies and never writes: what comes back is held against a
// closed schema, the clinic's intents and the message itself before anybody
// sees it, and a doubtful reply is an error. What may leave is decided by the
// endpoint's data policy: a masked endpoint never sees a message that a
// detector suspects, nor a name, number, address or date that identifies a
// person. Translations, which are for staff alone, go to covered endpoints
// only. Nothing here logs or quotes a message or a reply.
//
// Every call stays within the vendor's quota, the day's budget, and its
// conversation's calls of the day; beyond them, as on any error, the local
// decision stands.
package llm
