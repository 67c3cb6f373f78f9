package check

import (
	"cmp"
	"maps"
	"slices"
)

// staff: every sensitive message is in exactly one notice, with its words.
func (c *checker) staff() {
	for _, m := range c.accepted() {
		t, decided := c.turnOf[m.ID]
		if !m.Sort.Sensitive() || !decided {
			continue
		}
		id := t.ID
		if slices.Contains(t.OnReceipt, m.ID) {
			id = c.onReceipt(m)
		}
		got := c.notices[id]
		switch {
		case len(got) == 0:
			c.violation(Lost, t.Conversation, m.Accepted, t.At, "message %s (%s) was decided as %s and did not come to staff", m.ID, m.Sort, t.Disposition)
		case len(got) > 1:
			c.violation(Doubled, t.Conversation, got[0].At, got[1].At, "message %s (%s) came to staff %d times", m.ID, m.Sort, len(got))
		case got[0].Fault != "":
			c.violation(Broken, t.Conversation, got[0].At, got[0].At, "notice %s: %s", id, got[0].Fault)
		case !slices.Contains(got[0].Texts, m.Text):
			c.violation(Lost, t.Conversation, got[0].At, got[0].At, "notice %s does not have the words of message %s", id, m.ID)
		}
	}
	for _, t := range c.Turns {
		forStaff := t.Disposition == "escalate" || t.Disposition == "human"
		if forStaff && len(t.Events) > len(t.OnReceipt) && len(c.notices[t.ID]) == 0 {
			c.violation(Lost, t.Conversation, t.At, t.At, "turn %s is for staff (%s) and did not come to them", t.ID, t.Disposition)
		}
	}
	for _, id := range sortedKeys(c.notices) {
		if all := c.notices[id]; len(all) > 1 {
			c.violation(Doubled, all[0].Conversation, all[0].At, all[1].At, "notice %s is in the stream %d times", id, len(all))
		}
	}
}

// onReceipt is the id of the notice that was made for a message alone: that
// of the reply which answers it alone.
func (c *checker) onReceipt(m Message) string {
	for _, r := range c.Replies {
		if r.Emergency && slices.Equal(r.Answers, []string{m.ID}) {
			return r.ID
		}
	}
	return ""
}

// rawSuffix ends the id under which the inbox files a dead letter, beside the
// notice that tells of it.
const rawSuffix = "-raw"

// inbox: everything for staff is filed, once.
func (c *checker) inbox() {
	if !c.HasInbox {
		return
	}
	filed := map[string]int{}
	for _, f := range c.Inbox {
		filed[f.ID]++
	}
	check := func(id, conversation string, n Notice) {
		switch {
		case filed[id] == 0:
			c.violation(Lost, conversation, n.At, n.At, "record %s is not in the inbox", id)
		case filed[id] > 1:
			c.violation(Doubled, conversation, n.At, n.At, "record %s is in the inbox %d times", id, filed[id])
		}
	}
	for _, id := range sortedKeys(c.notices) {
		check(id, c.notices[id][0].Conversation, c.notices[id][0])
	}
	for _, d := range c.Dead {
		check(d.ID+rawSuffix, d.Conversation, Notice{At: d.At})
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
