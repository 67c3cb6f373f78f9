package agent

import (
	"slices"
	"strings"

	"recado/agent/language"
	"recado/intents"
)

// piece is a part of a turn that may be a question of its own.
type piece struct {
	part
	topic string // the intent that its few words name as such
	whole bool   // a sentence starts with it
	// least is the share that its intent needs.
	least float64
}

// leastListed is the least share of the intent of a few words out of a clause.
const leastListed = 0.65

// questioned reports whether a question mark follows the token before i.
func questioned(raw string, tokens []language.Token, i int) bool {
	to := len(raw)
	if i < len(tokens) {
		to = tokens[i].Start
	}
	return i > 0 && tokens[i-1].End <= to && to <= len(raw) && strings.Contains(raw[tokens[i-1].End:to], "?")
}

// pieces are the clauses of a turn, cut once more where a comma or a
// conjunction is followed by what asks or by a topic. The clauses alone settle
// the risk; these only find what else is to be answered.
func (a *Agent) pieces(e *evidence) []piece {
	tokens := e.reading.Text.Tokens
	starts := []int{0}
	cut := make([]bool, len(tokens)+1)
	for _, p := range e.parts {
		cut[p.From] = true
	}
	for i := 1; i < len(tokens); i++ {
		if cut[i] {
			starts = append(starts, i)
			continue
		}
		if tokens[i].Break && topic(tokens, i, untilNext(e, i)) != "" || listed(e, starts[len(starts)-1], i) {
			starts = append(starts, i)
		}
	}
	if len(starts) == 1 {
		return []piece{{part: part{intents.Part{To: len(tokens)}, e.whole}, whole: true}}
	}
	var out []piece
	for k, from := range starts {
		to := len(tokens)
		if k+1 < len(starts) {
			to = starts[k+1]
		}
		for to-1 > from && joins(tokens[to-1].Word) {
			to--
		}
		p := piece{part: part{Part: intents.Part{From: from, To: to}}, whole: from == 0 || tokens[from].Break}
		at := slices.IndexFunc(e.parts, func(c part) bool { return c.Part == p.Part })
		switch p.topic = topic(tokens, from, to); {
		case p.topic != "":
		case at >= 0:
			p.p = e.parts[at].p
		default:
			p.p, p.least = a.classify(&e.reading, from, to), leastListed
		}
		out = append(out, p)
	}
	return out
}

// listed reports whether a comma or a conjunction before token i joins two
// questions: what stands before it asks as well, and is not what the second
// one is about ("the new patient form, where do I get it").
func listed(e *evidence, from, i int) bool {
	tokens := e.reading.Text.Tokens
	if !joins(tokens[i-1].Word) && !comma(e.reading.Text.Raw, tokens, i) {
		return false
	}
	switch before := topic(tokens, from, i); {
	case topic(tokens, i, untilNext(e, i)) != "":
		return aboutTopic(tokens, from, i) || asks(tokens, from, i)
	case !beginsAsking(tokens, i):
		return false
	default:
		return before != "" && joins(tokens[i-1].Word) || i-from >= minClause && asks(tokens, from, i)
	}
}

// untilNext is where the words from token i on end: at the next sentence,
// comma or conjunction.
func untilNext(e *evidence, i int) int {
	tokens := e.reading.Text.Tokens
	for k := i + 1; k < len(tokens); k++ {
		if tokens[k].Break || joins(tokens[k].Word) || comma(e.reading.Text.Raw, tokens, k) {
			return k
		}
	}
	return len(tokens)
}

// comma reports whether one stands before token i.
func comma(raw string, tokens []language.Token, i int) bool {
	from, to := tokens[i-1].End, tokens[i].Start
	return from < to && to <= len(raw) && strings.Contains(raw[from:to], ",")
}
