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
