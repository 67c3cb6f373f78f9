package inbox

import (
	"math"
	"slices"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/language"
)

// Stats are the numbers of an inbox. They hold nothing about one patient.
type Stats struct {
	// Now: the cases that are not resolved.
	Open       int                       // in the queue
	Claimed    int                       //
	Waiting    int                       // not acknowledged
	Late       int                       // a clock ran out
	Oldest     time.Duration             // since the longest waiting one was opened
	ByPriority map[agent.Priority]int    //
	ByAge      []int                     // one number for each of AgeLimits, and one for what is older
	ByReason   map[string]int            // first part of the rule that decided, e.g. "gate", whatever its language; "" where none is known
	ByLanguage map[language.Language]int //

	// Over the time asked for: rounds by when they were opened.
	Opened      int
	Resolved    int
	Acknowledge Times
	Resolve     Times
	Outcomes    map[Outcome]int
}

// Times sums up how long something took.
type Times struct {
	N        int           // how many were done
	P50, P90 time.Duration // of those that were done
	// OnTime is the share that was done before its time ran out, among those
	// that were done or ran out. It is 1 where there is none.
	OnTime float64
}

// AgeLimits are the upper bounds of Stats.ByAge.
var AgeLimits = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour}

// Measure counts cases: those that are not resolved as they are now, and
// rounds that were opened since.
func Measure(cases []Case, since, now time.Time) Stats {
	s := Stats{
		ByPriority: map[agent.Priority]int{}, ByAge: make([]int, len(AgeLimits)+1), ByReason: map[string]int{},
		ByLanguage: map[language.Language]int{}, Outcomes: map[Outcome]int{},
	}
	var ack, resolve sample
	for i := range cases {
		c := &cases[i]
		if c.State != Resolved {
			s.count(c, now)
		}
		for _, r := range append(slices.Clone(c.Past), c.Round) {
			if r.Opened.Before(since) {
				continue
			}
			s.Opened++
			ack.add(r.Opened, r.AckDue, r.Acknowledged, now)
			resolve.add(r.Opened, r.Due, r.Resolved, now)
			if !r.Resolved.IsZero() {
				s.Resolved++
				s.Outcomes[r.Outcome]++
			}
		}
	}
	s.Acknowledge, s.Resolve = ack.times(), resolve.times()
	return s
}

func (s *Stats) count(c *Case, now time.Time) {
	if c.State == Open {
		s.Open++
	} else {
		s.Claimed++
	}
	if c.Waiting() {
		s.Waiting++
	}
	if len(c.Round.Late(now)) > 0 {
		s.Late++
	}
	age := now.Sub(c.Round.Opened)
	s.Oldest = max(s.Oldest, age)
	slot := 0
	for slot < len(AgeLimits) && age >= AgeLimits[slot] {
		slot++
	}
	s.ByAge[slot]++
	s.ByPriority[c.Round.Priority]++
	s.ByLanguage[c.Language]++
	reason := ""
	if len(c.Rules) > 0 {
		reason, _, _ = strings.Cut(strings.TrimPrefix(c.Rules[0], "es."), ".")
	}
	s.ByReason[reason]++
}

// sample is the times of one kind.
type sample struct {
	took         []time.Duration
	onTime, late int
}

func (s *sample) add(from, due, done, now time.Time) {
	if !done.IsZero() {
		s.took = append(s.took, done.Sub(from))
	}
	switch {
	case ranOut(due, done, now):
		s.late++
	case !done.IsZero():
		s.onTime++
	}
}

func (s *sample) times() Times {
	slices.Sort(s.took)
	t := Times{N: len(s.took), P50: quantile(s.took, 0.5), P90: quantile(s.took, 0.9), OnTime: 1}
	if n := s.onTime + s.late; n > 0 {
		t.OnTime = float64(s.onTime) / float64(n)
	}
	return t
}

// quantile is the smallest of the sorted values that a share q of them does
// not exceed.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}
