package console

import (
	"net/http"
	"strings"

	"recado/agent/audit"
	"recado/agent/staff"
)

func (s *Server) glassRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/glass", Needs: SignedIn, Handle: s.glassPage},
		{Method: http.MethodPost, Pattern: "/staff/glass", Needs: SignedIn, StepUp: true, Handle: s.breakGlass},
		{Method: http.MethodPost, Pattern: "/staff/glass/end", Needs: SignedIn, Handle: s.mendGlass},
	}
}

type glassData struct {
	Clinics []ClinicLink // where the person has no access of their own
	Fresh   bool
	Minutes int
	Error   string // text
	Chosen  string
	Reason  string
}

func (s *Server) glassPage(r *Request) error {
	return s.glass(r, http.StatusOK, "")
}

func (s *Server) glass(r *Request, status int, mistake string) error {
	data := glassData{
		Fresh: r.Session.Fresh(s.cfg.Now()), Minutes: int(staff.GlassFor.Minutes()), Error: mistake,
		Chosen: r.PostForm.Get("clinic"), Reason: r.PostForm.Get("reason"),
	}
	for _, id := range r.clinics() {
		if r.profile(id) != nil && !r.Person.Can(id, staff.Staff) {
			data.Clinics = append(data.Clinics, ClinicLink{ID: id, Name: r.ClinicName(id), Here: id == data.Chosen})
		}
	}
	return r.page(status, "glass", data)
}

// breakGlass gives access for a while. The service's hook writes the audit
// and tells the owner before there is any.
func (s *Server) breakGlass(r *Request) error {
	clinic := r.PostForm.Get("clinic")
	if r.profile(clinic) == nil {
		return s.glass(r, http.StatusUnprocessableEntity, r.Text.Say("glass.choose"))
	}
	_, err := s.cfg.Staff.BreakGlass(r.Context(), r.token, clinic, strings.TrimSpace(r.PostForm.Get("reason")))
	if typed := typedWrong(err); typed != nil {
		return s.glass(r, http.StatusUnprocessableEntity, r.inputText(typed))
	}
	if err != nil {
		return err
	}
	return r.Redirect("/staff/" + clinic)
}

func (s *Server) mendGlass(r *Request) error {
	clinic := audit.Common
	if r.Session.Glass != nil {
		clinic = r.Session.Glass.Clinic
	}
	// Giving access back is never refused: an audit that is away misses it.
	if err := r.Audit(audit.GlassEnded, audit.Act{Clinic: clinic}); err != nil {
		s.logFailure(r, "the end of broken glass is not in the audit", err)
	}
	if _, err := s.cfg.Staff.MendGlass(r.Context(), r.token); err != nil {
		return err
	}
	if clinic != audit.Common && !r.Person.Can(clinic, staff.Staff) {
		// What they held there would wait for somebody who may not answer.
		if _, err := s.cfg.Inbox.ReleaseAll(r.Context(), s.cfg.Index, clinic, r.Person.ID); err != nil {
			s.logFailure(r, "cases held by broken glass are not back in the queue yet", err)
		}
	}
	return r.Done("/staff/account", "glass_ended")
}
