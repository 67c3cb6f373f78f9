package agent

import "time"

// DelayedAfter is how long a patient waits before the reply begins with an
// apology, if New was given no other time.
const DelayedAfter = 2 * time.Minute

// WithDelayedAfter sets how long a patient may wait for a reply before it
// begins with an apology; 0 or less means never.
func WithDelayedAfter(d time.Duration) Option { return func(a *Agent) { a.delayedAfter = d } }

// delayed reports whether the reply begins with an apology for its delay: the
// oldest message of the turn has waited for long, and no turn was decided
// since it was written, so the patient is told once, however many turns a
// backlog makes of their messages. An emergency's text stands alone, and so
// does what confirms a stop.
func (a *Agent) delayed(t Turn, v verdict) bool {
	switch v.disposition {
	case Answer, Escalate, Human, Decline:
	default:
		return false
	}
	var oldest time.Time
	for _, e := range t.Events {
		if e.Kind == KindReaction || e.Kind == KindSystem || e.At.IsZero() {
			continue // nobody waits for an answer to it
		}
		if oldest.IsZero() || e.At.Before(oldest) {
			oldest = e.At
		}
	}
	return a.delayedAfter > 0 && !oldest.IsZero() && t.Now.Sub(oldest) >= a.delayedAfter && t.Session.LastAt.Before(oldest)
}
