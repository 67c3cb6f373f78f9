package console

import (
	"net/http"

	"recado/agent/audit"
	"recado/agent/staff"
)

// frontRoutes are the way to a clinic, and what belongs to no page.
func (s *Server) frontRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff", Needs: SignedIn, Handle: s.front},
		{Method: http.MethodGet, Pattern: "/staff/session", Needs: SignedIn, Quiet: true, Handle: s.session},
		{Method: http.MethodPost, Pattern: "/staff/stay", Needs: SignedIn, Handle: s.stay},
		{Method: http.MethodPost, Pattern: "/staff/sign-out", Needs: Anyone, Handle: s.signOut},
		{Method: http.MethodPost, Pattern: "/staff/language", Needs: Anyone, Handle: s.setLanguage},
	}
}

// front sends a person to their clinic's queue.
func (s *Server) front(r *Request) error {
	for _, id := range r.clinics() {
		if r.Can(id, staff.Reader) {
			return r.Redirect("/staff/" + id)
		}
	}
	return r.Redirect("/staff/account")
}

// session tells a page when its session ends. Asking does not move that.
func (s *Server) session(r *Request) error {
	return r.JSON(http.StatusOK, map[string]any{"ends": r.Session.Ends().UnixMilli(), "now": s.cfg.Now().UnixMilli()})
}

// stay is the person saying that they are there; being admitted did it.
func (s *Server) stay(r *Request) error {
	if r.JSONWanted() {
		return s.session(r)
	}
	return r.Redirect("/staff")
}

func (s *Server) signOut(r *Request) error {
	if token := s.tokenOf(r.Request); token != "" {
		if r.SignedIn() {
			// Leaving is never refused: an audit that is away misses it.
			if err := r.Audit(audit.SignedOut, audit.Act{Clinic: audit.Common}); err != nil {
				s.logFailure(r, "sign-out is not in the audit", err)
			}
		}
		if err := s.cfg.Staff.SignOut(r.Context(), token); err != nil {
			return err
		}
	}
	http.SetCookie(r.W, s.cookie(""))
	// Nothing of what was seen stays in this browser.
	r.W.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return r.Redirect("/staff/sign-in?why=out")
}

func (s *Server) setLanguage(r *Request) error {
	lang := r.PostForm.Get("language")
	if lang != "en" && lang != "es" {
		return BadForm("error.form")
	}
	r.prefs.Language = lang
	s.setPrefs(r.W, r.prefs)
	if r.SignedIn() {
		if _, err := s.cfg.Staff.SetProfile(r.Context(), r.Person.ID, r.Person.Name, lang, r.Person.Theme); err != nil {
			return err
		}
	}
	return r.Redirect(r.PostForm.Get("next"))
}
