package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/staff"
)

func (s *Server) auditRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/{clinic}/audit", Needs: Admin, Handle: s.auditPage},
		{Method: http.MethodPost, Pattern: "/staff/{clinic}/audit/verify", Needs: Admin, Handle: s.verifyAudit},
		{Method: http.MethodPost, Pattern: "/staff/{clinic}/audit/export", Needs: Admin, StepUp: true, Handle: s.exportAudit},
	}
}

// auditPageSize is how many entries a page shows.
const auditPageSize = 50

type auditData struct {
	Chain   string // the clinic's, or audit.Common
	Common  bool   // whether the person may see audit.Common
	Entries []auditLine
	Older   uint64 // before which to go on; 0 at the beginning
	Newest  bool   // the page begins with the last entry
	Fresh   bool
	Report  *audit.Report // after Verify
	Count   int           // of Report
}

// auditLine is an entry in words.
type auditLine struct {
	audit.Entry
	What string // text
	Name string // of Who
	More string // of Subject, where it is a person or a known word
}

// chainOf is which chain a request is about. What belongs to no single
// clinic is for those who are admins of all.
func (s *Server) chainOf(r *Request) (chain string, common bool) {
	common = r.Can(inbox.NoClinic, staff.Admin)
	if common && (r.URL.Query().Get("chain") == audit.Common || r.PostForm.Get("chain") == audit.Common) {
		return audit.Common, common
	}
	return r.Clinic, common
}

func (s *Server) auditPage(r *Request) error { return s.audit(r, nil) }

func (s *Server) audit(r *Request, report *audit.Report) error {
	data := auditData{Fresh: r.Session.Fresh(s.cfg.Now()), Report: report}
	if report != nil {
		data.Count = int(report.Entries)
	}
	data.Chain, data.Common = s.chainOf(r)
	before, err := strconv.ParseUint(r.URL.Query().Get("before"), 10, 63)
	if err != nil {
		before = 0
	}
	data.Newest = before == 0
	entries, err := s.cfg.Audit.Read(r.Context(), data.Chain, before, auditPageSize)
	if err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	for _, e := range entries {
		data.Entries = append(data.Entries, auditLine{Entry: e, What: r.auditText(e), Name: r.Name(e.Who), More: r.subjectText(e)})
	}
	if n := len(entries); n > 0 && entries[n-1].Seq > 1 {
		data.Older = entries[n-1].Seq
	}
	return r.Page("audit", data)
}

func (r *Request) auditText(e audit.Entry) string {
	if key := "audit.kind." + string(e.Kind); r.Text.Has(key) {
		return r.Text.Say(key)
	}
	return string(e.Kind)
}

// subjectText is the subject in words: a person, and what else stands behind a
// colon, or a known code; else as it is.
func (r *Request) subjectText(e audit.Entry) string {
	if e.Subject == "" {
		return ""
	}
	id, rest, _ := strings.Cut(e.Subject, ":")
	if name, ok := r.Server.names.of(r.Context(), id); ok {
		if rest = r.codeText(rest); rest != "" {
			name += " · " + rest
		}
		return name
	}
	return r.codeText(e.Subject)
}

func (r *Request) codeText(code string) string {
	if role, ok := strings.CutPrefix(code, "role:"); ok && r.Text.Has("role."+role) {
		return r.Text.Say("role." + role)
	}
	for _, prefix := range []string{"audit.subject.", "outcome."} {
		if r.Text.Has(prefix + code) {
			return r.Text.Say(prefix + code)
		}
	}
	return code
}

func (s *Server) verifyAudit(r *Request) error {
	chain, _ := s.chainOf(r)
	if err := r.Audit(audit.AuditRead, audit.Act{Clinic: chain}); err != nil {
		return err
	}
	report, err := s.cfg.Audit.Verify(r.Context(), chain)
	if err != nil {
		return fmt.Errorf("verify the audit: %w", err)
	}
	return s.audit(r, &report)
}

func (s *Server) exportAudit(r *Request) error {
	chain, _ := s.chainOf(r)
	if err := r.Audit(audit.Exported, audit.Act{Clinic: chain, Subject: "audit"}); err != nil {
		return err
	}
	r.W.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	r.W.Header().Set("Content-Disposition", `attachment; filename="`+r.Server.fileName(r, "audit")+`.jsonl"`)
	if _, err := s.cfg.Audit.Export(r.Context(), chain, r.W); err != nil {
		s.logFailure(r, "an export of the audit ended early", err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return nil
}

// fileName is the name of a download: what, clinic and day.
func (s *Server) fileName(r *Request, what string) string {
	return "recado-" + what + "-" + r.Clinic + "-" + s.cfg.Now().In(r.Text.Zone()).Format("2006-01-02")
}
