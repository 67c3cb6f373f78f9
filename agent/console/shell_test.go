package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

const otherClinic = "otra"

// shell is a desk with two clinics whose clock is the rig's.
type shell struct {
	*desk
	kase inbox.Case
}

func newShell(t testing.TB, change ...func(*Config)) *shell {
	t.Helper()
	d := newDesk(t, change...)
	d.stop()
	other := *sampleClinic()
	other.ID, other.Name = otherClinic, "Otra Clínica"
	d.cfg.Clinics = clinic.Always(append(slices.Clone(d.cfg.Clinics().Profiles()), &other)...)
	d.cfg.Now = d.Clock.Now
	if d.cfg.Burst == 0 {
		d.cfg.Burst = 1 << 20 // a test is faster than people
	}
	d.start(t)
	return &shell{desk: d}
}

// withCase files one case.
func (s *shell) withCase(t testing.TB) *shell {
	t.Helper()
	s.filing(t)
	s.tell(t, story{Conversation: 1})
	s.kase = s.filed(t, 1, 1)
	return s
}

// signedIn is somebody with roles, in a browser.
func (s *shell) signedIn(t testing.TB, roles map[string]staff.Role) *hand {
	t.Helper()
	return s.handOf(t, s.Person(t, roles))
}

func (s *shell) admin(t testing.TB) *hand {
	t.Helper()
	return s.handOf(t, s.Admin(t))
}

func (s *shell) handOf(t testing.TB, k stafftest.Known) *hand {
	t.Helper()
	token, _ := s.SignIn(t, k)
	return &hand{Person: k.Person, t: t, d: s.desk, token: token}
}

func (s *shell) nobody(t testing.TB) *hand { return &hand{t: t, d: s.desk} }

// path fills a pattern with what there is.
func (s *shell) path(pattern, clinic string) string {
	return strings.NewReplacer("{clinic}", clinic, "{case}", s.kase.ID, "{person}", "somebody").Replace(pattern)
}

// raw sends a request past the network.
func (s *shell) raw(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return w
}

// form is a POST of a form by somebody's browser.
func (h *hand) form(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if h.token != "" {
		r.AddCookie(&http.Cookie{Name: "recado-staff", Value: h.token})
	}
	return r
}

// cookie is the session's cookie that an answer sets.
func cookieOf(a answer) string {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == "recado-staff" || c.Name == "__Host-recado-staff" {
			return c.Value
		}
	}
	return ""
}
