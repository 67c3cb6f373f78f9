package llm

import (
	"strings"

	"recado/agent/language"
)

// quotable finds quotes in a message that was sent and tells where they
// stand in the message as it was written.
type quotable struct {
	sent  masked
	words []language.Token // of the sent text; read when first needed
}

func newQuotable(sent masked) *quotable { return &quotable{sent: sent} }

// find locates a quote letter by letter, else word by word without case,
// accents and punctuation, which models like to correct.
func (q *quotable) find(quote string) ([2]int, bool) {
	quote = strings.TrimSpace(quote)
	if quote == "" {
		return [2]int{}, false
	}
	if at := strings.Index(q.sent.Text, quote); at >= 0 {
		return q.sent.original([2]int{at, at + len(quote)}), true
	}
	words := language.Scan(quote).Tokens
	if q.words == nil {
		q.words = language.Scan(q.sent.Text).Tokens
	}
	if len(words) == 0 {
		return [2]int{}, false
	}
	for i := 0; i+len(words) <= len(q.words); i++ {
		k := 0
		for k < len(words) && q.words[i+k].Word == words[k].Word {
			k++
		}
		if k == len(words) {
			return q.sent.original([2]int{q.words[i].Start, q.words[i+k-1].End}), true
		}
	}
	return [2]int{}, false
}
