package console

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent/staff"
	"recado/agent/telemetry"
)

// strict are the headers that every answer has.
func strict(t *testing.T, what string, h http.Header, secure bool) {
	t.Helper()
	csp := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("%s: the policy lacks %s: %q", what, part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "data:") {
		t.Errorf("%s: the policy has a hole: %q", what, csp)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	if cache := h.Get("Cache-Control"); cache != "no-store" && !(strings.Contains(what, "/assets/") && cache == "no-cache") {
		t.Errorf("%s: Cache-Control is %q", what, cache)
	}
	if h.Get("X-Request-Id") == "" {
		t.Errorf("%s: no request id", what)
	}
	if got := h.Get("Strict-Transport-Security"); (got != "") != secure {
		t.Errorf("%s: Strict-Transport-Security is %q", what, got)
	}
}

func TestEveryAnswerHasTheHeadersAlsoErrorsAndAssets(t *testing.T) {
	s := newShell(t).withCase(t)
	admin := s.admin(t)
	for _, route := range s.server.table {
		if route.Pattern == "/staff/events" {
			continue // never ends; its headers are those of all, see below
		}
		path := s.path(route.Pattern, deskClinic)
		r := admin.form(path, url.Values{})
		r.Method = route.Method
		w := s.raw(r)
		strict(t, route.Method+" "+path, w.Header(), false)
		if route.Method == http.MethodPost && w.Code == http.StatusOK && w.Header().Get("Set-Cookie") == "" && w.Body.Len() == 0 {
			t.Errorf("%s: an empty answer", path)
		}
	}
	admin = s.handOf(t, s.Admin(t))
	for what, r := range map[string]*http.Request{
		"not found":    httptest.NewRequest(http.MethodGet, "/staff/nosuch/page", nil),
		"outside":      httptest.NewRequest(http.MethodGet, "/etc/passwd", nil),
		"odd method":   httptest.NewRequest(http.MethodDelete, "/staff/account", nil),
		"head":         httptest.NewRequest(http.MethodHead, "/staff/sign-in", nil),
		"cross-origin": crossOrigin(admin.form("/staff/account/profile", url.Values{})),
		"too large":    admin.form("/staff/account/profile", url.Values{"name": {strings.Repeat("x", 100<<10)}}),
		"bad escape":   badForm(admin),
	} {
		w := s.raw(r)
		strict(t, what, w.Header(), false)
		if w.Code < 400 && what != "head" {
			t.Errorf("%s: answered %d", what, w.Code)
		}
		if w.Code >= 400 && r.Method != http.MethodHead && !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%s: no kind page but %q", what, w.Body.String())
		}
	}
}

func badForm(h *hand) *http.Request {
	r := h.form("/staff/account/profile", url.Values{})
	r.Body = http.NoBody
	r.URL.RawQuery = "%zz=1"
	return r
}

func crossOrigin(r *http.Request) *http.Request {
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return r
}

func TestOverHTTPSCookiesAreBoundToTheHostAndBrowsersStay(t *testing.T) {
	s := newShell(t)
	s.stop()
	s.cfg.Secure, s.cfg.Public = true, "https://staff.example.org"
	s.start(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	r := s.nobody(t).form("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {known.Password}, "code": {s.Code(t, known)}})
	w := s.raw(r)
	strict(t, "sign-in", w.Header(), true)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("answered %d with %d cookies", w.Code, len(cookies))
	}
	c := cookies[0]
	if c.Name != "__Host-recado-staff" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is %s", c)
	}
	if strings.Contains(w.Body.String()+w.Header().Get("Location"), c.Value) {
		t.Error("the token stands outside of the cookie")
	}
}

