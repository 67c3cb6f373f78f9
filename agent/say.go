package agent

import (
	"recado/agent/answer"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/intents"
	"recado/locales"
)

// said is what a turn's message is made of.
type said struct {
	replies    []Reply
	asks       string // key of the question left open
	staff      bool   // an answer that also needs a person to act
	introduced bool
	broken     bool   // a text could not be rendered
	answered   string // the intent that was really answered, on a follow-up
	// unpublished is true when none of the clinic's facts answers any of the
	// questions: the turn is then a request for staff.
	unpublished bool
}

// maxAnswers is how many questions one message answers; more would not be
// read.
const maxAnswers = 3

func (a *Agent) say(t Turn, e *evidence, v verdict, lang language.Language) said {
	var s said
	var messages []locales.Message
	switch v.disposition {
	case Silent:
		return s
	case Answer:
		messages, s = a.answers(t, e, v)
	default:
		messages = []locales.Message{answer.Fixed(fixedKey(v, e), t.Clinic, t.Now)}
		if v.disposition != Consent && v.consent(e) == ConsentStop && !t.Session.Stopped {
			// a stop beside something that staff must see is confirmed as well
			messages = append(messages, answer.Fixed("consent.stopped", t.Clinic, t.Now))
		}
		s.staff = v.disposition == Consent && (len(t.Events) > 1 || e.unreadable)
	}
	s.staff = s.staff || e.unreadable
	if !t.Session.Introduced && introduces(v) {
		messages = append(messages, answer.Fixed("intro", t.Clinic, t.Now))
		s.introduced = true
	}
	for _, m := range messages {
		text, err := a.catalogue.Render(lang, t.Clinic, m)
		if err != nil {
			// A text that cannot be rendered is a fault of catalogue or profile:
			// the patient gets the clinic's number, and staff the message.
			s.staff, s.broken = true, true
			text = t.Clinic.Phone
		}
		s.replies = append(s.replies, Reply{Key: m.Key, Language: lang, Text: text})
	}
	return s
}

// introduces reports whether the first reply of this kind says who is
// speaking. Emergency texts say it in their own words, and consent and help
// are about nothing else.
func introduces(v verdict) bool {
	switch v.disposition {
	case Answer, Escalate, Human, Decline:
		return v.intent != "other_language"
	}
	return false
}

// fixedKey is the catalogue key of a text that depends on the verdict alone.
func fixedKey(v verdict, e *evidence) string {
	if v.intent == "unreadable" {
		return "unreadable"
	}
	switch v.disposition {
	case Emergency:
		switch v.intent {
		case intentname.Poisoning, intentname.SelfHarm, intentname.Violence:
			return "emergency." + v.intent
		}
		return "emergency.medical"
	case Escalate:
		if e.attachment != "" {
			return "handoff.attachment"
		}
		return "handoff.care"
	case Human:
		switch v.intent {
		case intentname.Complaint, intentname.Callback, "other_language":
			return "human." + v.intent
		}
		return "human.request"
	case Consent:
		switch v.intent {
		case intentname.OptOut:
			return "consent.stopped"
		case intentname.OptIn:
			return "consent.started"
		}
		return "consent.help"
	}
	switch v.intent {
	case intentname.Abuse, intentname.Injection:
		return "decline." + v.intent
	}
	return "decline.off_topic"
}

// answers asks the clinic's facts for every safe question of the turn.
func (a *Agent) answers(t Turn, e *evidence, v verdict) ([]locales.Message, said) {
	var s said
	if v.intent == "unclear" {
		return []locales.Message{answer.Fixed("unclear", t.Clinic, t.Now)}, s
	}
	var messages []locales.Message
	s.unpublished = true
	for _, q := range a.questions(e, v) {
		got := answer.For(answer.Question{
			Intent: q.intent, Reading: &e.reading, From: q.from, To: q.to,
			Profile: t.Clinic, Now: t.Now, Previous: t.Session.Intents, Asked: t.Session.Asked,
		})
		for _, m := range got.Messages {
			if !holds(messages, m.Key) {
				messages = append(messages, m)
			}
		}
		s.staff = s.staff || got.Staff
		if s.answered == "" {
			s.answered = got.Intent
		}
		s.unpublished = s.unpublished && !got.Known
		if got.Asks != "" {
			s.asks = got.Asks
		}
	}
	return messages, s
}

type question struct {
	intent   string
	from, to int
}

// questions are the safe intents of the turn in the order they were asked:
// that of each clause that is sure, else that of the whole. Greetings and
// thanks around a question are not answered by themselves.
func (a *Agent) questions(e *evidence, v verdict) []question {
	n := len(e.reading.Text.Tokens)
	var out []question
	have := map[string]bool{}
	add := func(intent string, from, to int) {
		if len(out) < maxAnswers && !have[intent] {
			have[intent] = true
			out = append(out, question{intent, from, to})
		}
	}
	for _, p := range e.parts {
		if best := a.best(p.p, intents.FrontDesk); best.Confidence >= a.thresholds.Clause {
			add(best.Name, p.from, p.to)
		}
	}
	if !have[v.intent] {
		if len(out) > 0 && a.intents[v.intent].Kind == intents.Conversation {
			return out
		}
		if len(out) == 1 {
			out = out[:0] // the whole outweighs its only sure clause
		}
		add(v.intent, 0, n)
	}
	return out
}

func holds(messages []locales.Message, key string) bool {
	for _, m := range messages {
		if m.Key == key {
			return true
		}
	}
	return false
}

// name lists the turn's intents for the decision, the verdict's own first.
func (a *Agent) name(e *evidence, v verdict) []Intent {
	wanted := a.wanted(e)
	if v.intent == "" {
		return wanted
	}
	if _, ok := a.intents[v.intent]; !ok {
		return wanted
	}
	own := Intent{Name: v.intent}
	out := []Intent{own}
	for _, in := range wanted {
		if in.Name == v.intent {
			out[0].Confidence = in.Confidence
			continue
		}
		out = append(out, in)
	}
	if out[0].Confidence == 0 && len(e.whole) > 0 {
		out[0].Confidence = a.probability(e.whole, v.intent)
	}
	return out
}
