package agent

import (
	"math"
	"slices"

	"recado/agent/answer"
	"recado/agent/guard"
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
	slots      map[string]string
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
		messages = []locales.Message{{Key: fixedKey(v, e)}}
		if v.disposition != Consent && v.consent(e) == ConsentStop && !t.Session.Stopped {
			// a stop beside something that staff must see is confirmed as well
			messages = append(messages, locales.Message{Key: "consent.stopped"})
		}
		s.staff = v.disposition == Consent && (len(t.Events) > 1 || e.unreadable || e.touchesCare())
	}
	s.staff = s.staff || e.unreadable || e.visit.said.Staff || e.visit.untold.Staff
	messages = append(messages, e.visit.said.Messages...)
	if a.delayed(t, v) {
		messages = append([]locales.Message{{Key: "delayed"}}, messages...)
	}
	if !t.Session.Introduced && introduces(v) {
		messages = introduced(messages, e.visit)
		s.introduced = true
	}
	link := ""
	if makesRecord(v.disposition) {
		link = t.Private
	}
	for _, m := range messages {
		text, err := a.render(lang, t, m, link)
		if err != nil {
			// A text that cannot be rendered is a fault of catalogue or profile:
			// the patient gets the clinic's number, and staff the message.
			s.staff, s.broken = true, true
			text = t.Clinic.Phone
		}
		s.replies = append(s.replies, Reply{Key: m.Key, Language: lang, Text: text})
	}
	a.offerChoices(lang, t, e.visit, &s)
	return s
}

// makesRecord reports whether staff get a record whenever this is decided: the
// patient's own link leads nowhere else.
func makesRecord(d Disposition) bool { return d == Emergency || d == Escalate || d == Human }

// render writes a message; one without arguments is a fixed text. link, if not
// empty, takes the place of the profile's link to a private page.
func (a *Agent) render(lang language.Language, t Turn, m locales.Message, link string) (string, error) {
	if m.Args == nil && link != "" {
		m = answer.Fixed(m.Key, t.Clinic, t.Now)
		m.Args["secure"] = link
		return a.catalogue.Render(lang, t.Clinic, m)
	}
	if m.Args == nil {
		return answer.RenderFixed(a.catalogue, lang, m.Key, t.Clinic, t.Now)
	}
	return a.catalogue.Render(lang, t.Clinic, m)
}

// touchesCare reports whether a rule found something of a person's care.
func (e *evidence) touchesCare() bool {
	for _, s := range e.signals {
		if s.Risk >= guard.Escalate {
			return true
		}
	}
	return false
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
		return []locales.Message{{Key: "unclear"}}, s
	}
	var messages []locales.Message
	s.unpublished = true
	for _, q := range e.questions {
		if e.visit.answers(q.Name) {
			s.unpublished = false
			if s.answered == "" {
				s.answered = q.Name
			}
			continue
		}
		got := answer.For(answer.Question{
			Intent: q.Name, Reading: &e.reading, From: q.from, To: q.to,
			Profile: t.Clinic, Now: t.Now, Previous: t.Session.Intents, Asked: t.Session.Asked,
		})
		for _, m := range got.Messages {
			if !holds(messages, m.Key) {
				messages = append(messages, m)
			}
		}
		for name, value := range got.Slots {
			if s.slots == nil {
				s.slots = map[string]string{}
			}
			if _, ok := s.slots[name]; !ok {
				s.slots[name] = value
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
	if v.rule == ruleVisitReply {
		messages = append(messages, a.besideVisit(t, e, &s)...)
	}
	if request, ok := a.requestBeside(e); ok && !s.unpublished {
		messages = append(messages, locales.Message{Key: fixedKey(verdict{disposition: Human, intent: request}, e)})
		s.staff = true
	}
	return messages, s
}

// requestBeside is what a clause of the turn asks of staff, beside a question
// that is answered: "do you take Medicaid? and can I talk to a person".
func (a *Agent) requestBeside(e *evidence) (intent string, ok bool) {
	if len(e.parts) < 2 {
		return "", false
	}
	for _, part := range e.parts {
		if best := a.best(part.p, intents.Request); best.Confidence >= certain {
			return best.Name, true
		}
	}
	return "", false
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
	for _, q := range e.questions {
		if !slices.ContainsFunc(out, func(in Intent) bool { return in.Name == q.Name }) {
			out = append(out, Intent{Name: q.Name, Confidence: math.Round(q.Confidence*1000) / 1000})
		}
	}
	return out
}
