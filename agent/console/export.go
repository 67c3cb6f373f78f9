package console

import (
	"net/http"
	"strconv"
	"time"

	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/inbox/sheet"
)

func (s *Server) exportRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/{clinic}/export", Needs: Admin, Handle: s.exportPage},
		{Method: http.MethodPost, Pattern: "/staff/{clinic}/export", Needs: Admin, StepUp: true, Handle: s.exportCases},
	}
}

// exportDays are the spans that one can choose; 0 is all that is kept.
var exportDays = []int{7, 30, 90, 0}

type exportData struct {
	Days    []int
	Fresh   bool
	Columns []string
}

func (s *Server) exportPage(r *Request) error {
	return r.Page("export", exportData{Days: exportDays, Fresh: r.Session.Fresh(s.cfg.Now()), Columns: sheet.Columns})
}

// exportCases sends the clinic's cases as CSV: ids, codes and times.
func (s *Server) exportCases(r *Request) error {
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	if err != nil || days < 0 || days > 3660 {
		return BadForm("error.form")
	}
	if err := r.Audit(audit.Exported, audit.Act{Subject: "cases"}); err != nil {
		return err
	}
	now := s.cfg.Now()
	since := time.Time{}
	if days > 0 {
		since = now.AddDate(0, 0, -days)
	}
	cases := s.cfg.Index.List(inbox.Query{Clinics: []string{r.Clinic}}).Cases
	r.W.Header().Set("Content-Type", "text/csv; charset=utf-8")
	r.W.Header().Set("Content-Disposition", `attachment; filename="`+s.fileName(r, "cases")+`.csv"`)
	chosen := func(yield func(inbox.Case) bool) {
		for _, c := range cases {
			if !c.Changed.Before(since) && !yield(c) {
				return
			}
		}
	}
	if _, err := sheet.Write(r.W, chosen, now); err != nil {
		s.logFailure(r, "an export of cases ended early", err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return nil
}
