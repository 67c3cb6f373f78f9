package console

import (
	"time"

	"recado/agent"
	"recado/agent/inbox"
)

// pulse is what every page of the inbox knows about the clinic's queue: how
// much is waiting, for alerts, and how old what it shows is. It names one case
// by its reference and nothing about a patient.
type pulse struct {
	Revision  uint64
	Fresh     bool
	Since     int64 // when the index was last known to lack nothing, in milliseconds
	Emergency int   // waiting for somebody to take them
	Urgent    int
	Other     int
	First     string // reference of the most pressing one that is waiting
	FirstPath string
}

// count takes the cases in the order of the queue.
func (p *pulse) count(c *inbox.Case, _ time.Time) {
	if !c.Waiting() {
		return
	}
	switch {
	case c.Round.Priority == agent.PriorityEmergency:
		p.Emergency++
	case inbox.Rank(c.Round.Priority) <= inbox.Rank("unknown"):
		p.Urgent++
	default:
		p.Other++
	}
	if p.First == "" {
		p.First, p.FirstPath = inbox.Reference(c.ID), casePath(c.Clinic, c.ID)
	}
}

// Alarm is how many are waiting.
func (p pulse) Alarm() int { return p.Emergency + p.Urgent + p.Other }

// fresh notes how the index stands.
func (p *pulse) fresh(s *Server) {
	since, ok := s.cfg.Index.Fresh()
	p.Fresh, p.Since = ok, since.UnixMilli()
}

// pulseFor is for pages that show no list.
func (s *Server) pulseFor(clinic string) pulse {
	var p pulse
	now := s.cfg.Now()
	p.Revision = s.cfg.Index.Each(clinic, func(c *inbox.Case) bool {
		p.count(c, now)
		return c.State != inbox.Resolved // those come last
	})
	p.fresh(s)
	return p
}
