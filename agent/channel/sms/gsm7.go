package sms

import "strings"

// Limits of Twilio and of a segment, in characters (GSM-7) or UTF-16 code
// units (UCS-2).
const (
	// MaxText is the longest text that Twilio takes, in characters.
	MaxText = 1600

	gsmAlone, gsmJoined = 160, 153
	ucsAlone, ucsJoined = 70, 67
)

// The GSM 7-bit alphabet; each of the second line takes two places.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€"
)

// places is how many places a character of the alphabet takes.
var places = func() map[rune]int {
	m := map[rune]int{}
	for _, r := range basic {
		m[r] = 1
	}
	for _, r := range extended {
		m[r] = 2
	}
	return m
}()

// fold writes what the alphabet lacks with what it has. Of the accents only
// those go whose absence no reader takes for another word: é, ñ and ü are in
// the alphabet and stay ("año").
var fold = strings.NewReplacer(
	"á", "a", "í", "i", "ó", "o", "ú", "u", "Á", "A", "Í", "I", "Ó", "O", "Ú", "U",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "«", `"`, "»", `"`,
	"–", "-", "—", "-", "…", "...", "•", "-", "·", "-", "\t", " ",
	"\u00a0", " ", "\u2009", " ", "\u202f", " ", "\u200b", "",
)

// Plain is text as it goes out: in GSM-7 where folding accents and
// typographic signs is enough for it, else as it is.
func Plain(text string) string {
	if short := fold.Replace(text); isGSM7(short) {
		return short
	}
	return text
}

func isGSM7(text string) bool {
	for _, r := range text {
		if places[r] == 0 {
			return false
		}
	}
	return true
}

// Segments is how many messages a phone network makes of a text as it is; 0 of
// an empty one. gsm7 is false where it has to go as UCS-2.
func Segments(text string) (n int, gsm7 bool) {
	gsm7 = isGSM7(text)
	size, alone, joined := func(r rune) int { return places[r] }, gsmAlone, gsmJoined
	if !gsm7 {
		size, alone, joined = utf16Len, ucsAlone, ucsJoined
	}
	total, used := 0, 0
	for _, r := range text {
		w := size(r)
		total += w
		// A character is in one segment, and never half in the next.
		if used += w; used > joined || n == 0 {
			n, used = n+1, w
		}
	}
	if total == 0 {
		return 0, gsm7
	}
	if total <= alone {
		return 1, gsm7
	}
	return n, gsm7
}

func utf16Len(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}
