package agent

import (
	"recado/agent/language"
	"recado/intents"
)

// leastTopic is how sure a text's topic must be for it to be what a short
// message after it refers to.
const leastTopic = 0.3

// Overhear returns s after somebody other than the patient wrote in the
// conversation: a person of the clinic, or the other side of a history that
// Recado did not answer. A question or an offer of theirs is what the
// patient's next short message refers to, as an own reply is.
func (a *Agent) Overhear(s Session, m Message) Session {
	for _, known := range s.Tail {
		if known.From == m.From && known.Text == m.Text {
			return s
		}
	}
	s.Tail = lastOf(append(append([]Message(nil), s.Tail...), m), tailLimit)
	r := a.reader.Read(m.Text)
	if len(r.Text.Tokens) == 0 {
		return s
	}
	if l := r.Language.Language; s.Language == "" && (l == language.English || l == language.Spanish) {
		s.Language = l
	}
	topic := a.best(a.classifier.Classify(&r, 0, len(r.Text.Tokens)), intents.FrontDesk)
	if topic.Confidence >= leastTopic {
		s.Intents = append([]string{topic.Name}, s.Intents...)
	}
	return s
}
