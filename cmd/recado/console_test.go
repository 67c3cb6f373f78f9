package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"recado/agent/vault"
)

// staffBrowser is a browser without script.
type staffBrowser struct {
	*testing.T
	base   string
	client *http.Client
}

func newStaffBrowser(t *testing.T, base string) *staffBrowser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &staffBrowser{t, base, &http.Client{Jar: jar, Timeout: patience}}
}

func (b *staffBrowser) answer(resp *http.Response, err error) (int, string) {
	b.Helper()
	must(b, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(b, err)
	return resp.StatusCode, string(body)
}

func (b *staffBrowser) get(path string) (int, string) {
	b.Helper()
	return b.answer(b.client.Get(b.base + path))
}

func (b *staffBrowser) post(path string, form url.Values) (int, string) {
	b.Helper()
	return b.answer(b.client.PostForm(b.base+path, form))
}

var (
	ticketField = regexp.MustCompile(`name="ticket" value="([^"]+)"`)
	appSecret   = regexp.MustCompile(`<code>([A-Z2-7 ]{16,})</code>`)
)

// setUp makes the first admin by a link, with a password and an app.
func (b *staffBrowser) setUp(token string) {
	b.Helper()
	form := url.Values{"token": {token}, "name": {"Ada"}, "email": {"ada@clinic.example"}}
	_, page := b.post("/staff/setup/password/begin", form)
	ticket, secret := ticketField.FindStringSubmatch(page), appSecret.FindStringSubmatch(page)
	if ticket == nil || secret == nil {
		b.Fatalf("no secret is shown: %s", page)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(secret[1], " ", ""), time.Now())
	must(b, err)
	form["ticket"], form["code"] = []string{ticket[1]}, []string{code}
	form["password"], form["again"] = []string{"a long enough passphrase"}, []string{"a long enough passphrase"}
	if status, page := b.post("/staff/setup/password", form); status != http.StatusOK || strings.Count(page, "<li>") < 10 {
		b.Fatalf("setting up is answered %d: %s", status, page)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	return newStaffBrowser(t, "").answer(http.Get(url))
}

var demoLink = regexp.MustCompile(`(http://localhost:\d+)/staff/demo#(\S+)`)

// demoLinkOf waits for the printed link.
func (r *running) demoLinkOf(t *testing.T) (base, token string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		if m := demoLink.FindStringSubmatch(r.output.String()); m != nil {
			return m[1], m[2]
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("no staff link is printed:\n%s", r.output)
		}
	}
}

func TestDevPrintsALinkThatOpensTheInboxWithWhatWasHandedOff(t *testing.T) {
	r := startDev(t)
	base, token := r.demoLinkOf(t)
	if code := r.post(t, whatsAppText(r.numberID, "15550001111", "wamid.dev", "me duele el pecho y no puedo respirar"), r.appSecret); code != http.StatusOK {
		t.Fatalf("webhook answers %d", code)
	}
	admin := newStaffBrowser(t, base)
	if status, _ := admin.post("/staff/demo", url.Values{"token": {"made up"}}); status != http.StatusGone {
		t.Errorf("a made up token is answered %d", status)
	}
	status, page := admin.post("/staff/demo", url.Values{"token": {token}})
	if status != http.StatusOK || !strings.Contains(page, "Demo Admin") {
		t.Fatalf("the link is answered %d: %s", status, page)
	}
	kase := regexp.MustCompile(`/staff/buenavista/cases/[0-9a-f-]{36}`)
	deadline := time.Now().Add(patience)
	for !kase.MatchString(page) {
		if time.Now().After(deadline) {
			t.Fatalf("what was handed off is not in the inbox: %s", page)
		}
		_, page = admin.get("/staff/buenavista")
	}
	// The page to whoever is on call is printed, without a word of the patient.
	for !strings.Contains(r.output.String(), "emergency") && !strings.Contains(r.output.String(), "EMERGENCY") {
		if time.Now().After(deadline) {
			t.Fatalf("nobody is paged:\n%s", r.output)
		}
		admin.get("/staff/session")
	}
	if strings.Contains(r.output.String(), "pecho") {
		t.Error("a patient's words are printed")
	}
	// A patient's cookie and staff's do not meet.
	for _, path := range []string{"/chat", "/"} {
		u, err := url.Parse(base + path)
		must(t, err)
		if cookies := admin.client.Jar.Cookies(u); len(cookies) > 0 {
			t.Errorf("%s gets the staff's cookies", path)
		}
	}
	// A second click soon after is another code of the same app.
	again := newStaffBrowser(t, base)
	if status, page := again.post("/staff/demo", url.Values{"token": {token}}); status != http.StatusOK || !strings.Contains(page, "Demo Admin") {
		t.Errorf("a second time the link is answered %d", status)
	}
}

func TestAConsoleSaysWhatIsMissing(t *testing.T) {
	keys, err := newDevKeys()
	must(t, err)
	good := map[string]string{
		"--clinic": sampleProfile(t), "--public-url": "http://localhost:1", "--seal-private-key": keys.Private, "--staff-key": keys.Staff,
		"--seal-verify-key": verifyKeyOf(t, keys), "--nats-url": "nats://127.0.0.1:1",
	}
	for flag, test := range map[string]struct{ value, want string }{
		"--staff-key":        {"", "--staff-key"},
		"--public-url":       {"", "--public-url"},
		"--seal-private-key": {keys.Public, "--seal-private-key"},
		"--retention":        {"1h", "--retention"},
		"--oidc-client":      {"x", "--oidc-issuer"},
		"--private-url":      {"http://localhost:1", "--link-key"},
	} {
		args := []string{"console"}
		for name, value := range good {
			if name != flag {
				args = append(args, name, value)
			}
		}
		if test.value != "" {
			args = append(args, flag, test.value)
		}
		_, errOut, code := runWith(t, "", args...)
		if code != 2 || !strings.Contains(errOut, test.want) {
			t.Errorf("%s: exit code %d: %s", flag, code, errOut)
		}
		for _, secret := range []string{keys.Private, keys.Staff} {
			if strings.Contains(errOut, secret) {
				t.Errorf("%s: the error tells a key", flag)
			}
		}
	}
}

func verifyKeyOf(t *testing.T, keys devKeys) string {
	t.Helper()
	signing, err := vault.ParseSigningKey(keys.Signing)
	must(t, err)
	return signing.Public().String()
}
