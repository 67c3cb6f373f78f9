package console

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// provider is a clinic's identity provider that knows one person.
type provider struct{ email string }

func (p *provider) URL(state, nonce, verifier string) string {
	return "https://login.clinic.example/authorize?state=" + url.QueryEscape(state)
}

func (p *provider) Identity(_ context.Context, code, nonce, verifier string) (staff.Identity, error) {
	if code != "good" {
		return staff.Identity{}, staff.ErrSignIn
	}
	return staff.Identity{Subject: staff.Subject{Issuer: "https://login.clinic.example", ID: "1"}, Email: p.email, EmailVerified: true}, nil
}

func TestTheClinicsOwnAccountSignsInWithoutAGetThatDoesAnything(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	s.stop()
	config := s.Config
	config.Issuer = &provider{known.Email}
	var err error
	s.Service, err = staff.New(config)
	stafftest.Must(t, err)
	s.cfg.Staff = s.Service
	s.start(t)
	nobody := s.nobody(t)
	if a := nobody.get("/staff/sign-in"); !strings.Contains(a.Body, `action="/staff/sign-in/oidc"`) {
		t.Error("the page does not offer it")
	}
	begin := func() (state string, browser *http.Cookie) {
		t.Helper()
		a := nobody.post("/staff/sign-in/oidc", nil)
		// A redirect after a form would need a hole in the policy.
		if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Refresh"), "0; url=https://login.clinic.example/") {
			t.Fatalf("beginning is answered %d, %q", a.Status, a.Header.Get("Refresh"))
		}
		u, err := url.Parse(strings.TrimPrefix(a.Header.Get("Refresh"), "0; url="))
		stafftest.Must(t, err)
		cookies := (&http.Response{Header: a.Header}).Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].Path != "/staff/sign-in/oidc" {
			t.Fatalf("the cookies are %v", cookies)
		}
		return u.Query().Get("state"), cookies[0]
	}
	finish := func(state, code string, browser *http.Cookie) int {
		t.Helper()
		r := nobody.form("/staff/sign-in/oidc/finish", url.Values{"state": {state}, "code": {code}})
		if browser != nil {
			r.AddCookie(browser)
		}
		return s.raw(r).Code
	}
	state, _ := begin()
	before, _ := s.state(t)
	back := nobody.get("/staff/sign-in/oidc/callback?code=good&state=" + url.QueryEscape(state))
	if back.Status != http.StatusOK || !regexp.MustCompile(`name="code" value="good"`).MatchString(back.Body) || cookieOf(back) != "" {
		t.Errorf("the way back is answered %d", back.Status)
	}
	if after, _ := s.state(t); len(different(before, after)) > 0 {
		t.Error("the way back changes something")
	}
	if code := finish(state, "good", nil); code != http.StatusUnauthorized && code != http.StatusConflict {
		t.Errorf("another browser is answered %d", code)
	}
	state, browser := begin()
	if code := finish(state, "bad", browser); code != http.StatusUnauthorized {
		t.Errorf("a bad code is answered %d", code)
	}
	state, browser = begin()
	if code := finish(state, "good", browser); code != http.StatusSeeOther {
		t.Errorf("finishing is answered %d", code)
	}
	if code := finish(state, "good", browser); code == http.StatusSeeOther {
		t.Error("it works twice")
	}
	if a := nobody.get("/staff/sign-in/oidc/callback?error=access_denied&error_description=" + url.QueryEscape(corpus[0])); a.Status != http.StatusOK || strings.Contains(a.Body, "alert(1)") {
		t.Errorf("a refusal is answered %d", a.Status)
	}
}

func TestAnAddressThatPostsTooFastIsAskedToWait(t *testing.T) {
	s := newShell(t)
	s.stop()
	s.cfg.Burst, s.cfg.Rate = 3, 1
	s.start(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Staff})
	post := func(h *hand, from string) int {
		r := h.form("/staff/language", url.Values{"language": {"es"}, "next": {"/staff/sign-in"}})
		r.RemoteAddr = from
		return s.raw(r).Code
	}
	nobody := s.nobody(t)
	for range 3 {
		if code := post(nobody, "203.0.113.1:1"); code != http.StatusSeeOther {
			t.Errorf("answered %d", code)
		}
	}
	if code := post(nobody, "203.0.113.1:2"); code != http.StatusTooManyRequests {
		t.Errorf("too fast: %d", code)
	}
	if code := post(nobody, "203.0.113.2:1"); code != http.StatusSeeOther {
		t.Errorf("another address: %d", code)
	}
	if code := post(ana, "203.0.113.1:1"); code != http.StatusSeeOther {
		t.Errorf("somebody who is signed in: %d", code)
	}
	s.Clock.Add(2 * time.Second)
	if code := post(nobody, "203.0.113.1:1"); code != http.StatusSeeOther {
		t.Errorf("after a while: %d", code)
	}
}
