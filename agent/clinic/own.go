package clinic

import "recado/agent/language"

// Own returns the clinic's own text for a catalogue key, in Spanish for
// Spanish and in English for any other language, and whether it has one.
func (p *Profile) Own(key string, lang language.Language) (string, bool) {
	if p == nil {
		return "", false
	}
	return own(p.Texts, key, lang)
}

// OwnQuiet does the same for the hours in which no location is open: its quiet
// text goes before the one for every hour.
func (p *Profile) OwnQuiet(key string, lang language.Language) (string, bool) {
	if p == nil {
		return "", false
	}
	if text, ok := own(p.QuietTexts, key, lang); ok {
		return text, true
	}
	return own(p.Texts, key, lang)
}

func own(texts map[string]Bilingual, key string, lang language.Language) (string, bool) {
	b, ok := texts[key]
	if !ok {
		return "", false
	}
	return b.In(string(lang)), true
}
