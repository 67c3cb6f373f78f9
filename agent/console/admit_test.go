package console

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"recado/agent/inbox"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// visitor is one kind of person for the matrix, with what they are, told
// apart from the code that is tested.
type visitor struct {
	name string
	hand *hand
	in   bool
	role map[string]int // by clinic: 1 reader, 2 staff, 3 admin
}

// visitors are all kinds of people.
func (s *shell) visitors(t *testing.T) []visitor {
	t.Helper()
	person := func(roles map[string]staff.Role) *hand { return s.signedIn(t, roles) }
	glass := s.Person(t, map[string]staff.Role{otherClinic: staff.Reader})
	token, _ := s.SignIn(t, glass)
	_, err := s.BreakGlass(t.Context(), token, deskClinic, "nobody else can be reached")
	stafftest.Must(t, err)
	all := []visitor{
		{name: "nobody", hand: s.nobody(t)},
		{name: "made up session", hand: &hand{t: t, d: s.desk, token: strings.Repeat("A", 26)}},
		{name: "no role", hand: person(map[string]staff.Role{"elsewhere": staff.Admin}), in: true},
		{name: "reader", hand: person(map[string]staff.Role{deskClinic: staff.Reader}), in: true, role: map[string]int{deskClinic: 1}},
		{name: "staff", hand: person(map[string]staff.Role{deskClinic: staff.Staff}), in: true, role: map[string]int{deskClinic: 2}},
		{name: "admin", hand: person(map[string]staff.Role{deskClinic: staff.Admin}), in: true, role: map[string]int{deskClinic: 3}},
		{name: "mixed", hand: person(map[string]staff.Role{deskClinic: staff.Reader, otherClinic: staff.Admin}), in: true, role: map[string]int{deskClinic: 1, otherClinic: 3}},
		{name: "glass", hand: &hand{Person: glass.Person, t: t, d: s.desk, token: token}, in: true, role: map[string]int{deskClinic: 2, otherClinic: 1}},
	}
	everywhere := s.Admin(t)
	token, _ = s.SignIn(t, everywhere)
	all = append(all, visitor{name: "admin of all", hand: &hand{Person: everywhere.Person, t: t, d: s.desk, token: token}, in: true, role: map[string]int{deskClinic: 3, otherClinic: 3, inbox.NoClinic: 3}})
	wide := person(map[string]staff.Role{staff.Everywhere: staff.Staff})
	all = append(all, visitor{name: "staff of all", hand: wide, in: true, role: map[string]int{deskClinic: 2, otherClinic: 2}})
	return all
}

