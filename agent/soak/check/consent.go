package check

import "time"

// consent: after an opt-out was confirmed the patient gets nothing but
// emergency texts, until they opt in again.
func (c *checker) consent() {
	turn := map[string]Turn{} // by the id of its reply
	for _, t := range c.Turns {
		turn[t.ID] = t
	}
	type stop struct {
		turn Turn
		at   time.Time // when it was confirmed
	}
	stopped := map[string]stop{} // by patient
	seen := map[string]bool{}
	for _, r := range c.Received {
		reply, ok := c.reply[r.Reply]
		if !ok || seen[r.Reply] {
			continue // told elsewhere
		}
		seen[r.Reply] = true
		if t := turn[r.Reply]; t.Consent == "stop" {
			stopped[r.Patient] = stop{t, r.At}
			continue
		}
		off, yes := stopped[r.Patient]
		if yes && !reply.Emergency && !reply.Stops && !c.startsAgain(off.turn, reply.Seq) {
			c.violation(Stopless, r.Patient, off.at, r.At, "reply %s came after the opt-out was confirmed", r.Reply)
		}
	}
	c.heeded()
}

// startsAgain reports whether the patient opted in again after a turn and not
// after this place of the turn stream.
func (c *checker) startsAgain(stop Turn, seq uint64) bool {
	for _, t := range c.turnsOf[stop.Conversation] {
		if t.Consent == "start" && t.Seq > stop.Seq && t.Seq <= seq {
			return true
		}
	}
	return false
}

// heeded: a message that opts out was decided as that, whatever came with it.
func (c *checker) heeded() {
	for _, m := range c.accepted() {
		t, decided := c.turnOf[m.ID]
		if m.Sort != Stop || !decided || t.Consent == "stop" || t.Consent == "start" {
			continue
		}
		if c.stoppedBefore(t) {
			continue
		}
		c.violation(Stopless, t.Conversation, m.Accepted, t.At, "message %s opts out and its turn, %s, did not", m.ID, t.Disposition)
	}
}

// stoppedBefore reports whether the patient had opted out before the turn.
func (c *checker) stoppedBefore(turn Turn) bool {
	stopped := false
	for _, t := range c.turnsOf[turn.Conversation] {
		if t.Seq >= turn.Seq {
			break
		}
		if t.Consent != "" {
			stopped = t.Consent == "stop"
		}
	}
	return stopped
}
