package ladder

import (
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/inbox"
)

// Alarm is what a ladder is climbed for.
type Alarm struct {
	Priority agent.Priority
	From     time.Time // when it began
	// Acknowledged: somebody has it, so nobody else is paged.
	Acknowledged bool
	// Once takes the first step alone, until it reached somebody.
	Once bool
}

// Progress is what was done about an alarm. The zero value is nothing.
type Progress struct {
	Sent int       // steps taken, repeats included
	Step int       // the last one's index
	At   time.Time // when it was done
	// Failures is how many steps in a row, up to the last, reached nobody.
	Failures int
	// Missed: the last step reached some of its contacts only.
	Missed bool
}

// Due is the step to take next.
type Due struct {
	Step int // its index
	At   time.Time
}

// Gap is the least time between two steps.
const Gap = 15 * time.Second

// soon is how long after a step that reached nobody the next one is taken;
// it doubles with each one in a row.
const soon = 30 * time.Second

// MostOnce is how often an alarm that is told once is tried.
const MostOnce = 10

// Next returns the step to take next, at or after its time; ok is false where
// nothing more is to be done.
//
// What is urgent, or more, is paged at any hour. Routine and requests wait
// for the clinic to be open and for quiet hours to end. A step that could not
// be delivered brings the next one forward; after the last step that is the
// first one again, so that one dead provider at the end of the ladder does
// not make it silent. Steps keep their distance from each other when the
// first one was late, so that everybody has their time to answer. now is when
// it is asked; profile may be nil.
func (l Ladder) Next(a Alarm, p Progress, now time.Time, profile *clinic.Profile) (Due, bool) {
	steps := l.steps(a.Priority)
	if a.Acknowledged || len(steps) == 0 {
		return Due{}, false
	}
	d := Due{Step: steps[0], At: a.From.Add(l.Steps[steps[0]].After)}
	if a.Once {
		d.At = a.From
	}
	switch {
	case p.Sent == 0:
	case a.Once && (p.Failures == 0 || p.Failures >= MostOnce):
		return Due{}, false
	case a.Once:
		d.At = p.At.Add(backoff(p.Failures))
	default:
		var wait time.Duration
		d.Step, wait = l.after(steps, p)
		d.At = p.At.Add(max(wait, Gap))
	}
	if inbox.Rank(a.Priority) > inbox.Rank(agent.PriorityUrgent) && inbox.Rank(a.Priority) != inbox.Rank("") {
		if d.At.Before(now) {
			d.At = now
		}
		d.At = l.Calm(d.At, profile)
	}
	return d, true
}

// after is the step after those of p, and how long to wait for it.
func (l Ladder) after(steps []int, p Progress) (step int, wait time.Duration) {
	at := 0
	for i, s := range steps {
		if s <= p.Step {
			at = i
		}
	}
	if at == len(steps)-1 {
		if p.Failures > 0 {
			return steps[0], min(l.repeat(), backoff(p.Failures))
		}
		return steps[at], l.repeat()
	}
	step = steps[at+1]
	wait = l.Steps[step].After - l.Steps[steps[at]].After
	switch {
	case p.Failures > 0:
		wait = min(wait, backoff(p.Failures))
	case p.Missed:
		wait = min(wait, soon)
	}
	return step, wait
}

func (l Ladder) repeat() time.Duration {
	if l.Repeat <= 0 {
		return DefaultRepeat
	}
	return l.Repeat
}

func backoff(failures int) time.Duration { return soon << min(max(failures-1, 0), 8) }

// calmHorizon is how many times a quiet opening is passed over.
const calmHorizon = 60

// Calm is the first moment at or after t at which what can wait may be paged:
// the clinic is open and it is not within quiet hours. Where there is none
// for long it is a moment as good as any: late is better than never.
func (l Ladder) Calm(t time.Time, profile *clinic.Profile) time.Time {
	for range calmHorizon {
		open := inbox.OpenTime(profile, t, 0)
		end, quiet := l.quietUntil(open, profile)
		if !quiet {
			return open
		}
		t = end
	}
	return t
}

// quietUntil reports whether t is within quiet hours, and until when.
func (l Ladder) quietUntil(t time.Time, profile *clinic.Profile) (end time.Time, quiet bool) {
	if l.Quiet == nil {
		return t, false
	}
	zone := t.Location()
	if profile != nil && profile.Zone != nil {
		zone = profile.Zone
	}
	today := clinic.DateOf(t.In(zone))
	for _, day := range []clinic.Date{today.AddDays(-1), today} {
		last := day
		if l.Quiet.Close <= l.Quiet.Open {
			last = day.AddDays(1)
		}
		begin, end := day.At(l.Quiet.Open, zone), last.At(l.Quiet.Close, zone)
		if !t.Before(begin) && t.Before(end) {
			return end.In(t.Location()), true
		}
	}
	return t, false
}