// TestEveryRoutesNeedsHoldForEveryRoleAndClinic sends everybody everywhere.
// What is expected is reckoned here from the table's Needs alone.
func TestEveryRoutesNeedsHoldForEveryRoleAndClinic(t *testing.T) {
	s := newShell(t).withCase(t)
	people := s.visitors(t)
	// Handlers are stood in for: what is asked is who gets to them.
	admitted := http.NewServeMux()
	reached := false
	for _, route := range s.server.table {
		route.Handle = func(r *Request) error { reached = true; r.W.WriteHeader(http.StatusTeapot); return nil }
		admitted.Handle(route.key(), s.server.guard(route))
	}
	level := map[Need]int{Reader: 1, Staff: 2, Admin: 3}
	checked := 0
	for _, stale := range []bool{false, true} {
		if stale {
			s.Clock.Add(12 * time.Minute) // still signed in, the second factor is no longer fresh
		}
		for _, route := range s.server.table {
			clinics := []string{""}
			if need := level[route.Needs]; need > 0 {
				clinics = []string{deskClinic, otherClinic, inbox.NoClinic, "nosuch"}
			}
			for _, clinic := range clinics {
				for _, v := range people {
					want := http.StatusTeapot
					switch need := level[route.Needs]; {
					case route.Needs == Anyone:
					case !v.in && route.Method == http.MethodGet && !route.Quiet:
						want = http.StatusSeeOther
					case !v.in:
						want = http.StatusUnauthorized
					case need > 0 && v.role[clinic] == 0:
						want = http.StatusNotFound
					case need > 0 && v.role[clinic] < need:
						want = http.StatusForbidden
					case route.StepUp && stale:
						want = http.StatusForbidden
					}
					path := s.path(route.Pattern, clinic)
					if clinic != "" && !strings.Contains(route.Pattern, "{clinic}") {
						path += "?clinic=" + clinic
					}
					r := v.hand.form(path, url.Values{})
					r.Method = route.Method
					w := httptest.NewRecorder()
					reached = false
					admitted.ServeHTTP(w, r)
					if w.Code != want || reached != (want == http.StatusTeapot) {
						t.Errorf("%s %s, clinic %q, %s, stale=%v: answered %d, want %d, handled: %v", route.Method, route.Pattern, clinic, v.name, stale, w.Code, want, reached)
					}
					if want != http.StatusTeapot {
						// The same at the real server, which never gets to a handler.
						r := v.hand.form(path, url.Values{})
						r.Method = route.Method
						real := s.raw(r)
						if real.Code != want {
							t.Errorf("%s %s, clinic %q, %s: the real server answers %d, want %d", route.Method, route.Pattern, clinic, v.name, real.Code, want)
						}
						if want == http.StatusSeeOther && real.Body.Len() > 0 {
							t.Errorf("%s %s, %s: there is a page behind the redirect", route.Method, route.Pattern, v.name)
						}
					}
					checked++
				}
			}
		}
	}
	if checked < 1500 {
		t.Errorf("only %d combinations were checked", checked)
	}
}

func TestARouteWithoutARoleIsAskedForByNobodyWhoIsSignedOut(t *testing.T) {
	s := newShell(t).withCase(t)
	open := map[string]bool{}
	for _, route := range s.server.table {
		if route.Needs == Anyone && !strings.HasPrefix(route.Pattern, "/staff/assets/") {
			open[route.key()] = true
		}
	}
	// A new way in without signing in has to be added here on purpose.
	for _, known := range []string{
		"POST /staff/sign-out", "POST /staff/language", "GET /staff/sign-in",
		"POST /staff/sign-in/passkey/begin", "POST /staff/sign-in/passkey", "POST /staff/sign-in/password", "POST /staff/sign-in/recovery",
		"GET /staff/setup", "POST /staff/setup", "POST /staff/setup/passkey/begin", "POST /staff/setup/passkey",
		"POST /staff/setup/password/begin", "POST /staff/setup/password", "GET /staff/badge",
	} {
		delete(open, known)
	}
	if len(open) > 0 {
		t.Errorf("routes that need nobody: %v", open)
	}
}

func TestAnIdleSessionEndsWhileItsPagesAskAllTheTime(t *testing.T) {
	s := newShell(t).withCase(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Staff})
	quiet := []string{"/staff/session", "/staff/" + deskClinic + "/cases.json", "/staff/" + deskClinic + "/live/queue"}
	for _, path := range quiet {
		for _, route := range s.server.table {
			if s.path(route.Pattern, deskClinic) == path && !route.Quiet {
				t.Errorf("%s counts as something that a person did", path)
			}
		}
	}
	// The live stream is open all the time.
	stream, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.http.URL+"/staff/events?clinic="+deskClinic, nil)
	stafftest.Must(t, err)
	stream.Header.Set("Accept", "text/event-stream")
	stream.AddCookie(&http.Cookie{Name: "recado-staff", Value: ana.token})
	open, err := http.DefaultClient.Do(stream)
	stafftest.Must(t, err)
	defer open.Body.Close()
	if open.StatusCode != http.StatusOK {
		t.Fatalf("the stream is answered %d", open.StatusCode)
	}
	for minute := range 15 {
		for _, path := range quiet {
			if a := ana.do("GET", path, nil, "application/json"); a.Status != http.StatusOK {
				t.Fatalf("minute %d: %s is answered %d", minute, path, a.Status)
			}
		}
		s.Clock.Add(time.Minute)
	}
	if a := ana.do("GET", "/staff/session", nil, "application/json"); a.Status != http.StatusUnauthorized {
		t.Errorf("after 15 minutes of polls the session is alive: %d", a.Status)
	}
	if a := ana.get("/staff/" + deskClinic); a.Status != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "why=idle") {
		t.Errorf("the page is answered %d, %s", a.Status, a.Header.Get("Location"))
	}

	// What a person does keeps it alive, but not for longer than 12 hours.
	eva := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Staff})
	began := s.Clock.Now()
	for s.Clock.Now().Sub(began) < staff.Absolute-10*time.Minute {
		s.Clock.Add(10 * time.Minute)
		if a := eva.post("/staff/stay", nil); a.Status != http.StatusSeeOther && s.Clock.Now().Sub(began) < staff.Absolute {
			t.Fatalf("after %s: %d", s.Clock.Now().Sub(began), a.Status)
		}
	}
	s.Clock.Add(10 * time.Minute)
	if a := eva.post("/staff/stay", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("after %s: %d", s.Clock.Now().Sub(began), a.Status)
	}
}

