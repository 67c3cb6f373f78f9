package show

import (
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ink colours words where that is asked for.
type ink bool

const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	violet = "35"
)

func (on ink) paint(s, code string) string {
	if !on || s == "" || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// colourOf is the colour of a class.
func colourOf(class string) string {
	switch class {
	case "pass", "better":
		return green
	case "fail", "worse":
		return red + ";" + bold
	case "unsure":
		return yellow
	case "fault":
		return violet
	}
	return faint
}

// Colourful reports whether a report written to f should have colours: f is a
// terminal and NO_COLOR is not set.
func Colourful(f *os.File) bool {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// safe makes a text safe for a terminal: no character that moves the cursor,
// colours or turns the direction of writing.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || turnsText(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// plain is safe on one line with single spaces.
func plain(s string) string { return strings.Join(strings.Fields(safe(s)), " ") }

// turnsText reports whether r changes the direction of the text after it.
func turnsText(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C'
}

// columns is how many columns a text takes on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || r == '\u200D' || r >= '\uFE00' && r <= '\uFE0F':
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide reports whether r takes two columns: East Asian scripts and pictures.
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115F || r >= 0x2E80 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7A3 || r >= 0xF900 && r <= 0xFAFF ||
		r >= 0xFE30 && r <= 0xFE4F || r >= 0xFF00 && r <= 0xFF60 || r >= 0xFFE0 && r <= 0xFFE6 || r >= 0x1F300 && r <= 0x1FAFF || r >= 0x20000 && r <= 0x3FFFD
}

// fit cuts or fills a text to exactly n columns.
func fit(s string, n int) string {
	s = cutTo(s, n)
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

// fitRight is fit with the text at the right.
func fitRight(s string, n int) string {
	s = cutTo(s, n)
	return strings.Repeat(" ", max(0, n-columns(s))) + s
}

// cutTo makes a text safe and cuts it to at most n columns. Whatever is written
// to a terminal comes through here.
func cutTo(s string, n int) string {
	s = safe(s)
	if columns(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	var b strings.Builder
	at := 0
	for _, r := range s {
		w := columns(string(r))
		if at+w > n-1 {
			break
		}
		b.WriteRune(r)
		at += w
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

// wrap breaks a text into lines of at most n columns, at spaces where it can.
func wrap(s string, n int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		switch {
		case line == "":
			line = w
		case columns(line)+1+columns(w) <= n:
			line += " " + w
		default:
			lines = append(lines, cutTo(line, n))
			line = w
		}
	}
	if line != "" {
		lines = append(lines, cutTo(line, n))
	}
	return lines
}
