package console

import (
	"errors"
	"net/http"

	"go.uber.org/zap"

	"recado/agent/audit"
	"recado/agent/staff"
)

func (s *Server) signInRoutes() []Route {
	routes := []Route{
		{Method: http.MethodGet, Pattern: "/staff/sign-in", Needs: Anyone, Handle: s.signInPage},
		{Method: http.MethodPost, Pattern: "/staff/sign-in/passkey/begin", Needs: Anyone, Handle: s.beginPasskey},
		{Method: http.MethodPost, Pattern: "/staff/sign-in/passkey", Needs: Anyone, Handle: s.finishPasskey},
		{Method: http.MethodPost, Pattern: "/staff/sign-in/password", Needs: Anyone, Handle: s.passwordSignIn},
		{Method: http.MethodPost, Pattern: "/staff/sign-in/recovery", Needs: Anyone, Handle: s.recover},
	}
	if s.cfg.Staff.OIDC() {
		routes = append(routes, s.oidcRoutes()...)
	}
	if s.cfg.Demo != nil {
		routes = append(routes,
			Route{Method: http.MethodGet, Pattern: "/staff/demo", Needs: Anyone, Handle: func(r *Request) error { return r.Page("demo", nil) }},
			Route{Method: http.MethodPost, Pattern: "/staff/demo", Needs: Anyone, Handle: s.demo},
		)
	}
	return routes
}

type signInData struct {
	Next  string
	Why   string // key of a text; empty for none
	Error string // text
	Email string
	Way   string // the form that failed: "passkey", "password", "recovery", "oidc"
	OIDC  bool
}

func (s *Server) signInPage(r *Request) error {
	next := r.URL.Query().Get("next")
	if r.SignedIn() {
		return r.Redirect(next)
	}
	data := signInData{Next: next, OIDC: s.cfg.Staff.OIDC()}
	if why := "sign_in.why_" + r.URL.Query().Get("why"); r.Text.Has(why) {
		data.Why = why
	}
	return r.Page("sign_in", data)
}

// refused shows the page of the sign-in again, with what went wrong, and
// writes it down. What was typed wrong is not said to anybody.
func (s *Server) refused(r *Request, way string, err error) error {
	var slow *staff.SlowDownError
	if !errors.Is(err, staff.ErrSignIn) && !errors.Is(err, staff.ErrCeremony) && !errors.As(err, &slow) {
		return err
	}
	if errors.Is(err, staff.ErrSignIn) {
		subject := way
		if errors.Is(err, staff.ErrCloned) {
			subject = way + ":cloned"
		}
		if err := r.Audit(audit.SignInFailed, audit.Act{Clinic: audit.Common, Who: audit.Nobody, Subject: subject}); err != nil {
			s.logFailure(r, "a failed sign-in is not in the audit", err)
		}
	}
	f := r.failure(err)
	if r.JSONWanted() {
		return f
	}
	f.header(r.W.Header())
	return r.page(f.Status, "sign_in", signInData{
		Next: r.PostForm.Get("next"), Error: r.Text.Say(f.Text, f.Args...), Email: r.PostForm.Get("email"), Way: way, OIDC: s.cfg.Staff.OIDC(),
	})
}

func (s *Server) beginPasskey(r *Request) error {
	c, err := s.cfg.Staff.BeginPasskey(r.Context())
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, c)
}

func (s *Server) finishPasskey(r *Request) error {
	in, err := s.cfg.Staff.FinishPasskey(r.Context(), r.PostForm.Get("ceremony"), []byte(r.PostForm.Get("response")), s.address(r.Request))
	if err != nil {
		return s.refused(r, "passkey", err)
	}
	return s.enter(r, in)
}

func (s *Server) passwordSignIn(r *Request) error {
	f := r.PostForm
	in, err := s.cfg.Staff.PasswordAndTOTP(r.Context(), f.Get("email"), f.Get("password"), f.Get("code"), s.address(r.Request))
	if err != nil {
		return s.refused(r, "password", err)
	}
	return s.enter(r, in)
}

func (s *Server) recover(r *Request) error {
	f := r.PostForm
	in, err := s.cfg.Staff.Recover(r.Context(), f.Get("email"), f.Get("password"), f.Get("code"), s.address(r.Request))
	if err != nil {
		return s.refused(r, "recovery", err)
	}
	return s.enter(r, in)
}

func (s *Server) demo(r *Request) error {
	in, err := s.cfg.Demo(r.Context(), r.PostForm.Get("token"))
	if err != nil {
		return err
	}
	return s.enter(r, in)
}

// enter starts a session and goes to where the person wanted to.
func (s *Server) enter(r *Request, in staff.SignIn) error {
	if err := s.start(r, in); err != nil {
		return err
	}
	return r.Redirect(r.PostForm.Get("next"))
}

// start writes the sign-in down and makes a session of it.
func (s *Server) start(r *Request, in staff.SignIn) error {
	if err := r.Audit(audit.SignedIn, audit.Act{Clinic: audit.Common, Who: in.Person.ID, Subject: string(in.Method)}); err != nil {
		return err
	}
	if r.token != "" { // another person's, or one's own of before
		if err := s.cfg.Staff.SignOut(r.Context(), r.token); err != nil {
			return err
		}
	}
	token, session, err := s.cfg.Staff.Start(r.Context(), in, agentOf(r.UserAgent()))
	if err != nil {
		return err
	}
	http.SetCookie(r.W, s.cookie(token))
	r.token, r.Session, r.Person = token, session, in.Person
	r.Text = s.textsFor(r)
	return nil
}

func (s *Server) logFailure(r *Request, message string, err error) {
	s.cfg.Log.Error(message, zap.String("request", r.ID), zap.String("type", kindOf(err)))
}