func TestNothingIsDoneWhileTheAuditIsAway(t *testing.T) {
	s := newShell(t).withCase(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Admin})
	ana := s.handOf(t, known)
	s.audits.refuse(true)
	for path, form := range map[string]url.Values{
		"/staff/account/recovery":                {},
		"/staff/account/authenticator/remove":    {},
		"/staff/account/sessions/revoke-others":  {},
		"/staff/" + deskClinic + "/people":       {"name": {"Eva"}, "email": {"eva@clinic.example"}, "role": {"staff"}},
		"/staff/" + deskClinic + "/export":       {"days": {"7"}},
		"/staff/" + deskClinic + "/audit/verify": {},
		"/staff/" + deskClinic + "/audit/export": {},
	} {
		a := ana.post(path, form)
		if a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Body, "audit log can&#39;t be reached") || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: answered %d", path, a.Status)
		}
		if strings.Contains(a.Body, deskCanary) {
			t.Errorf("%s: a patient's words are shown", path)
		}
	}
	in := s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {known.Password}, "code": {s.Code(t, known)}})
	if in.Status != http.StatusServiceUnavailable || cookieOf(in) != "" {
		t.Errorf("signing in is answered %d", in.Status)
	}
	if people, err := s.People(t.Context()); err != nil || len(people) != 2 {
		t.Errorf("%d people, %v", len(people), err)
	}
	// Leaving works all the same.
	if a := ana.post("/staff/sign-out", nil); a.Status != http.StatusSeeOther {
		t.Errorf("signing out is answered %d", a.Status)
	}
	if a := ana.get("/staff/account"); a.Status != http.StatusSeeOther {
		t.Errorf("after that the account is answered %d", a.Status)
	}
}

func TestWhatIsDoneIsInTheAuditWithWhoDidIt(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Admin})
	in := s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {known.Password}, "code": {s.Code(t, known)}})
	ana := &hand{Person: known.Person, t: t, d: s.desk, token: cookieOf(in)}
	if in.Status != http.StatusSeeOther || ana.token == "" {
		t.Fatalf("signing in is answered %d: %s", in.Status, in.Body)
	}
	ana.post("/staff/"+deskClinic+"/export", url.Values{"days": {"0"}})
	ana.post("/staff/sign-out", nil)
	s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {"wrong " + deskCanary}, "code": {"000000"}})
	var got []string
	s.audits.mu.Lock()
	for _, a := range s.audits.acts {
		who := a.Who
		if who == known.ID {
			who = "ana"
		}
		got = append(got, fmt.Sprintf("%s %s %s %s", a.Clinic, who, a.Kind, a.Subject))
	}
	s.audits.mu.Unlock()
	want := []string{
		"_common ana signed_in password", deskClinic + " ana exported cases", "_common ana signed_out ",
		"_common nobody sign_in_failed password",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the audit has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
