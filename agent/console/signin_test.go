package console

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

func TestAPasswordAndACodeOpenTheInboxAndACodeWorksOnce(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	form := url.Values{"email": {known.Email}, "password": {known.Password}, "code": {s.Code(t, known)}, "next": {"/staff/" + deskClinic + "/numbers"}}
	a := s.nobody(t).post("/staff/sign-in/password", form)
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/staff/"+deskClinic+"/numbers" || cookieOf(a) == "" {
		t.Fatalf("answered %d to %s", a.Status, a.Header.Get("Location"))
	}
	ana := &hand{Person: known.Person, t: t, d: s.desk, token: cookieOf(a)}
	if a := ana.get("/staff"); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/staff/"+deskClinic {
		t.Errorf("the front door leads to %s", a.Header.Get("Location"))
	}
	if a := ana.get("/staff/sign-in?next=/staff/account"); a.Header.Get("Location") != "/staff/account" {
		t.Errorf("somebody signed in is led to %s", a.Header.Get("Location"))
	}

	again := s.nobody(t).post("/staff/sign-in/password", form)
	if again.Status != http.StatusUnauthorized || cookieOf(again) != "" || !strings.Contains(again.Body, `role="alert"`) {
		t.Errorf("the code works twice: %d", again.Status)
	}
	if !strings.Contains(again.Body, known.Email) || strings.Contains(again.Body, known.Password) {
		t.Error("the form lost the address, or shows the password")
	}
	form.Set("next", "https://evil.example/")
	s.Clock.Add(30 * time.Second)
	form.Set("code", s.Code(t, known))
	if a := s.nobody(t).post("/staff/sign-in/password", form); a.Header.Get("Location") != "/staff" {
		t.Errorf("signing in leads to %q", a.Header.Get("Location"))
	}
}

func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	text := func(email, password, code string) string {
		a := s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {email}, "password": {password}, "code": {code}})
		if a.Status != http.StatusUnauthorized {
			t.Errorf("answered %d", a.Status)
		}
		body := strings.ReplaceAll(a.Body, email, "")
		return regexp.MustCompile(`\s+`).ReplaceAllString(body, " ")
	}
	wrongPassword := text(known.Email, "not the one at all", s.Code(t, known))
	unknown := text("nobody@clinic.example", "not the one at all", "123456")
	if wrongPassword != unknown {
		t.Error("the pages differ")
	}
}

func TestManyWrongAttemptsAreSlowedDownAndNotLockedOut(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	slow := answer{}
	for range 30 {
		a := s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {"wrong"}, "code": {"000000"}})
		if a.Status == http.StatusTooManyRequests {
			slow = a
			break
		}
	}
	if slow.Status != http.StatusTooManyRequests || slow.Header.Get("Retry-After") == "" || !strings.Contains(slow.Body, "Please wait") {
		t.Fatalf("answered %d", slow.Status)
	}
	s.Clock.Add(time.Minute)
	a := s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {known.Password}, "code": {s.Code(t, known)}})
	if a.Status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.Status)
	}
}

func TestARecoveryCodeLetsSomebodyInOnce(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	form := url.Values{"email": {known.Email}, "password": {known.Password}, "code": {" " + known.Recovery[0] + " "}}
	if a := s.nobody(t).post("/staff/sign-in/recovery", form); a.Status != http.StatusSeeOther {
		t.Errorf("answered %d", a.Status)
	}
	if a := s.nobody(t).post("/staff/sign-in/recovery", form); a.Status != http.StatusUnauthorized || !strings.Contains(a.Body, `<details class="more" open>`) {
		t.Errorf("a second time it is answered %d", a.Status)
	}
}

var hidden = regexp.MustCompile(`name="(ticket|token)" value="([^"]*)"`)