func TestAPostFromAnotherSiteIsRefusedAtEveryRoute(t *testing.T) {
	s := newShell(t).withCase(t)
	admin := s.admin(t)
	before := len(s.audits.acts)
	for _, route := range s.server.table {
		if route.Method != http.MethodPost {
			continue
		}
		for what, set := range map[string]func(h http.Header){
			"cross-site":              func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
			"same-site":               func(h http.Header) { h.Set("Sec-Fetch-Site", "same-site") },
			"another origin":          func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "https://evil.example") },
			"another port":            func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "http://127.0.0.1:9999") },
			"a null origin":           func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "null") },
			"cross-site, same origin": func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site"); h.Set("Origin", "https://evil.example") },
		} {
			r := admin.form(s.path(route.Pattern, deskClinic), url.Values{})
			set(r.Header)
			if w := s.raw(r); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "another website") {
				t.Errorf("%s, %s: answered %d", route.Pattern, what, w.Code)
			}
		}
	}
	if len(s.audits.acts) != before {
		t.Error("something was done")
	}
	for what, set := range map[string]func(h http.Header){
		"same-origin":     func(h http.Header) {},
		"the page itself": func(h http.Header) { h.Set("Sec-Fetch-Site", "none") },
		"own origin":      func(h http.Header) { h.Del("Sec-Fetch-Site"); h.Set("Origin", "http://127.0.0.1") },
	} {
		r := admin.form("/staff/stay", url.Values{})
		set(r.Header)
		if w := s.raw(r); w.Code != http.StatusSeeOther {
			t.Errorf("%s: answered %d", what, w.Code)
		}
	}
}

func TestAPanicBecomesAKindPageAndLeavesNoWordsInTheLog(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	s := newShell(t, func(c *Config) { c.Log = zap.New(core) })
	boom := s.server.guard(Route{Method: http.MethodGet, Pattern: "/staff/boom", Needs: Anyone, Handle: func(r *Request) error {
		panic("the panic says " + deskCanary)
	}})
	half := s.server.guard(Route{Method: http.MethodGet, Pattern: "/staff/half", Needs: Anyone, Handle: func(r *Request) error {
		_, _ = r.W.Write([]byte("half"))
		panic("the panic says " + deskCanary)
	}})
	w := httptest.NewRecorder()
	s.server.observe(s.server.headers(boom)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/staff/boom?q="+deskCanary, nil))
	strict(t, "panic", w.Header(), false)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "Something went wrong") || strings.Contains(w.Body.String(), deskCanary) {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	if !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
		t.Error("the page does not name the request")
	}
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("half an answer ends with %v", p)
			}
		}()
		s.server.observe(half).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/staff/half", nil))
	}()
	if n := logs.FilterMessage("console panicked").Len(); n != 2 {
		t.Errorf("%d panics are in the log", n)
	}
	if strings.Contains(logText(logs.All()), deskCanary) {
		t.Error("words are in the log")
	}
}

func logText(entries []observer.LoggedEntry) string {
	var b bytes.Buffer
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	for _, e := range entries {
		if line, err := encoder.EncodeEntry(e.Entry, e.Context); err == nil {
			b.Write(line.Bytes())
		}
	}
	return b.String()
}

// TestNoWordOfAnybodyIsInTheLog puts a canary everywhere that a request has.
func TestNoWordOfAnybodyIsInTheLog(t *testing.T) {
	var out bytes.Buffer
	safe := telemetry.NewLogger(&out)
	core, logs := observer.New(zap.DebugLevel)
	both := zap.New(zapcore.NewTee(core, safe.Core()))
	s := newShell(t, func(c *Config) { c.Log = both }).withCase(t)
	admin := s.admin(t)
	for _, away := range []bool{false, true} {
		s.audits.refuse(away)
		for _, route := range s.server.table {
			if route.Pattern == "/staff/events" || route.Pattern == "/staff/sign-out" {
				continue
			}
			form := url.Values{"clinic": {deskClinic}}
			for _, name := range []string{"name", "email", "password", "again", "code", "token", "reason", "text", "label", "find", "entry", "key", "next", "session", "response", "ceremony"} {
				form.Set(name, deskCanary)
			}
			r := admin.form(strings.ReplaceAll(s.path(route.Pattern, deskClinic), "somebody", deskCanary), form)
			r.Method = route.Method
			r.URL.RawQuery = "q=" + deskCanary
			r.Header.Set("User-Agent", deskCanary)
			r.Header.Set("X-Forwarded-For", deskCanary)
			s.raw(r)
		}
	}
	text := logText(logs.All())
	if strings.Contains(text+out.String(), deskCanary) {
		t.Errorf("the canary is in the log: %s", text)
	}
	if !strings.Contains(out.String(), `"route":"/staff/{clinic}/audit/export"`) || !strings.Contains(out.String(), `"request":`) {
		t.Errorf("failures are not told apart in the log: %s", out.String())
	}
}
