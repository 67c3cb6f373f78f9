package show

import (
	"strings"
	"unicode/utf8"

	"recado/evals/outcome"
)

// piece is a stretch of a message, marked where a signal points at it.
type piece struct {
	Text string
	Mark string // rules, empty for none
}

// marked cuts messages where signals begin and end. Signals point into the
// messages joined by line ends, as a turn is read.
func marked(says []string, signals []outcome.Signal) [][]piece {
	var out [][]piece
	offset := 0
	for _, text := range says {
		if strings.TrimSpace(text) == "" {
			continue // a turn is read without it
		}
		out = append(out, cut(text, offset, signals))
		offset += len(text) + 1
	}
	return out
}

func cut(text string, offset int, signals []outcome.Signal) []piece {
	var pieces []piece
	start := 0
	last := rulesAt(signals, offset)
	for i := range text {
		if i == 0 {
			continue
		}
		if rules := rulesAt(signals, offset+i); rules != last {
			pieces = append(pieces, piece{text[start:i], last})
			start, last = i, rules
		}
	}
	return append(pieces, piece{text[start:], last})
}

// rulesAt names the rules of the signals that cover a byte.
func rulesAt(signals []outcome.Signal, at int) string {
	rules := ""
	for _, s := range signals {
		if s.Span[0] <= at && at < s.Span[1] && !strings.Contains(rules, s.Rule) {
			if rules != "" {
				rules += ", "
			}
			rules += s.Rule
		}
	}
	return rules
}

// short cuts a text to at most n runes.
func short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}
