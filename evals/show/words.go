package show

import (
	"strings"
	"unicode"
)

// change is a stretch of a text that only one of two texts has, or both.
type change struct {
	Text string
	Only bool
}

// mostWords bounds a comparison of words, which takes the product of both.
const mostWords = 400

// changedWords marks which words of two texts the other one lacks.
func changedWords(a, b string) (inA, inB []change) {
	wa, wb := splitWords(a), splitWords(b)
	if a == b || len(wa) > mostWords || len(wb) > mostWords {
		return []change{{a, a != b}}, []change{{b, a != b}}
	}
	// longest[i][j] is how many words wa[i:] and wb[j:] have in common, in order
	longest := make([][]int, len(wa)+1)
	for i := range longest {
		longest[i] = make([]int, len(wb)+1)
	}
	for i := len(wa) - 1; i >= 0; i-- {
		for j := len(wb) - 1; j >= 0; j-- {
			if wa[i] == wb[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(wa) || j < len(wb) {
		switch {
		case i < len(wa) && j < len(wb) && wa[i] == wb[j]:
			inA, inB = grow(inA, wa[i], false), grow(inB, wb[j], false)
			i, j = i+1, j+1
		case j == len(wb) || i < len(wa) && longest[i+1][j] >= longest[i][j+1]:
			inA = grow(inA, wa[i], true)
			i++
		default:
			inB = grow(inB, wb[j], true)
			j++
		}
	}
	return inA, inB
}

func grow(all []change, word string, only bool) []change {
	if n := len(all); n > 0 && all[n-1].Only == only {
		all[n-1].Text += word
		return all
	}
	return append(all, change{word, only})
}

// splitWords cuts a text after each run of spaces, so that its words put
// together are the text.
func splitWords(s string) []string {
	var words []string
	for s != "" {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			return append(words, s)
		}
		rest := strings.TrimLeftFunc(s[end:], unicode.IsSpace)
		end = len(s) - len(rest)
		words = append(words, s[:end])
		s = rest
	}
	return words
}
