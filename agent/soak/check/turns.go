package check

import (
	"time"

	"recado/agent/channel"
)

// turns: every message is in exactly one turn, every stray event in exactly
// one dead letter.
func (c *checker) turns() {
	count := map[string]int{}
	for _, t := range c.Turns {
		for _, id := range t.Events {
			count[id]++
			if count[id] == 2 {
				c.violation(Doubled, t.Conversation, c.turnOf[id].At, t.At, "message %s was decided in two turns, %s and %s", id, c.turnOf[id].ID, t.ID)
			}
		}
	}
	for _, m := range c.Messages {
		switch {
		case m.Sort == Poison:
		case m.Accepted.IsZero():
			// The patient's phone shows that it was not delivered, after more
			// attempts than the run has time for.
			c.violation(Lost, m.Patient, m.Begun, m.Begun, "the webhook never took message %s", m.ID)
		case c.conversation[m.ID] == "":
			c.violation(Lost, m.Patient, m.Begun, m.Accepted, "message %s was accepted and is not in the input stream", m.ID)
		case count[m.ID] == 0:
			c.violation(Lost, c.conversation[m.ID], m.Accepted, m.Accepted, "message %s (%s) has no outcome", m.ID, m.Sort)
		}
	}
	for _, all := range c.stored {
		for _, s := range all {
			if _, ok := c.message[s.ID]; s.ID != "" && !ok && !channel.IsCarriedStart(s.ID) {
				c.violation(Broken, s.Conversation, s.At, s.At, "event %d, %s, was written by nobody: a forged webhook was taken in", s.Seq, s.ID)
			}
		}
	}
	c.poison()
}

func (c *checker) poison() {
	letters, turns := map[uint64]int{}, map[uint64]int{}
	for _, d := range c.Dead {
		letters[d.Event]++
	}
	for _, t := range c.Turns {
		for _, seq := range t.Dead {
			turns[seq]++
		}
	}
	for _, m := range c.Messages {
		if m.Sort != Poison || m.Seq == 0 {
			continue
		}
		switch n, t := letters[m.Seq], turns[m.Seq]; {
		case n == 0 || t == 0:
			c.violation(Lost, m.Patient, m.Accepted, m.Accepted, "poison %d is in %d dead letters and %d turns, want one each", m.Seq, n, t)
		case n > 1 || t > 1:
			c.violation(Doubled, m.Patient, m.Accepted, m.Accepted, "poison %d is in %d dead letters and %d turns, want one each", m.Seq, n, t)
		}
	}
	at := map[uint64]Stored{}
	for _, all := range c.stored {
		for _, s := range all {
			at[s.Seq] = s
		}
	}
	for _, d := range c.Dead {
		s := at[d.Event]
		if s.ID == "" || c.deaths(s.At, d.At) >= givenUpAfter {
			continue
		}
		c.violation(Lost, d.Conversation, s.At, d.At, "message %s can be read, no worker died over it often enough, and it was given up undecided", s.ID)
	}
}

// givenUpAfter is how many workers have to die over a turn before it goes to
// staff undecided.
const givenUpAfter = 3

// deaths is how many workers were killed or stopped in a time.
func (c *checker) deaths(from, to time.Time) int {
	n := 0
	for _, f := range c.Faults {
		if f.Kind.StallsWorker() && f.From.Before(to) && f.To.After(from) {
			n++
		}
	}
	return n
}
