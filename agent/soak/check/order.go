package check

import "slices"

// order: what was accepted before the next was sent is stored before it, and
// turns take the stored events in their order: each one all that is there,
// up to its cursor, in the order in which it was written.
func (c *checker) order() {
	place := map[string]uint64{}
	for _, all := range c.stored {
		for _, s := range all {
			place[s.ID] = s.Seq
		}
	}
	for _, m := range c.accepted() {
		before, ok := c.message[m.After]
		if !ok || before.Accepted.IsZero() || place[m.ID] == 0 || place[m.After] == 0 {
			continue
		}
		if place[m.ID] < place[m.After] {
			c.violation(Reordered, m.Patient, before.Accepted, m.Accepted, "message %s was accepted before %s was sent and is stored after it", m.After, m.ID)
		}
	}
	for conversation, turns := range c.turnsOf {
		c.orderOf(conversation, turns)
	}
}

func (c *checker) orderOf(conversation string, turns []Turn) {
	cursor, at := uint64(0), turns[0].At
	for _, t := range turns {
		if t.Cursor <= cursor {
			c.violation(Reordered, conversation, at, t.At, "turn %s goes back from event %d to event %d", t.ID, cursor, t.Cursor)
			cursor = max(cursor, t.Cursor)
			continue
		}
		var want []Stored
		for _, s := range c.stored[conversation] {
			if s.Seq > cursor && s.Seq <= t.Cursor && s.ID != "" {
				want = append(want, s)
			}
		}
		slices.SortStableFunc(want, func(a, b Stored) int { return a.Written.Compare(b.Written) })
		// What is lost or doubled is told as that; here counts what this turn
		// was the first to decide.
		first := func(id string) bool { return c.turnOf[id].Seq == t.Seq }
		var ids, events []string
		for _, s := range want {
			if first(s.ID) {
				ids = append(ids, s.ID)
			}
		}
		for _, id := range t.Events {
			if first(id) {
				events = append(events, id)
			}
		}
		if !slices.Equal(ids, events) {
			c.violation(Reordered, conversation, at, t.At, "turn %s decided %v; written from event %d to %d were %v", t.ID, events, cursor+1, t.Cursor, ids)
		}
		cursor, at = t.Cursor, t.At
	}
}
