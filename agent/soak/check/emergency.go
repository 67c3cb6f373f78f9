package check

import (
	"slices"
	"time"
)

// emergencies: each is answered in time, whatever happens to Redis and to the
// language model.
func (c *checker) emergencies() {
	for _, e := range c.EmergencyTimes() {
		if !e.Answered.IsZero() && e.Took() > e.Allowed {
			c.violation(Late, e.Message.Patient, e.Message.Accepted, e.Answered, "emergency %s was answered after %s, allowed were %s",
				e.Message.ID, e.Took().Round(time.Millisecond), e.Allowed)
		}
	}
}

// EmergencyTime is how long the answer to an emergency took.
type EmergencyTime struct {
	Message  Message
	Answered time.Time // zero: never, which is told as a lost reply
	Allowed  time.Duration
	Dark     bool // Redis was broken meanwhile
}

// Took is the time from the accepted webhook to the answer.
func (e EmergencyTime) Took() time.Duration { return e.Answered.Sub(e.Message.Accepted) }

// EmergencyTimes are those of all emergencies of the log.
func (l Log) EmergencyTimes() []EmergencyTime { return newChecker(l).EmergencyTimes() }

// EmergencyTimes are those of all emergencies.
func (c *checker) EmergencyTimes() []EmergencyTime {
	first := map[string]time.Time{} // by message
	for _, r := range c.Received {
		reply := c.reply[r.Reply]
		if !reply.Emergency {
			continue
		}
		for _, id := range reply.Answers {
			if _, known := first[id]; !known {
				first[id] = r.At
			}
		}
	}
	var all []EmergencyTime
	for _, m := range c.accepted() {
		if m.Sort != Emergency {
			continue
		}
		e := EmergencyTime{Message: m, Answered: first[m.ID]}
		if t, ok := c.turnOf[m.ID]; ok && e.Answered.IsZero() && !slices.Contains(t.OnReceipt, m.ID) {
			continue // a repeat beside others: told by the turn's own reply
		}
		e.Allowed, e.Dark = c.allowed(m.Accepted, e.Answered)
		all = append(all, e)
	}
	return all
}

// allowed is how long an emergency may take that was accepted and answered at
// these times.
func (c *checker) allowed(accepted, answered time.Time) (bound time.Duration, dark bool) {
	bound = c.Emergency.Within
	var blocked time.Time // the end of what blocked so far
	for _, f := range c.Faults {
		meanwhile := f.From.Before(answered) && f.To.After(accepted)
		if f.Kind.Part() == "redis" && meanwhile {
			dark = true
		}
		if f.Kind.StallsWorker() && f.From.Before(answered) && f.To.Add(c.Emergency.Stalled).After(accepted) {
			bound += c.Emergency.Stalled
		}
		if f.Kind.Blocks() && f.From.Before(answered) && f.To.Add(c.Emergency.Recovery).After(accepted) {
			from, to := later(later(f.From, accepted), blocked), f.To.Add(c.Emergency.Recovery)
			if to.After(from) {
				bound += to.Sub(from)
				blocked = to
			}
		}
	}
	return bound, dark
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
