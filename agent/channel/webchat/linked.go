package webchat

import (
	"net/url"
	"regexp"
	"strings"
)

// word is a part of a reply: a link where Href is set, a phone number where
// Dial is.
type word struct{ Words, Href, Dial string }

// linkForm is what page/text.js makes links of, for the page without script.
var linkForm = regexp.MustCompile(`(?:https://|http://localhost[:/])[^\s<>"']+|(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\b\d{3}[\s.-])\d{3}[\s.-]\d{4}\b|\b(?:911|988)\b`)

// linked splits a text at its https addresses and phone numbers. The page's
// template escapes the parts: none becomes HTML.
func linked(text string) []word {
	var out []word
	from := 0
	for _, at := range linkForm.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		if strings.HasPrefix(found, "http") {
			found = strings.TrimRight(found, ".,;:!?)]")
			if u, err := url.Parse(found); err != nil || u.Host == "" || u.User != nil {
				continue
			}
			out = append(out, word{Words: text[from:at[0]]}, word{Words: found, Href: found})
		} else {
			out = append(out, word{Words: text[from:at[0]]}, word{Words: found, Dial: dial(found)})
		}
		from = at[0] + len(found)
	}
	return append(out, word{Words: text[from:]})
}
