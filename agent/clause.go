package agent

import (
	"recado/agent/language"
	"recado/intents"
)

// minClause is the fewest tokens that are read as a clause of their own.
const minClause = 2

// clauses are the parts of a message that may want something of their own: it
// is cut where a sentence ends and where a conjunction joins two parts that
// are each long enough. A message of one part yields none: it is read as a
// whole anyway.
func clauses(tokens []language.Token) []intents.Part {
	var out []intents.Part
	from := 0
	cut := func(to, next int) {
		if to-from >= minClause {
			out = append(out, intents.Part{From: from, To: to})
		}
		from = next
	}
	for i := 1; i < len(tokens); i++ {
		switch {
		case tokens[i].Break:
			cut(i, i)
		case joins(tokens[i].Word) && i-from >= 3 && len(tokens)-i > 3:
			cut(i, i+1)
		}
	}
	if from > 0 {
		cut(len(tokens), len(tokens))
	}
	return out
}

func joins(w string) bool {
	switch w {
	case "and", "also", "plus", "but", "y", "e", "ademas", "tambien", "pero":
		return true
	}
	return false
}
