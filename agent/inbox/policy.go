package inbox

import (
	"time"

	"recado/agent"
	"recado/agent/clinic"
)

// Target is how long staff may take.
type Target struct {
	Acknowledge time.Duration // until a person takes it
	Resolve     time.Duration // until it is done
	// OpenHours counts only time in which the clinic is open.
	OpenHours bool
}

// Policy is a clinic's rules for its inbox.
type Policy struct {
	// Hours is the clinic, for its opening hours. Without one every hour
	// counts.
	Hours *clinic.Profile
	// Targets are the times by priority. Default to DefaultTargets.
	Targets map[agent.Priority]Target
	// ReopenWithin is how long after it was resolved an arrival returns a
	// case to the queue; a later one opens the next case. Defaults to 24 h;
	// negative for never.
	ReopenWithin time.Duration
}

// DefaultTargets are the times where a clinic sets none.
func DefaultTargets() map[agent.Priority]Target {
	return map[agent.Priority]Target{
		agent.PriorityEmergency: {Acknowledge: 5 * time.Minute, Resolve: 30 * time.Minute},
		agent.PriorityUrgent:    {Acknowledge: 15 * time.Minute, Resolve: 2 * time.Hour},
		agent.PriorityRoutine:   {Acknowledge: 2 * time.Hour, Resolve: 8 * time.Hour, OpenHours: true},
		agent.PriorityRequest:   {Acknowledge: 4 * time.Hour, Resolve: 16 * time.Hour, OpenHours: true},
	}
}

// NewPolicy is the default policy with a clinic's hours; profile may be nil.
func NewPolicy(profile *clinic.Profile) Policy {
	return Policy{Hours: profile, Targets: DefaultTargets(), ReopenWithin: 24 * time.Hour}
}

// Rank orders priorities, the most pressing first; one that is unknown comes
// right after urgent.
func Rank(p agent.Priority) int {
	switch p {
	case agent.PriorityEmergency:
		return 0
	case agent.PriorityUrgent:
		return 1
	case agent.PriorityRoutine:
		return 3
	case agent.PriorityRequest:
		return 4
	}
	return 2
}

// round begins one with an arrival at a time.
func (p Policy) round(priority agent.Priority, at time.Time) Round {
	ack, due := p.Due(priority, at)
	return Round{Priority: priority, Opened: at, AckDue: ack, Due: due}
}

// Due is until when what came at a time has to be acknowledged and resolved.
// What is urgent, or more, and what has an unknown priority, does not wait
// for the clinic to open.
func (p Policy) Due(priority agent.Priority, at time.Time) (acknowledge, resolve time.Time) {
	t, ok := p.Targets[priority]
	if !ok {
		t, ok = DefaultTargets()[priority]
	}
	if !ok {
		t = DefaultTargets()[agent.PriorityUrgent]
	}
	if !t.OpenHours || Rank(priority) <= Rank(agent.PriorityUrgent) {
		return at.Add(t.Acknowledge), at.Add(t.Resolve)
	}
	return OpenTime(p.Hours, at, t.Acknowledge), OpenTime(p.Hours, at, t.Resolve)
}
