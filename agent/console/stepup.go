package console

import (
	"errors"
	"net/http"

	"recado/agent/audit"
	"recado/agent/staff"
)

func (s *Server) stepUpRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/step-up", Needs: SignedIn, Handle: s.stepUpPage},
		{Method: http.MethodPost, Pattern: "/staff/step-up/passkey/begin", Needs: SignedIn, Handle: s.beginStepUp},
		{Method: http.MethodPost, Pattern: "/staff/step-up/passkey", Needs: SignedIn, Handle: s.finishStepUp},
		{Method: http.MethodPost, Pattern: "/staff/step-up/code", Needs: SignedIn, Handle: s.stepUpByCode},
	}
}

type stepUpData struct {
	Next    string
	Error   string // text
	Factors staff.Factors
}

func (s *Server) stepUpPage(r *Request) error {
	return s.stepUp(r, http.StatusOK, r.URL.Query().Get("next"), "")
}

func (s *Server) stepUp(r *Request, status int, next, mistake string) error {
	factors, err := s.cfg.Staff.Factors(r.Context(), r.Person.ID)
	if err != nil {
		return err
	}
	return r.page(status, "step_up", stepUpData{Next: next, Error: mistake, Factors: factors})
}

func (s *Server) beginStepUp(r *Request) error {
	c, err := s.cfg.Staff.BeginStepUp(r.Context(), r.token)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, c)
}

func (s *Server) finishStepUp(r *Request) error {
	_, err := s.cfg.Staff.FinishStepUp(r.Context(), r.token, r.PostForm.Get("ceremony"), []byte(r.PostForm.Get("response")))
	return s.steppedUp(r, "passkey", err)
}

func (s *Server) stepUpByCode(r *Request) error {
	_, err := s.cfg.Staff.StepUp(r.Context(), r.token, r.PostForm.Get("code"), s.address(r.Request))
	return s.steppedUp(r, "code", err)
}

func (s *Server) steppedUp(r *Request, way string, err error) error {
	var slow *staff.SlowDownError
	if errors.Is(err, staff.ErrSignIn) || errors.Is(err, staff.ErrCeremony) || errors.As(err, &slow) || typedWrong(err) != nil {
		f := r.failure(err)
		if errors.Is(err, staff.ErrSignIn) {
			f.Text = "error.step_up_wrong"
		}
		f.header(r.W.Header())
		return s.stepUp(r, f.Status, r.PostForm.Get("next"), r.Text.Say(f.Text, f.Args...))
	}
	if err != nil {
		return err
	}
	if err := r.Audit(audit.SteppedUp, audit.Act{Clinic: audit.Common, Subject: way}); err != nil {
		return err
	}
	return r.Redirect(r.PostForm.Get("next"))
}
