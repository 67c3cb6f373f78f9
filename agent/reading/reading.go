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
	// Written is the message with nothing repaired; nil where nothing was.
	Written *Written
}

// Written is a message as it was written, for those who may not overlook
// what a repair reads as something else.
type Written struct {
	Text  language.Text
	Terms []lexicon.Hit
}

// Reader reads messages. It is read-only after New and safe for use by many
// goroutines.
type Reader struct {
	detector *language.Detector
	speller  *language.Speller
	lexicon  *lexicon.Lexicon
}

// New joins what reading needs. d and s know words by the dictionary of l.
func New(d *language.Detector, s *language.Speller, l *lexicon.Lexicon) *Reader {
	return &Reader{detector: d, speller: s, lexicon: l}
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
	read := Reading{Language: result, Cut: cut}
	if result.Language != language.Other {
		if before := r.speller.Repair(&text); before != nil {
			read.Written = &Written{Text: text}
			read.Written.Text.Tokens = before
			read.Written.Terms = r.lexicon.Scan(read.Written.Text)
		}
	}
	read.Text, read.Terms = text, r.lexicon.Scan(text)
	return read
}
