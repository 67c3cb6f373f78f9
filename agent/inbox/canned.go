package inbox

import (
	"strings"
	"time"

	"recado/agent/answer"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/locales"
)

// cannedPrefix begins the keys of texts that staff may send in a channel.
const cannedPrefix = "staff."

// KeySeePrivate sends the patient to the private page; its link is the
// patient's own.
const KeySeePrivate = "staff.see_private"

// KeyCode is the text with the one-time code for the private page; its
// arguments are code and minutes. It goes out as what bus.ByPrivate sends.
const KeyCode = "private.code"

// Canned are the keys of the texts that staff may send in a channel, sorted.
// Nothing else may be sent there.
func Canned(c *locales.Catalogue) []string {
	var keys []string
	for _, key := range c.Keys() {
		if IsCanned(c, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// IsCanned reports whether staff may send the text with this key.
func IsCanned(c *locales.Catalogue, key string) bool {
	return strings.HasPrefix(key, cannedPrefix) && c.Has(key)
}

// Render fills a text of the catalogue with the clinic's facts, and with args
// where it needs more or others: secure is the patient's own link.
func Render(c *locales.Catalogue, key string, lang language.Language, p *clinic.Profile, now time.Time, args map[string]any) (string, error) {
	m := answer.Fixed(key, p, now)
	for name, value := range args {
		m.Args[name] = value
	}
	return c.Render(lang, p, m)
}
