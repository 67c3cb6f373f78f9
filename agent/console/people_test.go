package console

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/inbox/sheet"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

var linkOf = regexp.MustCompile(`value="http://127\.0\.0\.1/staff/setup#([^"]+)"`)

func TestAnAdminInvitesChangesAndDisablesPeople(t *testing.T) {
	s := newShell(t)
	s.admin(t) // of all
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Admin})
	people := "/staff/" + deskClinic + "/people"
	if a := ana.post(people, url.Values{"name": {""}, "email": {"eva@clinic.example"}, "role": {"staff"}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "enter a name") || !strings.Contains(a.Body, "eva@clinic.example") {
		t.Errorf("without a name: %d", a.Status)
	}
	a := ana.post(people, url.Values{"name": {"Eva"}, "email": {"eva@clinic.example"}, "role": {"staff"}, "language": {"es"}, "everywhere": {"on"}})
	link := linkOf.FindStringSubmatch(a.Body)
	if a.Status != http.StatusOK || link == nil {
		t.Fatalf("inviting is answered %d: %s", a.Status, a.Body)
	}
	all, err := s.People(t.Context())
	stafftest.Must(t, err)
	var eva staff.Person
	for _, p := range all {
		if p.Name == "Eva" {
			eva = p
		}
	}
	if eva.Roles[deskClinic] != staff.Staff || len(eva.Roles) != 1 {
		t.Errorf("an admin of one clinic gave the roles %v", eva.Roles)
	}
	known := s.SetUp(t, link[1], staff.Self{})
	hers := s.handOf(t, known)
	if a := hers.get("/staff/" + deskClinic); a.Status != http.StatusOK || !strings.Contains(a.Body, `<html lang="es"`) {
		t.Errorf("her queue is answered %d", a.Status)
	}
	if a := ana.post(people, url.Values{"name": {"Eva"}, "email": {"EVA@clinic.example"}, "role": {"staff"}}); a.Status != http.StatusConflict || !strings.Contains(a.Body, `value="EVA@clinic.example"`) || !strings.Contains(a.Body, "already") {
		t.Errorf("twice: %d, and the form lost what was typed: %s", a.Status, a.Body)
	}

	at := people + "/" + eva.ID
	if a := ana.post(at+"/role", url.Values{"role": {"reader"}}); a.Status != http.StatusSeeOther {
		t.Errorf("a smaller role is answered %d", a.Status)
	}
	if a := hers.get("/staff/" + deskClinic); a.Status != http.StatusSeeOther {
		t.Errorf("her session goes on with a smaller role: %d", a.Status)
	}
	hers = s.handOf(t, known)
	if a := ana.post(at+"/disable", nil); a.Status != http.StatusSeeOther {
		t.Errorf("disabling is answered %d", a.Status)
	}
	if a := hers.get("/staff/" + deskClinic); a.Status != http.StatusSeeOther {
		t.Errorf("a disabled person's queue is answered %d", a.Status)
	}
	ana.post(at+"/enable", nil)
	if a := ana.post(at+"/reset", nil); a.Status != http.StatusOK || linkOf.FindStringSubmatch(a.Body) == nil {
		t.Errorf("a reset is answered %d", a.Status)
	}
	s.Clock.Add(30 * time.Second)
	if a := s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {known.Email}, "password": {known.Password}, "code": {s.Code(t, known)}}); a.Status != http.StatusUnauthorized {
		t.Errorf("the old factors are answered %d", a.Status)
	}
	for _, path := range []string{"/disable", "/reset"} {
		if a := ana.post(people+"/"+ana.ID+path, nil); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s of oneself: %d", path, a.Status)
		}
	}
	for _, kind := range []audit.Kind{audit.PersonInvited, audit.PersonChanged, audit.PersonDisabled, audit.PersonEnabled, audit.FactorsReset, audit.LinkMade} {
		for _, act := range s.audits.of(kind) {
			if strings.Contains(act.Subject+act.Why, "Eva") || strings.Contains(act.Subject, "@") {
				t.Errorf("%s has a name or an address: %+v", kind, act)
			}
		}
		if len(s.audits.of(kind)) == 0 {
			t.Errorf("%s is not in the audit", kind)
		}
	}
}

