package suite

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"recado/agent"
)

var (
	dispositions = []agent.Disposition{agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline, agent.Silent}
	changes      = []agent.ConsentChange{agent.ConsentStop, agent.ConsentStart}
	priorities   = []agent.Priority{agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest}
)

// SlotNames are the facts that a reply may be about; see answer.Answer.
var SlotNames = []string{"day", "time", "location", "plan", "service", "provider", "price", "language"}

// expect checks the expectations of a message or a step.
func (c *checker) expect(at string, e Expect) {
	field := func(name string) string { return join(at, name) }
	item := func(name string, i int) string { return fmt.Sprintf("%s[%d]", field(name), i) }
	if e.Disposition != "" {
		oneOf(c, field("disposition"), e.Disposition, dispositions)
	} else if e.Also != nil {
		c.bad(field("also"), "stands without disposition: name the best one there")
	}
	for i, d := range e.Also {
		oneOf(c, item("also", i), d, dispositions)
	}
	for i, d := range e.Not {
		oneOf(c, item("not", i), d, dispositions)
		if d == e.Disposition || slices.Contains(e.Also, d) {
			c.bad(item("not", i), "%s is accepted and refused: remove it from one of the lists", d)
		}
	}
	if len(c.known.Intents) > 0 {
		for i, name := range e.Intents {
			oneOf(c, item("intents", i), name, c.known.Intents)
		}
		for i, name := range e.AllIntents {
			oneOf(c, item("all_intents", i), name, c.known.Intents)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Slots)) {
		oneOf(c, join(field("slots"), name), name, SlotNames)
	}
	if e.ReplyLang != "" {
		oneOf(c, field("reply_lang"), e.ReplyLang, replyLangs)
	}
	for i, key := range e.Reply {
		if c.known.Reply != nil && !c.known.Reply(key) {
			c.bad(item("reply", i), "no text has the key %q: locales/en.toml lists them", key)
		}
	}
	c.words(field("contains"), e.Contains)
	c.words(field("lacks"), e.Lacks)
	for i, pattern := range e.Matches {
		if _, err := regexp.Compile(pattern); err != nil {
			c.bad(item("matches", i), "is no regular expression of Go's package regexp (%s): quote special characters with a backslash", err)
		}
	}
	if e.Consent != "" {
		oneOf(c, field("consent"), e.Consent, changes)
	}
	if e.Priority != "" {
		oneOf(c, field("priority"), e.Priority, priorities)
		if e.Staff != nil && !*e.Staff {
			c.bad(field("priority"), "a record for staff is expected here and ruled out by staff: false: keep one")
		}
	}
	c.booking(field("booking"), e.Booking)
	if e.Replies != nil && *e.Replies < 0 {
		c.bad(field("replies"), "is negative: write 0 for no reply")
	}
	if e.MaxMillis != nil && *e.MaxMillis <= 0 {
		c.bad(field("max_ms"), "must be above 0, in milliseconds")
	}
	if e.MaxTokens != nil && *e.MaxTokens < 0 {
		c.bad(field("max_tokens"), "is negative: write 0 where no model may be asked")
	}
}

// empty reports whether nothing is asked.
func (e Expect) empty() bool {
	return e.Disposition == "" && e.Not == nil && e.Intents == nil && e.AllIntents == nil && e.Slots == nil && e.ReplyLang == "" &&
		e.Reply == nil && e.Replies == nil && e.Contains == nil && e.Lacks == nil && e.Matches == nil && e.Consent == "" &&
		e.Staff == nil && e.Priority == "" && e.Booking == nil && e.MaxMillis == nil && e.MaxTokens == nil
}

// Accepts reports whether d is the best disposition or one of Also.
func (e Expect) Accepts(d agent.Disposition) bool {
	return d == e.Disposition || slices.Contains(e.Also, d)
}
