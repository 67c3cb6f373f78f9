package console

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/staff"
)

func auditKinds() (all []string) {
	for _, k := range append(audit.Kinds, audit.Unreadable) {
		all = append(all, string(k))
	}
	return all
}

func TestARedirectLeadsNowhereElse(t *testing.T) {
	for to, want := range map[string]bool{
		"/staff": true, "/staff/account": true, "/staff/a/cases/b?x=1#y": true, "/staff?x=1": true,
		"": false, "/": false, "//evil.example": false, "/staffs": false, "https://evil.example/staff": false, "/\\evil.example": false,
		"/staff/\\evil.example": false, "/staff/\r\nSet-Cookie: a=b": false, "javascript:alert(1)": false, "staff": false, "//staff/x": false,
	} {
		if local(to) != want {
			t.Errorf("%q: %v", to, !want)
		}
	}
}

func TestWhoAsksIsTheLastAddressThatNoTrustedProxyGave(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, test := range []struct {
		peer, forwarded, want string
		proxies               []netip.Prefix
	}{
		{"203.0.113.9:4000", "", "203.0.113.9", nil},
		{"203.0.113.9:4000", "198.51.100.1", "203.0.113.9", nil}, // nobody said that it is a proxy
		{"203.0.113.9:4000", "198.51.100.1", "203.0.113.9", proxies},
		{"10.0.0.2:4000", "198.51.100.1", "198.51.100.1", proxies},
		{"10.0.0.2:4000", "1.2.3.4, 198.51.100.1", "198.51.100.1", proxies}, // the first one is the client's own word
		{"10.0.0.2:4000", "198.51.100.1, 10.9.9.9", "198.51.100.1", proxies},
		{"10.0.0.2:4000", "rubbish", "10.0.0.2", proxies},
		{"[2001:db8:1:2:3:4:5:6]:4000", "", "2001:db8:1:2::/64", nil},
		{"[::ffff:203.0.113.9]:4000", "", "203.0.113.9", nil},
		{"", "", "unknown", nil},
	} {
		s := &Server{cfg: Config{Proxies: test.proxies}}
		r := httptest.NewRequest(http.MethodGet, "/staff", nil)
		r.RemoteAddr = test.peer
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := s.address(r); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

func TestAClinicMayNotBeCalledLikeAPage(t *testing.T) {
	s := newShell(t)
	profile := clinic.Sample()
	profile.ID = "account"
	cfg := s.cfg
	cfg.Clinics = clinic.Always(profile)
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "choose another id") {
		t.Errorf("error is %v", err)
	}
	for what, change := range map[string]func(*Config){
		"Staff": func(c *Config) { c.Staff = nil }, "Audit": func(c *Config) { c.Audit = nil }, "Inbox": func(c *Config) { c.Inbox = nil },
		"no clinic": func(c *Config) { c.Clinics = clinic.Always() }, "Public": func(c *Config) { c.Public = "staff.example.org" },
		"Secure": func(c *Config) { c.Secure = true }, "twice": func(c *Config) { one := c.Clinics().Profiles()[0]; c.Clinics = clinic.Always(one, one) },
		"Catalogue": func(c *Config) { c.Catalogue = nil },
	} {
		cfg := s.cfg
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error is %v", what, err)
		}
	}
}

func TestALanguageIsThePersonsThenTheBrowsers(t *testing.T) {
	s := newShell(t)
	nobody := s.nobody(t)
	for accept, want := range map[string]string{"": "en", "es-MX,es;q=0.9": "es", "fr,es;q=0.5": "es", "de": "en", "en-US,es;q=0.9": "en"} {
		nobody.lang = accept
		if a := nobody.get("/staff/sign-in"); a.Header.Get("Content-Language") != want || !strings.Contains(a.Body, `<html lang="`+want+`"`) {
			t.Errorf("%q: %s", accept, a.Header.Get("Content-Language"))
		}
	}
	nobody.lang = "de"
	a := nobody.post("/staff/language", map[string][]string{"language": {"es"}, "next": {"/staff/sign-in"}})
	if a.Status != http.StatusSeeOther || !strings.Contains(a.Header.Get("Set-Cookie"), "lang=es") {
		t.Fatalf("choosing a language is answered %d, %s", a.Status, a.Header.Get("Set-Cookie"))
	}
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Staff})
	ana.lang = "en"
	ana.post("/staff/account/profile", map[string][]string{"name": {"Ana"}, "language": {"es"}, "theme": {"dark"}})
	if a := ana.get("/staff/account"); !strings.Contains(a.Body, `<html lang="es" data-theme="dark">`) || !strings.Contains(a.Body, "Su cuenta") {
		t.Errorf("the person's own choice does not count: %.200s", a.Body)
	}
}

func TestAScriptIsToldInJSONWhatAPageShows(t *testing.T) {
	s := newShell(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Reader})
	a := ana.do("POST", "/staff/"+deskClinic+"/export", map[string][]string{}, "application/json")
	said := a.json(t)
	if a.Status != http.StatusForbidden || said["code"] != "error.not_allowed" || said["error"] == "" || said["request"] == "" {
		t.Errorf("answered %d: %v", a.Status, said)
	}
}

func TestTheBrowserOfASessionIsNamedAndNothingOfItsHeaderIsKept(t *testing.T) {
	for header, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0": "Edge · Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15": "Safari · Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/130.0 Mobile Safari/604.1":           "Chrome · iPhone",
		"Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0":                                                  "Firefox · Android",
		"<script>alert(1)</script>": "", "": "",
	} {
		if got := agentOf(header); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}
