package show

import "strings"

// cell escapes a text for a table's cell or a heading.
func cell(s string) string {
	var b strings.Builder
	for _, r := range plain(s) {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '|':
			b.WriteString("¦")
		case '@':
			b.WriteString("@\u2060") // no one is mentioned
		case '\\', '`', '*', '_', '[', ']', '#', '!', '~', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// codeSpan is a code span that holds s, whatever is in it.
func codeSpan(s string) string {
	s = strings.ReplaceAll(plain(s), "|", "¦")
	if s == "" {
		return ""
	}
	longest, run := 0, 0
	for _, r := range s {
		run++
		if r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}
