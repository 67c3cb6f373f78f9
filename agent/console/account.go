package console

import (
	"net/http"

	"recado/agent/audit"
	"recado/agent/staff"
)

func (s *Server) accountRoutes() []Route {
	at := func(path string, stepUp bool, handle func(*Request) error) Route {
		return Route{Method: http.MethodPost, Pattern: "/staff/account/" + path, Needs: SignedIn, StepUp: stepUp, Handle: handle}
	}
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/account", Needs: SignedIn, Handle: s.accountPage},
		at("profile", false, s.saveProfile),
		at("browser", false, s.saveBrowser),
		at("passkeys/begin", true, s.beginAddPasskey),
		at("passkeys", true, s.addPasskey),
		at("passkeys/rename", true, s.renamePasskey),
		at("passkeys/remove", true, s.removePasskey),
		at("authenticator/begin", true, s.beginAuthenticator),
		at("authenticator", true, s.saveAuthenticator),
		at("authenticator/remove", true, s.removeAuthenticator),
		at("recovery", true, s.newRecovery),
		at("sessions/revoke", false, s.revokeOwn),
		at("sessions/revoke-others", false, s.revokeOthers),
	}
}

type accountData struct {
	Factors  staff.Factors
	Sessions []staff.Session
	Fresh    bool // stepped up
	Roles    []clinicRole
	Saved    prefs
}

type clinicRole struct {
	Clinic string // name
	Role   staff.Role
}

func (s *Server) accountPage(r *Request) error {
	factors, err := s.cfg.Staff.Factors(r.Context(), r.Person.ID)
	if err != nil {
		return err
	}
	sessions, err := s.cfg.Staff.List(r.Context(), r.Person.ID)
	if err != nil {
		return err
	}
	data := accountData{Factors: factors, Sessions: sessions, Fresh: r.Session.Fresh(s.cfg.Now()), Saved: r.prefs}
	for _, id := range r.clinics() {
		if role := r.Person.Role(id); role != "" {
			data.Roles = append(data.Roles, clinicRole{r.ClinicName(id), role})
		}
	}
	return r.Page("account", data)
}

func (s *Server) saveProfile(r *Request) error {
	f := r.PostForm
	_, err := s.cfg.Staff.SetProfile(r.Context(), r.Person.ID, f.Get("name"), f.Get("language"), f.Get("theme"))
	if err != nil {
		return err
	}
	s.names.forget()
	r.prefs.Theme = f.Get("theme") // also before the next sign-in
	if lang := f.Get("language"); lang != "" {
		r.prefs.Language = lang
	}
	s.setPrefs(r.W, r.prefs)
	return r.Done("/staff/account", "saved")
}

func (s *Server) saveBrowser(r *Request) error {
	r.prefs.Sounds, r.prefs.Keys = r.PostForm.Get("sounds") == "on", r.PostForm.Get("keys") == "on"
	s.setPrefs(r.W, r.prefs)
	return r.Done("/staff/account", "saved")
}

func (s *Server) beginAddPasskey(r *Request) error {
	c, err := s.cfg.Staff.BeginAddPasskey(r.Context(), r.token)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, c)
}

// factor changes a factor of the person's own account, once the audit has it.
func (s *Server) factor(r *Request, kind audit.Kind, what, done string, change func() error) error {
	if err := r.Audit(kind, audit.Act{Clinic: audit.Common, Subject: what}); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return r.Done("/staff/account", done)
}

func (s *Server) addPasskey(r *Request) error {
	f := r.PostForm
	return s.factor(r, audit.FactorAdded, "passkey", "passkey_added", func() error {
		return s.cfg.Staff.FinishAddPasskey(r.Context(), r.token, f.Get("ceremony"), []byte(f.Get("response")), r.passkeyName())
	})
}

func (s *Server) renamePasskey(r *Request) error {
	if err := s.cfg.Staff.RenamePasskey(r.Context(), r.token, r.PostForm.Get("passkey"), r.PostForm.Get("label")); err != nil {
		return err
	}
	return r.Done("/staff/account", "saved")
}

func (s *Server) removePasskey(r *Request) error {
	return s.factor(r, audit.FactorRemoved, "passkey", "passkey_removed", func() error {
		return s.cfg.Staff.RemovePasskey(r.Context(), r.token, r.PostForm.Get("passkey"))
	})
}

type authenticatorData struct {
	Error string // text
	TOTP  totpData
}

func (s *Server) beginAuthenticator(r *Request) error {
	t, err := s.cfg.Staff.BeginTOTP(r.Context(), r.token)
	if err != nil {
		return err
	}
	return r.Page("authenticator", authenticatorData{TOTP: totpOf(t)})
}

func (s *Server) saveAuthenticator(r *Request) error {
	f := r.PostForm
	// After a mistake the same secret is shown: it is in the app already.
	again := func(mistake string) error {
		t, err := s.cfg.Staff.ShowTOTP(r.Context(), f.Get("ticket"))
		if err != nil {
			return err
		}
		return r.page(http.StatusUnprocessableEntity, "authenticator", authenticatorData{Error: mistake, TOTP: totpOf(t)})
	}
	if f.Get("password") != f.Get("again") {
		return again(r.Text.Say("input.password_again"))
	}
	err := s.factor(r, audit.FactorAdded, "password", "password_added", func() error {
		return s.cfg.Staff.SetPassword(r.Context(), r.token, f.Get("ticket"), f.Get("password"), f.Get("code"))
	})
	if typed := typedWrong(err); typed != nil {
		return again(r.inputText(typed))
	}
	return err
}

func (s *Server) removeAuthenticator(r *Request) error {
	return s.factor(r, audit.FactorRemoved, "password", "password_removed", func() error {
		return s.cfg.Staff.RemovePassword(r.Context(), r.token)
	})
}

func (s *Server) newRecovery(r *Request) error {
	if err := r.Audit(audit.FactorAdded, audit.Act{Clinic: audit.Common, Subject: "recovery"}); err != nil {
		return err
	}
	codes, err := s.cfg.Staff.NewRecovery(r.Context(), r.token)
	if err != nil {
		return err
	}
	return r.Page("recovery", recoveryData{Codes: codes, Next: "/staff/account"})
}

func (s *Server) revokeOwn(r *Request) error {
	id := r.PostForm.Get("session")
	if err := r.Audit(audit.SessionRevoked, audit.Act{Clinic: audit.Common, Subject: r.Person.ID}); err != nil {
		return err
	}
	if err := s.cfg.Staff.Revoke(r.Context(), r.Person.ID, id); err != nil {
		return err
	}
	if id == r.Session.ID {
		http.SetCookie(r.W, s.cookie(""))
		return r.Redirect("/staff/sign-in?why=out")
	}
	return r.Done("/staff/account", "session_ended")
}

func (s *Server) revokeOthers(r *Request) error {
	if err := r.Audit(audit.SessionRevoked, audit.Act{Clinic: audit.Common, Subject: r.Person.ID}); err != nil {
		return err
	}
	if err := s.cfg.Staff.RevokeAll(r.Context(), r.Person.ID, r.Session.ID); err != nil {
		return err
	}
	return r.Done("/staff/account", "sessions_ended")
}