func hiddenOf(body string) url.Values {
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

var bySecret = regexp.MustCompile(`<code>([A-Z2-7 ]{16,})</code>`)

func TestTheFirstLinkMakesAnAdminWithAPasswordAndAnApp(t *testing.T) {
	s := newShell(t)
	token, err := s.FirstLink(t.Context(), true)
	stafftest.Must(t, err)
	nobody := s.nobody(t)
	if url := s.server.SetUpURL(token); !strings.HasPrefix(url, "http://127.0.0.1/staff/setup#") {
		t.Errorf("the link is %s", url)
	}
	// Preview bots: nothing that a GET or HEAD does uses the link up.
	for range 10 {
		nobody.get("/staff/setup")
		nobody.do("HEAD", "/staff/setup?token="+token, nil, "")
	}
	for range 2 { // looking at it does not either
		if a := nobody.post("/staff/setup", url.Values{"token": {token}}); a.Status != http.StatusOK || !strings.Contains(a.Body, "Welcome to Recado") {
			t.Fatalf("opening is answered %d", a.Status)
		}
	}
	self := url.Values{"token": {token}, "name": {"Ada"}, "email": {"ada@clinic.example"}}
	if a := nobody.post("/staff/setup/password/begin", url.Values{"token": {token}}); a.Status != http.StatusOK && a.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", a.Status)
	}
	page := nobody.post("/staff/setup/password/begin", self)
	form, secret := hiddenOf(page.Body), bySecret.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || form.Get("ticket") == "" || secret == nil || !strings.Contains(page.Body, "<svg") {
		t.Fatalf("the page with the secret is answered %d: %s", page.Status, page.Body)
	}
	for k, v := range self {
		form[k] = v
	}
	form["password"], form["again"], form["code"] = []string{"a long enough passphrase"}, []string{"another"}, []string{"123456"}
	if a := nobody.post("/staff/setup/password", form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "not the same") {
		t.Errorf("two passwords: %d", a.Status)
	}
	form.Set("again", form.Get("password"))
	wrong := nobody.post("/staff/setup/password", form)
	if wrong.Status != http.StatusUnprocessableEntity || hiddenOf(wrong.Body).Get("ticket") != form.Get("ticket") || !strings.Contains(wrong.Body, secret[1]) {
		t.Errorf("after a wrong code another secret is shown, or %d", wrong.Status)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(secret[1], " ", ""), s.Clock.Now())
	stafftest.Must(t, err)
	form.Set("code", code)
	done := nobody.post("/staff/setup/password", form)
	if done.Status != http.StatusOK || strings.Count(done.Body, "<li>") < 10 || cookieOf(done) == "" {
		t.Fatalf("set-up is answered %d: %s", done.Status, done.Body)
	}
	ada := &hand{t: t, d: s.desk, token: cookieOf(done)}
	if a := ada.get("/staff/" + deskClinic + "/people"); a.Status != http.StatusOK || !strings.Contains(a.Body, "Ada") {
		t.Errorf("the first admin's people page is answered %d", a.Status)
	}
	for what, a := range map[string]answer{
		"opening again": nobody.post("/staff/setup", url.Values{"token": {token}}),
		"setting up":    nobody.post("/staff/setup/password", form),
		"a made up one": nobody.post("/staff/setup", url.Values{"token": {"x"}}),
	} {
		if a.Status != http.StatusGone || !strings.Contains(a.Body, "has expired") {
			t.Errorf("%s is answered %d", what, a.Status)
		}
	}
}

func TestWhoChangesFactorsConfirmsWhoTheyAre(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	ana := s.handOf(t, known)
	s.Clock.Add(11 * time.Minute)
	if a := ana.get("/staff/account"); !strings.Contains(a.Body, "/staff/step-up?next=") || strings.Contains(a.Body, "/staff/account/recovery") {
		t.Error("the account offers changes that will be refused")
	}
	if a := ana.post("/staff/account/recovery", nil); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "/staff/step-up") {
		t.Errorf("answered %d", a.Status)
	}
	if a := ana.post("/staff/step-up/code", url.Values{"code": {"000000"}, "next": {"/staff/account"}}); a.Status != http.StatusUnauthorized || !strings.Contains(a.Body, "didn&#39;t work") {
		t.Errorf("a wrong code is answered %d", a.Status)
	}
	if a := ana.post("/staff/step-up/code", url.Values{"code": {s.Code(t, known)}, "next": {"/staff/account"}}); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/staff/account" {
		t.Errorf("a right code is answered %d", a.Status)
	}
	if a := ana.post("/staff/account/recovery", nil); a.Status != http.StatusOK || strings.Count(a.Body, "<li>") != 10 {
		t.Errorf("new recovery codes are answered %d", a.Status)
	}
	if a := ana.post("/staff/account/authenticator/remove", nil); a.Status != http.StatusConflict || !strings.Contains(a.Body, "another way to sign in") {
		t.Errorf("removing the last factor is answered %d", a.Status)
	}
	page := ana.post("/staff/account/authenticator/begin", nil)
	form, secret := hiddenOf(page.Body), bySecret.FindStringSubmatch(page.Body)
	code, err := totp.GenerateCode(strings.ReplaceAll(secret[1], " ", ""), s.Clock.Now())
	stafftest.Must(t, err)
	form["password"], form["again"], form["code"] = []string{"another long passphrase"}, []string{"another long passphrase"}, []string{code}
	if a := ana.post("/staff/account/authenticator", form); a.Status != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "done=password_added") {
		t.Errorf("another app is answered %d: %s", a.Status, a.Body)
	}
	if n := len(s.audits.of(audit.FactorAdded)); n != 2 {
		t.Errorf("%d added factors are in the audit", n)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	s := newShell(t)
	known := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	desk, phone := s.handOf(t, known), s.handOf(t, known)
	ids := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(desk.get("/staff/account").Body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d sessions are listed", len(ids))
	}
	if body := desk.get("/staff/account").Body; strings.Contains(body, desk.token) || strings.Contains(body, phone.token) {
		t.Error("a session's token is on the page")
	}
	desk.post("/staff/account/sessions/revoke-others", nil)
	if a := phone.get("/staff/account"); a.Status != http.StatusSeeOther {
		t.Errorf("the other session lives: %d", a.Status)
	}
	own := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(desk.get("/staff/account").Body)[1]
	if a := desk.post("/staff/account/sessions/revoke", url.Values{"session": {own}}); a.Header.Get("Location") != "/staff/sign-in?why=out" {
		t.Errorf("ending one's own session leads to %s", a.Header.Get("Location"))
	}
	// Nobody ends another's.
	eva := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Staff})
	again := s.handOf(t, known)
	sessions, err := s.List(t.Context(), known.ID)
	stafftest.Must(t, err)
	eva.post("/staff/account/sessions/revoke", url.Values{"session": {sessions[0].ID}})
	if a := again.get("/staff/account"); a.Status != http.StatusOK {
		t.Errorf("another person ended a session: %d", a.Status)
	}
}

