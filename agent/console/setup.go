package console

import (
	"html/template"
	"net/http"
	"strings"

	"recado/agent/audit"
	"recado/agent/staff"
)

func (s *Server) setUpRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/setup", Needs: Anyone, Handle: func(r *Request) error { return r.Page("setup", nil) }},
		{Method: http.MethodPost, Pattern: "/staff/setup", Needs: Anyone, Handle: s.openLink},
		{Method: http.MethodPost, Pattern: "/staff/setup/passkey/begin", Needs: Anyone, Handle: s.beginSetUpPasskey},
		{Method: http.MethodPost, Pattern: "/staff/setup/passkey", Needs: Anyone, Handle: s.finishSetUpPasskey},
		{Method: http.MethodPost, Pattern: "/staff/setup/password/begin", Needs: Anyone, Handle: s.beginSetUpPassword},
		{Method: http.MethodPost, Pattern: "/staff/setup/password", Needs: Anyone, Handle: s.finishSetUpPassword},
	}
}

// setUpData is what the steps of setting up hand on in hidden fields. The
// link's token is used up by the last one alone.
type setUpData struct {
	Token string
	Link  staff.SetUpLink
	Self  staff.Self
	Error string // text
	TOTP  totpData
}

// totpData is a secret for an authenticator app.
type totpData struct {
	Ticket string
	Secret string        // in groups of four, to type
	QR     template.HTML // an <svg> of numbers; an image from a data URL would need a hole in the policy
}

func totpOf(t staff.TOTPSetUp) totpData {
	picture := strings.Replace(t.SVG, `role="img"`, `aria-hidden="true"`, 1) // what is around it has the name
	return totpData{Ticket: t.Ticket, Secret: t.Secret, QR: template.HTML(picture)}
}

func selfOf(r *Request) staff.Self {
	return staff.Self{Name: r.PostForm.Get("name"), Email: r.PostForm.Get("email"), Language: r.Text.Lang()}
}

// openLink looks at a link, which uses nothing up.
func (s *Server) openLink(r *Request) error {
	link, err := s.cfg.Staff.OpenLink(r.Context(), r.PostForm.Get("token"))
	if err != nil {
		return err
	}
	return s.choosePage(r, link, "")
}

func (s *Server) beginSetUpPasskey(r *Request) error {
	c, err := s.cfg.Staff.BeginSetUpPasskey(r.Context(), r.PostForm.Get("token"), selfOf(r))
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, c)
}

func (s *Server) finishSetUpPasskey(r *Request) error {
	f := r.PostForm
	done, err := s.cfg.Staff.FinishSetUpPasskey(r.Context(), f.Get("token"), f.Get("ceremony"), []byte(f.Get("response")), r.passkeyName())
	if err != nil {
		return err
	}
	return s.setUp(r, done, "passkey")
}

func (s *Server) beginSetUpPassword(r *Request) error {
	link, err := s.cfg.Staff.OpenLink(r.Context(), r.PostForm.Get("token"))
	if err != nil {
		return err
	}
	t, err := s.cfg.Staff.BeginSetUpTOTP(r.Context(), r.PostForm.Get("token"), r.PostForm.Get("email"))
	if typed := typedWrong(err); typed != nil {
		return s.choosePage(r, link, r.inputText(typed))
	}
	if err != nil {
		return err
	}
	return s.setUpPasswordPage(r, link, t, "")
}

// choosePage asks for the way to sign in, after a mistake as well.
func (s *Server) choosePage(r *Request, link staff.SetUpLink, mistake string) error {
	data := setUpData{Token: r.PostForm.Get("token"), Link: link, Self: selfOf(r), Error: mistake}
	return r.page(statusFor(mistake), "setup_choose", data)
}

func (s *Server) setUpPasswordPage(r *Request, link staff.SetUpLink, t staff.TOTPSetUp, mistake string) error {
	data := setUpData{Token: r.PostForm.Get("token"), Link: link, Self: selfOf(r), Error: mistake, TOTP: totpOf(t)}
	if !link.First {
		data.Self.Name, data.Self.Email = link.Person.Name, link.Person.Email
	}
	return r.page(statusFor(mistake), "setup_password", data)
}

func statusFor(mistake string) int {
	if mistake != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (s *Server) finishSetUpPassword(r *Request) error {
	f := r.PostForm
	// After a mistake the same secret is shown: it is in the app already.
	again := func(typed *staff.InputError, mistake string) error {
		link, err := s.cfg.Staff.OpenLink(r.Context(), f.Get("token"))
		if err != nil {
			return err
		}
		if typed != nil && (typed.Field == "name" || typed.Field == "email") {
			return s.choosePage(r, link, mistake)
		}
		t, err := s.cfg.Staff.ShowTOTP(r.Context(), f.Get("ticket"))
		if err != nil {
			return err
		}
		return s.setUpPasswordPage(r, link, t, mistake)
	}
	if f.Get("password") != f.Get("again") {
		return again(nil, r.Text.Say("input.password_again"))
	}
	done, err := s.cfg.Staff.FinishSetUpPassword(r.Context(), f.Get("token"), f.Get("ticket"), f.Get("password"), f.Get("code"), selfOf(r))
	if typed := typedWrong(err); typed != nil {
		return again(typed, r.inputText(typed))
	}
	if err != nil {
		return err
	}
	return s.setUp(r, done, "password")
}

// setUp signs a person in who just set up a factor, and shows recovery codes
// once.
func (s *Server) setUp(r *Request, done staff.SetUp, factor string) error {
	who := done.SignIn.Person.ID
	if err := r.Audit(audit.LinkUsed, audit.Act{Clinic: audit.Common, Who: who, Subject: factor}); err != nil {
		return err
	}
	if err := s.start(r, done.SignIn); err != nil {
		return err
	}
	if len(done.Recovery) == 0 {
		return r.Redirect("/staff")
	}
	return r.Page("recovery", recoveryData{Codes: done.Recovery, Next: "/staff", New: true})
}

type recoveryData struct {
	Codes []string
	Next  string
	New   bool // right after the set-up
}

// passkeyName is what a passkey is called until its owner names it.
func (r *Request) passkeyName() string {
	if name := agentOf(r.UserAgent()); name != "" {
		return name
	}
	return r.Text.Say("account.passkey")
}
