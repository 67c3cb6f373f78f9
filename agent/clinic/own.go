package clinic

import "recado/agent/language"

// Own returns the clinic's own text for a catalogue key, in Spanish for
// Spanish and in English for any other language, and whether it has one.
func (p *Profile) Own(key string, lang language.Language) (string, bool) {
	if p == nil {
		return "", false
	}
	b, ok := p.Texts[key]
	if !ok {
		return "", false
	}
	return b.In(string(lang)), true
}
