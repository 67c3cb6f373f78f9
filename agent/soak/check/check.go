package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Check returns every promise that the log shows broken; none for a good run.
func Check(l Log) []Violation {
	c := newChecker(l)
	c.turns()
	c.order()
	c.replies()
	c.staff()
	c.inbox()
	c.consent()
	c.emergencies()
	c.processes()
	slices.SortStableFunc(c.found, func(a, b Violation) int { return a.From.Compare(b.From) })
	return c.found
}

// checker is a log with what is looked up in it.
type checker struct {
	Log
	found []Violation

	message      map[string]Message  // by id
	conversation map[string]string   // of a message's id
	patient      map[string]string   // of a conversation
	stored       map[string][]Stored // by conversation, without what only repeats
	turnsOf      map[string][]Turn   // by conversation
	turnOf       map[string]Turn     // of a message's id
	reply        map[string]Reply    // by id
	notices      map[string][]Notice // by id
	delivery     map[string]Delivery // by reply
	got          map[string][]Received
}

func newChecker(l Log) *checker {
	c := &checker{
		Log: l, message: map[string]Message{}, conversation: map[string]string{}, patient: map[string]string{},
		stored: map[string][]Stored{}, turnsOf: map[string][]Turn{}, turnOf: map[string]Turn{},
		reply: map[string]Reply{}, notices: map[string][]Notice{}, delivery: map[string]Delivery{}, got: map[string][]Received{},
	}
	for _, m := range l.Messages {
		c.message[m.ID] = m
	}
	for _, s := range l.Stored {
		if _, known := c.conversation[s.ID]; known && s.ID != "" {
			continue // the same event again: its first place counts
		}
		c.stored[s.Conversation] = append(c.stored[s.Conversation], s)
		if s.ID != "" {
			c.conversation[s.ID] = s.Conversation
			if m, ok := c.message[s.ID]; ok {
				c.patient[s.Conversation] = m.Patient
			}
		}
	}
	for _, t := range l.Turns {
		c.turnsOf[t.Conversation] = append(c.turnsOf[t.Conversation], t)
		for _, id := range t.Events {
			if _, known := c.turnOf[id]; !known {
				c.turnOf[id] = t
			}
		}
	}
	for _, r := range l.Replies {
		if _, known := c.reply[r.ID]; !known {
			c.reply[r.ID] = r
		}
	}
	for _, n := range l.Notices {
		c.notices[n.ID] = append(c.notices[n.ID], n)
	}
	for _, d := range l.Deliveries {
		c.delivery[d.Reply] = d
	}
	for _, r := range l.Received {
		c.got[r.Reply] = append(c.got[r.Reply], r)
	}
	return c
}

func (c *checker) violation(class Class, of string, from, to time.Time, format string, args ...any) {
	if to.Before(from) {
		from, to = to, from
	}
	if to.IsZero() || from.IsZero() {
		from, to = c.whole(from, to)
	}
	c.found = append(c.found, Violation{
		Class: class, What: fmt.Sprintf(format, args...), Of: of, From: from, To: to, Faults: around(c.Faults, from, to),
	})
}

// whole fills in what is not known of a time.
func (c *checker) whole(from, to time.Time) (time.Time, time.Time) {
	last := to
	for _, f := range c.Faults {
		if f.To.After(last) {
			last = f.To
		}
	}
	return cmp.Or(from, to), cmp.Or(to, last)
}

// accepted are the messages that patients take for delivered, in a fixed
// order, without poison.
func (c *checker) accepted() []Message {
	var all []Message
	for _, m := range c.Messages {
		if m.Sort != Poison && !m.Accepted.IsZero() {
			all = append(all, m)
		}
	}
	return all
}
