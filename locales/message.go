package locales

import "recado/agent/language"

// Message is a text of the catalogue and what fills it. Args hold plain
// facts (time.Time, clinic.Date, cents, clinic.Bilingual); the text's own
// language decides how each is written.
type Message struct {
	Key  string
	Args map[string]any
}

// Own is a clinic's own wording for keys of the catalogue. *clinic.Profile
// implements it. lang is English or Spanish.
type Own interface {
	Own(key string, lang language.Language) (text string, ok bool)
}

// Quiet is an Own with other wording for the hours in which the clinic is
// closed. *clinic.Profile implements it.
type Quiet interface {
	Own
	// OwnQuiet is Own for a message whose argument open is false.
	OwnQuiet(key string, lang language.Language) (text string, ok bool)
}
