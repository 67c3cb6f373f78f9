package console

import (
	"net/http"
	"time"

	"recado/agent/staff"
)

func (s *Server) oidcRoutes() []Route {
	return []Route{
		{Method: http.MethodPost, Pattern: "/staff/sign-in/oidc", Needs: Anyone, Handle: s.beginOIDC},
		{Method: http.MethodGet, Pattern: "/staff/sign-in/oidc/callback", Needs: Anyone, Handle: s.oidcBack},
		{Method: http.MethodPost, Pattern: "/staff/sign-in/oidc/finish", Needs: Anyone, Handle: s.finishOIDC},
	}
}

const oidcCookie = "recado-staff-oidc"

func (s *Server) setOIDC(w http.ResponseWriter, value string) {
	c := &http.Cookie{
		Name: oidcCookie, Value: value, Path: "/staff/sign-in/oidc", MaxAge: int(staff.CeremonyFor / time.Second),
		HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// beginOIDC answers with a page that goes on: browsers hold a redirect after a
// form to the policy's form-action, which names this server alone.
func (s *Server) beginOIDC(r *Request) error {
	to, err := s.cfg.Staff.BeginOIDC(r.Context())
	if err != nil {
		return err
	}
	s.setOIDC(r.W, to.Browser)
	r.W.Header().Set("Refresh", "0; url="+to.URL)
	return r.Page("oidc_out", to.URL)
}

// oidcBack is a GET from another site: it signs nobody in. Its page posts what
// came.
func (s *Server) oidcBack(r *Request) error {
	q := r.URL.Query()
	return r.Page("oidc_back", map[string]string{"State": q.Get("state"), "Code": q.Get("code"), "Error": q.Get("error")})
}

func (s *Server) finishOIDC(r *Request) error {
	browser := ""
	if c, err := r.Cookie(oidcCookie); err == nil {
		browser = c.Value
	}
	s.setOIDC(r.W, "")
	in, err := s.cfg.Staff.FinishOIDC(r.Context(), browser, r.PostForm.Get("state"), r.PostForm.Get("code"))
	if err != nil {
		return s.refused(r, "oidc", err)
	}
	return s.enter(r, in)
}