func TestSigningInAnewEndsTheSessionOfBefore(t *testing.T) {
	s := newShell(t)
	first, second := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff}), s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	ana := s.handOf(t, first)
	a := ana.post("/staff/sign-in/password", url.Values{"email": {second.Email}, "password": {second.Password}, "code": {s.Code(t, second)}})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("answered %d", a.Status)
	}
	if a := ana.get("/staff/account"); a.Status != http.StatusSeeOther {
		t.Errorf("the earlier session lives: %d", a.Status)
	}
}

func TestEmergencyAccessIsAskedForWithAReasonAndGivenBack(t *testing.T) {
	s := newShell(t).withCase(t)
	eva := s.signedIn(t, map[string]staff.Role{otherClinic: staff.Staff})
	if a := eva.get("/staff/" + deskClinic); a.Status != http.StatusNotFound {
		t.Fatalf("without a role: %d", a.Status)
	}
	if a := eva.get("/staff/glass"); a.Status != http.StatusOK || !strings.Contains(a.Body, `value="`+deskClinic+`"`) || strings.Contains(a.Body, `value="`+otherClinic+`"`) {
		t.Errorf("the page is answered %d", a.Status)
	}
	if a := eva.post("/staff/glass", url.Values{"clinic": {deskClinic}, "reason": {"short"}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, ">short</textarea>") {
		t.Errorf("a short reason is answered %d", a.Status)
	}
	if a := eva.post("/staff/glass", url.Values{"clinic": {"nosuch"}, "reason": {"nobody else can be reached"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown clinic is answered %d", a.Status)
	}
	a := eva.post("/staff/glass", url.Values{"clinic": {deskClinic}, "reason": {"nobody else can be reached"}})
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/staff/"+deskClinic || len(s.Broken()) != 1 {
		t.Fatalf("answered %d, the owner was told %d times", a.Status, len(s.Broken()))
	}
	if a := eva.get("/staff/" + deskClinic); a.Status != http.StatusOK || !strings.Contains(a.Body, "/staff/glass/end") {
		t.Errorf("the queue is answered %d", a.Status)
	}
	if a := eva.get("/staff/" + deskClinic + "/people"); a.Status != http.StatusForbidden {
		t.Errorf("people: %d", a.Status)
	}
	path := casePath(deskClinic, s.kase.ID)
	went(t, eva.post(path+"/claim", nil), "claim")
	if acts := s.audits.of(audit.CaseClaimed); len(acts) != 1 || acts[0].Why != "nobody else can be reached" {
		t.Errorf("what was done by it does not say why: %+v", acts)
	}
	deskUntil(t, "the list has it", func() bool { c, _ := s.index.Case(deskClinic, s.kase.ID); return c.Owner == eva.ID })
	if a := eva.post("/staff/glass/end", nil); a.Status != http.StatusSeeOther || len(s.audits.of(audit.GlassEnded)) != 1 {
		t.Errorf("giving it back is answered %d", a.Status)
	}
	if a := eva.get("/staff/" + deskClinic); a.Status != http.StatusNotFound {
		t.Errorf("after that the queue is answered %d", a.Status)
	}
	if c := s.now(t, s.kase); c.State != inbox.Open {
		t.Errorf("what was held by it is %s, held by %q", c.State, c.Owner)
	}
	s.Refuse(fmt.Errorf("nobody could be told"))
	if a := eva.post("/staff/glass", url.Values{"clinic": {deskClinic}, "reason": {"nobody else can be reached"}}); a.Status < 500 {
		t.Errorf("without the owner's page: %d", a.Status)
	}
	if a := eva.get("/staff/" + deskClinic); a.Status != http.StatusNotFound {
		t.Errorf("and the queue is answered %d", a.Status)
	}
}
