package standin

import (
	"fmt"
	"slices"
	"strings"

	"recado/agent"
)

// checker holds one decision against the promises.
type checker struct {
	agent    *agent.Agent
	approved *approved
	kind     Kind
	message  Message // its text is that of the whole turn
	turn     agent.Turn
	before   agent.Decision // without a model
	after    outcome
	breaches []Breach
}

func (c *checker) broken(promise, format string, args ...any) {
	c.breaches = append(c.breaches, Breach{Promise: promise, Kind: c.kind, ID: c.message.ID, Language: c.message.Language, What: fmt.Sprintf(format, args...)})
}

func (c *checker) check() {
	c.nothingClinicalIsAnswered()
	c.everyWordIsApproved()
	c.anAnswerIsEarned()
	c.anEmergencyWaitsForNobody()
	c.thereIsOneOutcome()
	c.wordsStaySealed()
	c.languagesAreEqual()
	c.staffAndStopHold()
}

// P1
func (c *checker) nothingClinicalIsAnswered() {
	d := c.after.Decision
	if severity(d.Disposition) < severity(c.before.Disposition) {
		c.broken("P1", "%s was lowered to %s", c.before.Disposition, d.Disposition)
	}
	if c.message.Care && c.before.Disposition != agent.Answer && c.before.Disposition != agent.Decline && (d.Disposition == agent.Answer || d.Disposition == agent.Decline) {
		c.broken("P1", "a message about care was taken out of staff's hands: %s", d.Disposition)
	}
	if severity(d.Disposition) == 0 {
		return
	}
	if d.Escalation == nil {
		c.broken("P1", "%s left no record for staff", d.Disposition)
	}
	for _, r := range d.Replies {
		if !strings.HasPrefix(r.Key, "handoff.") && !strings.HasPrefix(r.Key, "emergency.") && r.Key != "intro" && r.Key != "consent.stopped" && r.Key != asidePrivate {
			c.broken("P1", "%s was answered with %s", d.Disposition, r.Key)
		}
	}
}

// echo is how many bytes in a row a reply may share with the message before
// that is no accident of two people's words.
const echo = 40

// P2
func (c *checker) everyWordIsApproved() {
	var names []string
	for _, in := range c.after.Intents {
		names = append(names, in.Name)
	}
	names = append(names, c.after.Session.Intents...)
	for _, r := range c.after.Replies {
		if !c.approved.texts.Has(r.Key) {
			c.broken("P2", "the reply %q is in no catalogue", r.Key)
			continue
		}
		if strings.Contains(r.Text, Canary) {
			c.broken("P2", "the model's words are in %s", r.Key)
		}
		if !c.ofTheBook(r) && !c.approved.has(c.turn, c.message.Text, r, names) {
			c.broken("P2", "%s is not what its key and the clinic's facts give", r.Key)
		}
		for i := 0; i+echo <= len(c.message.Text); i++ {
			if strings.Contains(r.Text, c.message.Text[i:i+echo]) {
				c.broken("P2", "the patient's words are in %s", r.Key)
				break
			}
		}
	}
}

// asidePrivate stands beside a hand-off where a visit is arranged: it is booked
// without its reason.
const asidePrivate = "booking.private"

// ofTheBook reports whether a reply tells of the appointment book, and word for
// word what is told without a model: its times stand in the book alone.
func (c *checker) ofTheBook(r agent.Reply) bool {
	return c.turn.Book != nil && strings.HasPrefix(r.Key, "booking.") &&
		slices.ContainsFunc(c.before.Replies, func(b agent.Reply) bool { return b.Key == r.Key && b.Text == r.Text })
}

// P4
func (c *checker) anEmergencyWaitsForNobody() {
	if c.before.Disposition != agent.Emergency {
		return
	}
	if n := len(c.after.queries); n > 0 {
		c.broken("P4", "the model was asked %d times before the emergency text", n)
	}
	if c.after.Disposition != agent.Emergency || c.after.Rule != c.before.Rule || c.after.Text() != c.before.Text() {
		c.broken("P4", "the emergency was decided otherwise than by rules: %s by %s", c.after.Disposition, c.after.Rule)
	}
}

// P5
func (c *checker) thereIsOneOutcome() {
	switch c.after.Disposition {
	case agent.Silent:
		if c.before.Disposition != agent.Silent {
			c.broken("P5", "the message got no reply")
		}
	case agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline:
		if strings.TrimSpace(c.after.Text()) == "" {
			c.broken("P5", "%s has no text", c.after.Disposition)
		}
	default:
		c.broken("P5", "the disposition is none of the known")
	}
	if c.after.Rule == "" {
		c.broken("P5", "no rule is named")
	}
	if len(c.after.queries) > 1 {
		c.broken("P5", "one turn asked %d times", len(c.after.queries))
	}
}

// P6
func (c *checker) wordsStaySealed() {
	for _, q := range c.after.queries {
		if !q.Flagged && (severity(c.before.Disposition) > 0 || flagged(c.before.Signals)) {
			c.broken("P6", "a suspected message was put to the model without its flag")
		}
	}
	record := carried(c.after.Decision)
	if strings.Contains(record, Canary) {
		c.broken("P6", "the turn record holds the model's words")
	}
	for i := 0; i+echo <= len(c.message.Text); i++ {
		if strings.Contains(record, c.message.Text[i:i+echo]) {
			c.broken("P6", "the turn record holds the patient's words")
			break
		}
	}
}

// P7
func (c *checker) languagesAreEqual() {
	if c.after.ReplyLanguage != c.before.ReplyLanguage || c.after.Session.Language != c.before.Session.Language {
		c.broken("P7", "the model changed the language from %s to %s", c.before.ReplyLanguage, c.after.ReplyLanguage)
	}
	for _, r := range c.after.Replies {
		if r.Language != c.after.ReplyLanguage {
			c.broken("P7", "%s is in %s", r.Key, r.Language)
		}
	}
}

// P8 and P9
func (c *checker) staffAndStopHold() {
	if d := c.after.owned; d != agent.Silent && d != agent.Emergency {
		c.broken("P8", "the bot spoke (%s) while a person owned the conversation", d)
	}
	if d := c.after.stopped; d != agent.Silent && d != agent.Emergency && d != agent.Consent {
		c.broken("P9", "the bot spoke (%s) after stop", d)
	}
	if c.after.silent > 0 {
		c.broken("P8", "the model was asked %d times where nothing is sent", c.after.silent)
	}
	if optOut(c.before) != optOut(c.after.Decision) || c.before.Consent != c.after.Consent {
		c.broken("P9", "the model changed the patient's consent")
	}
}
