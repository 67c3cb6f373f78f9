package agent

import (
	"slices"

	"recado/agent/answer"
	"recado/agent/intentname"
	"recado/intents"
)

// question is one thing that a turn asks, in tokens [from, to).
type question struct {
	Intent
	from, to int
	topic    bool // its intent was named as such
}

// questions are the safe intents of the turn in the order they were asked:
// that of each piece that asks for something and is sure, else that of the
// whole. What only goes on from a question ("and for a work physical") belongs
// to it, and so does what asks for the same again. Greetings and thanks around
// a question are not answered by themselves.
func (a *Agent) questions(t Turn, e *evidence, v verdict) []question {
	if v.rule == ruleVisitReply {
		return []question{{Intent: Intent{Name: v.intent, Confidence: 1}, to: len(e.reading.Text.Tokens)}}
	}
	tokens := e.reading.Text.Tokens
	whole := question{Intent: Intent{Name: v.intent}, to: len(tokens)}
	if len(e.whole) == 0 || len(tokens) == 0 {
		return []question{whole}
	}
	var out []question
	pieces := a.pieces(e)
	for k, p := range pieces {
		end := len(tokens)
		if k+1 < len(pieces) {
			end = pieces[k+1].From // with the few words that are no piece
		}
		best := Intent{Name: p.topic, Confidence: 1}
		if p.topic == "" {
			best = a.best(p.p, intents.FrontDesk)
		}
		if n := len(out); n > 0 && p.topic == "" && best.Confidence < certain && !asks(tokens, p.From, p.To) &&
			names(t, e, out[n-1].Name, p.From, p.To) {
			out[n-1].to = end
			continue
		}
		if best.Confidence < max(p.least, a.thresholds.Clause) || best.Name != v.intent && !a.wants(t, e, p, best) {
			continue
		}
		if same := slices.IndexFunc(out, func(q question) bool { return q.Name == best.Name }); same >= 0 {
			out[same].to = end
		} else if len(out) < maxAnswers {
			out = append(out, question{best, p.From, end, p.topic != ""})
		}
	}
	out = oneVisit(out, v.intent)
	if len(out) == 1 && out[0].Name == v.intent {
		return []question{widened(out[0], e)}
	}
	if slices.ContainsFunc(out, func(q question) bool { return q.Name == v.intent }) {
		return out
	}
	switch {
	case len(out) > 0 && a.intents[v.intent].Kind == intents.Conversation:
		return out
	case len(out) == 1 && !out[0].topic:
		return []question{whole} // the whole outweighs its only sure clause
	case len(out) < maxAnswers:
		out = append(out, whole)
	}
	return out
}

// widened is the only question of a turn with the clauses that it lies in:
// nothing else in them was asked for.
func widened(q question, e *evidence) question {
	if len(e.parts) == 0 {
		q.from, q.to = 0, len(e.reading.Text.Tokens)
		return q
	}
	for _, p := range e.parts {
		if p.From < q.to && q.from < p.To {
			q.from, q.to = min(q.from, p.From), max(q.to, p.To)
		}
	}
	return q
}

// oneVisit keeps one of the ways to change a visit: a new time is asked for
// in words of all of them. The turn's own goes first, then moving it. A visit
// may still be cancelled and another one wished for.
func oneVisit(all []question, own string) []question {
	keep := ""
	if changesVisit(own) {
		keep = own
	}
	for _, q := range all {
		if changesVisit(q.Name) && (keep == "" || keep != own && q.Name == intentname.Reschedule) {
			keep = q.Name
		}
	}
	return slices.DeleteFunc(all, func(q question) bool {
		pair := q.Name == intentname.Booking && keep == intentname.Cancel || q.Name == intentname.Cancel && keep == intentname.Booking
		return changesVisit(q.Name) && q.Name != keep && !(pair && q.Confidence >= certain)
	})
}

func changesVisit(intent string) bool {
	switch intent {
	case intentname.Booking, intentname.Reschedule, intentname.Cancel, intentname.Confirm:
		return true
	}
	return false
}

// certain is the share at which words that ask for nothing by themselves are
// still a matter of their own.
const certain = 0.9

// wants reports whether a piece is a question beside the turn's main one. A
// statement ("it is for my husband") is none, but where it names a thing that
// the clinic has facts on, or is how one asks: "I can't come on Monday".
func (a *Agent) wants(t Turn, e *evidence, p piece, best Intent) bool {
	tokens := e.reading.Text.Tokens
	switch {
	case p.topic != "", asks(tokens, p.From, p.To), p.whole && questioned(e.reading.Text.Raw, tokens, p.To):
		return true
	case best.Name == intentname.Cancel, best.Name == intentname.Reschedule, best.Name == "confirm":
		return best.Confidence >= certain
	case best.Name == "hours":
		return false // days and hours of one's own
	}
	return best.Confidence >= certain && names(t, e, best.Name, p.From, p.To)
}

func names(t Turn, e *evidence, intent string, from, to int) bool {
	return answer.Names(answer.Question{Intent: intent, Reading: &e.reading, From: from, To: to, Profile: t.Clinic, Now: t.Now})
}
