// Package reading turns a message into what every detector reads: tokens
// with their language, chat forms written out, misspellings repaired, and
// the lexicon's terms among them. Training and deciding read alike.
package reading

import (
	"recado/agent/language"
	"recado/agent/lexicon"
)

// Reading is a message as detectors see it.
type Reading struct {
	Text     language.Text
	Language language.Result
	Terms    []lexicon.Hit
	Cut      bool // the text was longer than MaxBytes and its end was not read
}

// Reader reads messages. It is read-only after New and safe for use by many
// goroutines.
type Reader struct {
	detector   *language.Detector
	vocabulary *language.Vocabulary
	lexicon    *lexicon.Lexicon
}

// New joins what reading needs. d and v know words by the dictionary of l.
func New(d *language.Detector, v *language.Vocabulary, l *lexicon.Lexicon) *Reader {
	return &Reader{detector: d, vocabulary: v, lexicon: l}
}

// MaxBytes is how much of a text is read, more than a turn of events and the
// messages before it can hold. Reading.Cut tells where it was not enough.
const MaxBytes = 256 << 10

// Read reads one message.
func (r *Reader) Read(raw string) Reading {
	cut := len(raw) > MaxBytes
	if cut {
		raw = raw[:MaxBytes]
	}
	text := language.Scan(raw)
	result := r.detector.Detect(&text)
	for i := range text.Tokens {
		t := &text.Tokens[i]
		if r.vocabulary.Knows(t.ID) || t.Word != t.Surface {
			continue // a word as it should be, or a chat form, written out
		}
		if word, ok := r.vocabulary.Repair(t.Word, t.Language); ok {
			t.Word, t.ID = word, r.lexicon.Dictionary().ID(word)
		}
	}
	return Reading{Text: text, Language: result, Terms: r.lexicon.Scan(text), Cut: cut}
}
