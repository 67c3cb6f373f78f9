package console

import (
	"net/http"
	"time"

	"recado/agent/inbox"
)

// caseJSON is a case for scripts. It holds no word of a patient.
type caseJSON struct {
	Case     string     `json:"case"`
	Ref      string     `json:"ref"`
	Priority string     `json:"priority"`
	State    string     `json:"state"`
	Waiting  bool       `json:"waiting"`
	Late     bool       `json:"late"`
	Due      *time.Time `json:"due,omitempty"`
	Holder   string     `json:"holder,omitempty"` // the person's id
}

type pollJSON struct {
	Revision  uint64     `json:"revision"` // for Last-Event-ID
	Fresh     bool       `json:"fresh"`
	Since     time.Time  `json:"since"` // what is shown lacks nothing up to here
	Emergency int        `json:"emergency"`
	Urgent    int        `json:"urgent"`
	Other     int        `json:"other"`
	Total     int        `json:"total"`
	Cases     []caseJSON `json:"cases"`
}

// poll is the list for pages whose stream does not come through.
func (s *Server) poll(r *Request) error {
	now := s.cfg.Now()
	f := readFilter(r.URL.Query())
	q := f.query(r.Clinic, r.Person.ID)
	out := pollJSON{Cases: []caseJSON{}}
	var p pulse
	from := (f.Page - 1) * pageSize
	out.Revision = s.cfg.Index.Each(r.Clinic, func(c *inbox.Case) bool {
		p.count(c, now)
		if f.chooses(&q, c, now) {
			if out.Total >= from && len(out.Cases) < pageSize {
				out.Cases = append(out.Cases, caseOf(c, now))
			}
			out.Total++
		}
		return true
	})
	p.fresh(s)
	out.Fresh, out.Since = p.Fresh, time.UnixMilli(p.Since).UTC()
	out.Emergency, out.Urgent, out.Other = p.Emergency, p.Urgent, p.Other
	return r.JSON(http.StatusOK, out)
}

func caseOf(c *inbox.Case, now time.Time) caseJSON {
	j := caseJSON{
		Case: c.ID, Ref: inbox.Reference(c.ID), Priority: string(c.Round.Priority), State: string(c.State),
		Waiting: c.Waiting(), Late: len(c.Round.Late(now)) > 0, Holder: c.Owner,
	}
	if due, _ := c.Round.NextDue(); !due.IsZero() {
		j.Due = &due
	}
	return j
}