func TestAnAdminReachesNobodyWhomTheyDoNotGovern(t *testing.T) {
	s := newShell(t)
	all := s.Admin(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Admin})
	shared := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff, otherClinic: staff.Staff})
	foreign := s.Person(t, map[string]staff.Role{otherClinic: staff.Staff})
	at := "/staff/" + deskClinic + "/people/"
	if a := ana.get(at + foreign.ID); a.Status != http.StatusNotFound || strings.Contains(a.Body, foreign.Email) {
		t.Errorf("a person of another clinic is answered %d", a.Status)
	}
	if strings.Contains(ana.get("/staff/"+deskClinic+"/people").Body, foreign.Email) {
		t.Error("a person of another clinic is listed")
	}
	for who, person := range map[string]staff.Person{"a shared person": shared.Person, "the admin of all": all.Person, "a person of another clinic": foreign.Person} {
		for _, do := range []string{"/disable", "/reset", "/link", "/enable", "/sessions/revoke"} {
			if a := ana.post(at+person.ID+do, nil); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound {
				t.Errorf("%s %s: %d", who, do, a.Status)
			}
		}
	}
	if a := ana.post(at+shared.ID+"/role", url.Values{"role": {"admin"}, "where": {"*"}}); a.Status != http.StatusForbidden {
		t.Errorf("a role at all clinics: %d", a.Status)
	}
}

func TestTheAuditIsShownVerifiedAndExported(t *testing.T) {
	s := newShell(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Admin})
	for range 3 {
		ana.post("/staff/"+deskClinic+"/export", url.Values{"days": {"7"}})
	}
	page := ana.get("/staff/" + deskClinic + "/audit")
	if page.Status != http.StatusOK || strings.Count(page.Body, "Exported") != 3 || !strings.Contains(page.Body, ana.Name) {
		t.Errorf("the page is answered %d: %s", page.Status, page.Body)
	}
	verified := ana.post("/staff/"+deskClinic+"/audit/verify", nil)
	if verified.Status != http.StatusOK || !strings.Contains(verified.Body, "The chain is intact: 4 entries") || !strings.Contains(verified.Body, deskClinic+":4:") {
		t.Errorf("verifying is answered %d: %s", verified.Status, verified.Body)
	}
	file := ana.post("/staff/"+deskClinic+"/audit/export", nil)
	report, err := audit.VerifyExport(strings.NewReader(file.Body))
	if file.Status != http.StatusOK || err != nil || !report.Intact() || report.Entries != 5 || !strings.Contains(file.Header.Get("Content-Disposition"), ".jsonl") {
		t.Errorf("the export is answered %d: %+v, %v", file.Status, report, err)
	}
	// Signing in of everybody is for admins of all clinics.
	if a := ana.get("/staff/" + deskClinic + "/audit?chain=" + audit.Common); strings.Contains(a.Body, "chain=_common") || strings.Contains(a.Body, "Signed in") {
		t.Error("an admin of one clinic sees the common chain")
	}
	all := s.admin(t)
	all.post("/staff/account/recovery", nil)
	if a := all.get("/staff/" + deskClinic + "/audit?chain=" + audit.Common); !strings.Contains(a.Body, "Added a way to sign in") {
		t.Errorf("the admin of all does not: %s", a.Body)
	}

	// Somebody who may write the stream puts an entry in.
	_, err = s.JS.Publish(t.Context(), bus.AuditSubject(deskClinic), []byte(`{"v":1,"seq":6,"clinic":"`+deskClinic+`"}`))
	stafftest.Must(t, err)
	broken := ana.post("/staff/"+deskClinic+"/audit/verify", nil)
	if broken.Status != http.StatusOK || !strings.Contains(broken.Body, "The chain is broken") {
		t.Errorf("a forged entry is not seen: %d", broken.Status)
	}
}

func TestTheExportOfCasesHasNoWordsAndNoFormulas(t *testing.T) {
	s := newShell(t).withCase(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Admin})
	for days, rows := range map[string]int{"0": 2, "7": 2} {
		a := ana.post("/staff/"+deskClinic+"/export", url.Values{"days": {days}})
		lines, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		if a.Status != http.StatusOK || err != nil || len(lines) != rows || strings.Join(lines[0], ",") != strings.Join(sheet.Columns, ",") {
			t.Errorf("%s days: answered %d with %d lines, %v", days, a.Status, len(lines), err)
		}
		if strings.Contains(a.Body, deskCanary) || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment; filename=\"recado-cases-"+deskClinic) {
			t.Errorf("%q: %s", a.Header.Get("Content-Disposition"), a.Body)
		}
	}
	if a := ana.post("/staff/"+deskClinic+"/export", url.Values{"days": {"x"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("odd days: %d", a.Status)
	}
}

// corpus are texts that become more than text where a page is careless.
var corpus = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg/onload=alert(1)>`, `javascript:alert(1)`,
	`</textarea><script>alert(1)</script>`, `{{.Person.Email}}`, `<!--`, `]]><x>`, `&lt;evil&gt;&#x3c;evil&#x3e;`, "`onmouseover=alert(1)`",
	`<a href="javascript:alert(1)">x</a>`, `" autofocus onfocus="alert(1)`, "</title><script>alert(1)</script>", "\u202eevil\u202c <iframe src=//evil.example>",
}

