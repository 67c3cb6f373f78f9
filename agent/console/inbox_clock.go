package console

import (
	"time"

	"recado/agent/inbox"
)

// moment is a time as pages show it: short, and whole for those who point at
// it or read it by machine.
type moment struct {
	Stamp string // for datetime
	Text  string // 10:42 AM, or with its day
	Ago   string // 5 min ago
}

func momentOf(t Texts, at time.Time) moment {
	if at.IsZero() {
		return moment{}
	}
	return moment{Stamp: t.Stamp(at), Text: t.When(at), Ago: t.Ago(at)}
}

// How a clock stands.
const (
	clockLate    = "late"
	clockSoon    = "soon"
	clockRunning = "running"
	clockMet     = "met"
	clockMissed  = "missed"
)

// clockView is one of the times that a round is measured by. Whether it ran
// out is told by words and a shape, not by colour alone.
type clockView struct {
	Kind  inbox.Clock
	State string
	Text  string // "Late by 12 min", "12 min left", "Taken in time"
	Due   moment
	Name  string // "To be taken by"
	Done  string // when it was stopped
}

// nextClock is the clock that runs out next; nil where none is running.
func nextClock(t Texts, r inbox.Round, now time.Time) *clockView {
	due, kind := r.NextDue()
	if due.IsZero() {
		return nil
	}
	v := runningClock(t, kind, r.Opened, due, now)
	return &v
}

func runningClock(t Texts, kind inbox.Clock, opened, due, now time.Time) clockView {
	v := clockView{Kind: kind, Due: momentOf(t, due), Name: t.Say("clock." + string(kind))}
	left := due.Sub(now)
	if left < 0 {
		v.State = clockLate
		v.Text = t.Say("clock.over", "over", t.Lasting(left))
		return v
	}
	v.State, v.Text = clockRunning, t.Say("clock.running", "left", t.Lasting(left))
	if left <= soonBefore(opened, due) {
		v.State, v.Text = clockSoon, t.Say("clock.soon_left", "left", t.Lasting(left))
	}
	return v
}

// soonBefore is how long before it runs out a clock is marked: the last
// quarter, at most an hour.
func soonBefore(opened, due time.Time) time.Duration {
	return min(max(due.Sub(opened)/4, 2*time.Minute), time.Hour)
}

// clocksOf are both clocks of a round, also those that were stopped.
func clocksOf(t Texts, r inbox.Round, now time.Time) []clockView {
	var all []clockView
	for _, c := range []struct {
		kind         inbox.Clock
		due, stopped time.Time
	}{{inbox.ClockAcknowledge, r.AckDue, r.Acknowledged}, {inbox.ClockResolve, r.Due, r.Resolved}} {
		switch {
		case c.due.IsZero():
			continue
		case c.stopped.IsZero():
			all = append(all, runningClock(t, c.kind, r.Opened, c.due, now))
			continue
		}
		v := clockView{Kind: c.kind, State: clockMet, Due: momentOf(t, c.due), Name: t.Say("clock." + string(c.kind))}
		if c.stopped.After(c.due) {
			v.State = clockMissed
		}
		v.Text = t.Say("clock." + string(c.kind) + "_" + v.State)
		v.Done = t.Say("clock.done_at", "when", t.When(c.stopped))
		all = append(all, v)
	}
	return all
}
