package check

import (
	"slices"
	"strings"
)

// States of a delivery that settle a reply without sending it.
const (
	withheld = "withheld"
	failed   = "failed"
)

// replies: every turn that speaks has one reply, every reply reaches its
// patient once and in order, and nothing else does.
func (c *checker) replies() {
	published, answered := map[string]int{}, map[string]Reply{}
	for _, r := range c.Replies {
		published[r.ID]++
		if published[r.ID] == 2 {
			c.violation(Doubled, r.Conversation, c.reply[r.ID].At, r.At, "reply %s is in the stream twice", r.ID)
		}
		for _, id := range r.Answers {
			if first, ok := answered[id]; ok && first.ID != r.ID {
				c.violation(Doubled, r.Conversation, first.At, r.At, "message %s is answered by %s and by %s", id, first.ID, r.ID)
			}
			answered[id] = r
		}
	}
	for _, t := range c.Turns {
		open := len(t.Events) - len(t.OnReceipt)
		repeats := t.Disposition == string(Emergency) && len(t.OnReceipt) > 0 // the patient has that text
		switch {
		case open > 0 && !repeats && t.Speaks && published[t.ID] == 0:
			c.violation(Lost, t.Conversation, t.At, t.At, "turn %s decided on a reply that was not published", t.ID)
		case open > 0 && !repeats && !t.Speaks && t.Disposition != "silent":
			c.violation(Lost, t.Conversation, t.At, t.At, "turn %s is %s and says nothing", t.ID, t.Disposition)
		}
		for _, id := range t.OnReceipt {
			if _, ok := answered[id]; !ok {
				c.violation(Lost, t.Conversation, t.At, t.At, "emergency %s counts as answered and no reply was published", id)
			}
		}
	}
	for _, id := range sortedKeys(c.reply) {
		c.arrived(c.reply[id])
	}
	for _, r := range c.Received {
		if _, ok := c.reply[r.Reply]; !ok {
			c.violation(Broken, r.Patient, r.At, r.At, "a patient got %q, which no turn decided on", r.Reply)
		}
	}
	c.receivedInOrder()
}

// arrived: a reply reaches its patient once. One that was withheld, because
// the patient had opted out, is told in the delivery's record.
func (c *checker) arrived(r Reply) {
	patient := c.patient[r.Conversation]
	if patient == "" {
		return // poison has no patient
	}
	got := c.got[r.ID]
	d := c.delivery[r.ID]
	switch {
	case len(got) > 1:
		c.violation(Doubled, patient, got[0].At, got[len(got)-1].At, "reply %s reached the patient %d times", r.ID, len(got))
	case len(got) == 1:
		if got[0].Patient != patient {
			c.violation(Broken, patient, got[0].At, got[0].At, "reply %s reached another patient, %s", r.ID, got[0].Patient)
		}
	case d.State == withheld && !r.Emergency && !r.Stops && c.optsOut(r.Conversation):
	default:
		c.violation(Lost, patient, r.At, r.At, "reply %s did not reach the patient (%s)", r.ID, strings.TrimSpace("delivery: "+d.State+" "+d.Reason))
	}
}

func (c *checker) optsOut(conversation string) bool {
	return slices.ContainsFunc(c.turnsOf[conversation], func(t Turn) bool { return t.Consent == "stop" })
}

// receivedInOrder: but for emergencies, which overtake, replies come in the
// order in which they were decided.
func (c *checker) receivedInOrder() {
	last := map[string]Received{}
	seen := map[string]bool{}
	for _, r := range c.Received {
		reply, ok := c.reply[r.Reply]
		if !ok || reply.Emergency || seen[r.Reply] {
			continue
		}
		seen[r.Reply] = true
		before, any := last[r.Patient]
		if any && c.reply[before.Reply].Seq > reply.Seq {
			c.violation(Reordered, r.Patient, before.At, r.At, "reply %s came after %s, which was decided later", r.Reply, before.Reply)
			continue
		}
		last[r.Patient] = r
	}
}
