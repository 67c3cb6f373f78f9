package channel

import (
	"strconv"
	"strings"

	"recado/agent"
)

// Numbered is text with its choices as numbered lines below it, for where
// nothing can be tapped: the patient answers with the number. Without choices
// it is the text.
func Numbered(text string, choices []agent.Choice) string {
	var b strings.Builder
	b.WriteString(text)
	for i, c := range choices {
		if i > 0 || text != "" {
			b.WriteByte('\n')
		}
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(") ")
		b.WriteString(c.Title)
		if c.Detail != "" {
			b.WriteString(", ")
			b.WriteString(c.Detail)
		}
	}
	return b.String()
}