// inert fails where a page has an element or attribute that no template of
// ours has.
func inert(t *testing.T, what, body string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			source := ""
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
					t.Errorf("%s: <%s> has %s", what, token.Data, a.Key)
				}
				if (a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction") && strings.Contains(strings.ToLower(a.Val), "javascript:") {
					t.Errorf("%s: <%s> leads to %q", what, token.Data, a.Val)
				}
				if a.Key == "src" {
					source = a.Val
				}
			}
			switch token.Data {
			case "iframe", "object", "embed", "base", "x", "evil":
				t.Errorf("%s: there is a <%s>", what, token.Data)
			case "img":
				t.Errorf("%s: there is an <img src=%q>", what, source)
			case "script":
				if !strings.HasPrefix(source, "/staff/assets/") {
					t.Errorf("%s: there is a <script src=%q>", what, source)
				}
			}
		}
	}
}

func TestWhatStaffTypeStaysText(t *testing.T) {
	s := newShell(t).withCase(t)
	admin := s.admin(t)
	clinic := "/staff/" + deskClinic
	one := clinic + "/cases/" + s.kase.ID
	for i, evil := range corpus {
		form := url.Values{
			"name": {evil}, "email": {"p" + string(rune('a'+i)) + "@clinic.example"}, "role": {"reader"}, "language": {"en"}, "reason": {evil + " and more words"},
			"clinic": {deskClinic}, "text": {evil}, "entry": {evil}, "label": {evil}, "find": {evil}, "token": {evil}, "code": {evil}, "password": {evil}, "next": {evil}, "to": {evil},
		}
		for what, a := range map[string]answer{
			"invite":         admin.post(clinic+"/people", form),
			"bad invite":     admin.post(clinic+"/people", url.Values{"name": {evil}, "email": {evil}, "role": {evil}, "language": {evil}}),
			"profile":        admin.post("/staff/account/profile", form),
			"glass":          admin.post("/staff/glass", form),
			"sign-in":        s.nobody(t).post("/staff/sign-in/password", url.Values{"email": {evil}, "password": {evil}, "code": {evil}, "next": {evil}}),
			"sign-in page":   s.nobody(t).get("/staff/sign-in?next=" + url.QueryEscape(evil) + "&why=" + url.QueryEscape(evil)),
			"setup":          s.nobody(t).post("/staff/setup", form),
			"claim":          admin.post(one+"/claim", form),
			"note":           admin.post(one+"/note", form),
			"write":          admin.post(one+"/write", form),
			"view":           admin.post(clinic+"/views", form),
			"queue":          admin.get(clinic + "?find=" + url.QueryEscape(evil) + "&view=" + url.QueryEscape(evil)),
			"done":           admin.get("/staff/account?done=" + url.QueryEscape(evil)),
			"a path":         admin.get("/staff/" + url.PathEscape(evil) + "/people"),
			"step-up":        admin.get("/staff/step-up?next=" + url.QueryEscape(evil)),
			"audit position": admin.get(clinic + "/audit?before=" + url.QueryEscape(evil)),
		} {
			inert(t, what+" with "+evil, a.Body)
			if a.Status >= http.StatusInternalServerError {
				t.Errorf("%s with %q: answered %d", what, evil, a.Status)
			}
		}
		if _, err := s.audits.Append(t.Context(), audit.Act{Clinic: deskClinic, Who: admin.ID, Kind: audit.BrokeGlass, Why: evil + " why"}); err != nil {
			t.Fatal(err)
		}
	}
	shown := 0
	for what, path := range map[string]string{
		"people": clinic + "/people", "account": "/staff/account", "queue": clinic, "case": one, "audit": clinic + "/audit", "person": clinic + "/people/" + admin.ID,
	} {
		a := admin.get(path)
		if a.Status != http.StatusOK {
			t.Errorf("%s: answered %d", what, a.Status)
		}
		inert(t, what, a.Body)
		if strings.Contains(a.Body, "alert(1)") || strings.Contains(a.Body, "evil") {
			shown++ // as text
		}
	}
	if shown < 3 {
		t.Errorf("the corpus is shown on %d pages: the test looks in the wrong places", shown)
	}
}
