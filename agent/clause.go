package agent

import "recado/agent/language"

// clause is a part of a message that may want something of its own: tokens
// [from, to).
type clause struct{ from, to int }

// minClause is the fewest tokens that are read as a clause of their own.
const minClause = 2

// clauses cuts a text where a sentence ends and where a conjunction joins
// two parts that are each long enough. A text of one part yields none: it is
// read as a whole anyway.
func clauses(tokens []language.Token) []clause {
	var out []clause
	from := 0
	cut := func(to, next int) {
		if to-from >= minClause {
			out = append(out, clause{from, to})
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
