package standin

import (
	"recado/agent"
	"recado/agent/guard"
	"recado/intents"
)

// What the local path must grant before a model's word takes a message out of
// staff's hands.
const (
	mostRisk   = 0.10 // share of danger and care, in the whole and in any clause
	leastShare = 0.05 // of the intent that is answered
)

// P3
func (c *checker) anAnswerIsEarned() {
	after, before := c.after.Disposition, c.before.Disposition
	if after == before || after != agent.Answer && after != agent.Decline {
		return
	}
	if c.before.Rule != "policy.unsure" {
		c.broken("P3", "%s was given over %s", after, c.before.Rule)
	}
	if len(c.before.Signals) > 0 {
		c.broken("P3", "%s was given to a message that a detector speaks of", after)
	}
	if c.message.Attachment != "" {
		c.broken("P3", "%s was given to an attachment", after)
	}
	x := c.agent.Explain(c.turn)
	if x.Personal || x.Clinical {
		c.broken("P3", "%s was given with something personal or clinical left over", after)
	}
	if len(c.after.queries) == 0 || len(c.after.Intents) == 0 {
		c.broken("P3", "%s changed without a model, or names no intent", after)
		return
	}
	kinds := map[string]intents.Kind{}
	for _, in := range c.agent.Intents() {
		kinds[in.Name] = in.Kind
	}
	grave := func(all []agent.Intent) (share float64) {
		for _, in := range all {
			if kinds[in.Name] == intents.Sensitive || kinds[in.Name] == intents.Emergency {
				share += in.Confidence
			}
		}
		return share
	}
	named, whole := c.after.Intents[0].Name, c.after.queries[0].Local
	if share := grave(whole); share >= mostRisk {
		c.broken("P3", "%s was given where the classifier sees %.2f of danger or care", after, share)
	}
	for _, clause := range x.Clauses {
		if share := grave(clause.Likely); share >= mostRisk {
			c.broken("P3", "%s was given where the classifier sees %.2f of danger or care in a clause", after, share)
		}
	}
	for _, in := range whole {
		if in.Name == named && in.Confidence < leastShare {
			c.broken("P3", "%s is about %s, which the classifier gives %.3f", after, named, in.Confidence)
		}
	}
	c.sayItself(kinds[named])
}

// sayItself holds what the decision tells of the model against what was made
// of it.
func (c *checker) sayItself(kind intents.Kind) {
	var said []guard.Signal
	for _, s := range c.after.Signals {
		if s.Category == guard.CategoryLLM {
			said = append(said, s)
		}
	}
	if len(said) != 1 || said[0].Risk != guard.None || !(said[0].Strength >= c.agent.Thresholds().Answer && said[0].Strength <= 1) {
		c.broken("P3", "the decision does not show one model that was sure and saw no risk")
	}
	switch c.after.Disposition {
	case agent.Answer:
		if kind != intents.FrontDesk && kind != intents.Conversation {
			c.broken("P3", "an intent of kind %s was answered", kind)
		}
	case agent.Decline:
		if kind != intents.Decline {
			c.broken("P3", "an intent of kind %s was declined", kind)
		}
	}
}
