package console

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"recado/agent/audit"
	"recado/agent/channel/channeltest"
	"recado/agent/staff"
	"recado/agent/staff/passkey"
	"recado/agent/staff/stafftest"
)

// newBrowserShell is a shell at http://localhost: passkeys need a name.
func newBrowserShell(t *testing.T) *shell {
	t.Helper()
	s := newShell(t)
	s.stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	stafftest.Must(t, err)
	s.cfg.Public = fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	config := s.Config
	config.Passkeys, err = passkey.New(passkey.Config{Origin: s.cfg.Public})
	stafftest.Must(t, err)
	s.Service, err = staff.New(config)
	stafftest.Must(t, err)
	s.cfg.Staff = s.Service
	s.server, err = New(s.cfg)
	stafftest.Must(t, err)
	s.http = &httptest.Server{Listener: listener, Config: &http.Server{Handler: s.server}}
	s.http.Start()
	s.http.URL = s.cfg.Public
	return s
}

// shellTab is a page of a browser with a key in it.
type shellTab struct {
	*deskTab
	s *shell
}

func (s *shell) tab(t *testing.T, browser context.Context, lang string, width int64, scheme string) *shellTab {
	t.Helper()
	p := &shellTab{&deskTab{T: t, d: s.desk, said: &tabLog{}}, s}
	ctx := channeltest.Tab(t, browser, chromedp.WithListener(p.said.note))
	p.ctx = ctx
	_, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36", AcceptLanguage: lang,
	})
	stafftest.Must(t, err)
	_, err = chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	stafftest.Must(t, err)
	_, err = chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
		IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	stafftest.Must(t, err)
	p.screen(width, scheme)
	return p
}

// as gives the tab somebody's session.
func (p *shellTab) as(h *hand) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{})
	stafftest.Must(p, err)
	_, err = chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: "recado-staff", Value: h.token, URL: p.s.cfg.Public + "/staff"})
	stafftest.Must(p, err)
}

const ready = `html[data-ready="yes"]`

func (p *shellTab) visit(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.s.cfg.Public+path), chromedp.WaitReady(ready))
}

// at waits for a page by its path and something on it.
func (p *shellTab) at(path, selector string) {
	p.Helper()
	p.await(fmt.Sprintf(`location.pathname === %q && document.documentElement.dataset.ready === "yes" && document.querySelector(%q) !== null`, path, selector))
}

func TestAnAdminSetsUpAPasskeyByTheirLinkSignsInAndIsInTheInbox(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	checker := channeltest.Axe(t)
	for _, lang := range []string{"en-US", "es-MX"} {
		s := newBrowserShell(t)
		s.filing(t)
		s.tell(t, story{Conversation: 1})
		s.filed(t, 1, 1)
		token, err := s.FirstLink(t.Context(), true)
		stafftest.Must(t, err)
		p := s.tab(t, browser, lang, 1280, "light")
		p.visit("/staff/setup#" + token)
		p.at("/staff/setup", "#name")
		p.want(`location.href.includes("#")`, "false")
		p.accessible(checker, lang+" set-up")
		p.do(chromedp.SendKeys("#name", "Ada Núñez"), chromedp.SendKeys("#email", "ada@clinic.example"), chromedp.Click(`[data-with="passkey"]`))
		p.at("/staff/setup/passkey", ".codes li")
		p.want(`document.querySelectorAll(".codes li").length`, "10")
		p.accessible(checker, lang+" recovery codes")
		p.shot("shell-recovery-" + lang)
		p.do(chromedp.Click("main .strong"))
		p.at("/staff/"+deskClinic, "#main")

		p.do(chromedp.Click(`.tools form[action="/staff/sign-out"] button`))
		p.at("/staff/sign-in", "#passkey")
		p.do(chromedp.Click("#passkey"))
		p.at("/staff/"+deskClinic, "#main")
		p.want(`document.documentElement.lang`, lang[:2])

		p.visit("/staff/account")
		p.want(`document.querySelectorAll("#factors .list li").length`, "2")
		p.do(chromedp.Click(`form[action="/staff/account/passkeys"] button`))
		p.await(`document.querySelector("#factors .notice:not([hidden])") !== null || document.querySelectorAll("#factors .list li").length > 2`)
		p.clean("Clear-Site-Data", "no credentials available", "NotAllowedError", "InvalidStateError")
		people, err := s.People(t.Context())
		if err != nil || len(people) != 1 || people[0].Name != "Ada Núñez" {
			t.Errorf("%+v, %v", people, err)
		}
	}
}

func TestTheEndOfASessionIsAnnouncedAMinuteBeforeAndMayBePutOff(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	s := newBrowserShell(t)
	ana := s.signedIn(t, map[string]staff.Role{deskClinic: staff.Staff})
	p := s.tab(t, browser, "en-US", 390, "light")
	p.as(ana)
	p.visit("/staff/account")
	look := `document.dispatchEvent(new Event("visibilitychange"))`
	s.Clock.Add(10 * time.Minute)
	p.eval(look)
	p.eval(`fetch("/staff/session").then(r => r.status)`)
	p.want(`document.getElementById("leaving").open`, "false")
	s.Clock.Add(4*time.Minute + 15*time.Second)
	p.eval(look)
	p.await(`document.getElementById("leaving").open`)
	p.want(`/signed out at \d+:\d\d.[AP]M/.test(document.getElementById("leaving-text").textContent)`, "true")
	p.accessible(channeltest.Axe(t), "leaving")
	p.shot("shell-leaving")
	p.do(chromedp.Click("#stay button"))
	p.await(`!document.getElementById("leaving").open`)
	s.Clock.Add(14 * time.Minute)
	if a := ana.do("GET", "/staff/session", nil, "application/json"); a.Status != http.StatusOK {
		t.Errorf("staying did nothing: %d", a.Status)
	}
	s.Clock.Add(2 * time.Minute)
	p.eval(look)
	p.at("/staff/sign-in", ".notice")
	p.want(`document.querySelector(".notice").textContent.includes("15 minutes")`, "true")
	p.clean("401")
}

// TestThePagesAreAccessibleAndFitInBothLanguages looks at every page of the
// shell on a desk and on a telephone.
func TestThePagesAreAccessibleAndFitInBothLanguages(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	checker := channeltest.Axe(t)
	s := newBrowserShell(t)
	s.cfg.Warning = nil
	s.filing(t)
	s.tell(t, story{Conversation: 1})
	s.kase = s.filed(t, 1, 1)
	known := s.Admin(t)
	ada := s.handOf(t, known)
	eva, link, err := s.Invite(t.Context(), known.Person, staff.NewPerson{
		Name: "María de los Ángeles Hernández-Villarreal", Email: "maria.hernandez.villarreal@clinica-buenavista.example", Roles: map[string]staff.Role{deskClinic: staff.Staff},
	})
	stafftest.Must(t, err)
	s.Person(t, map[string]staff.Role{deskClinic: staff.Reader})
	off := s.Person(t, map[string]staff.Role{deskClinic: staff.Staff})
	_, err = s.Disable(t.Context(), known.Person, off.ID)
	stafftest.Must(t, err)
	for _, act := range []audit.Act{
		{Clinic: deskClinic, Who: ada.ID, Kind: audit.CaseClaimed, Case: s.kase.ID},
		{Clinic: deskClinic, Who: ada.ID, Kind: audit.RecordOpened, Case: s.kase.ID, Record: s.kase.Arrivals[0].ID},
		{Clinic: deskClinic, Who: off.ID, Kind: audit.BrokeGlass, Why: "The patient wrote about chest pain and nobody on the list answered the telephone."},
		{Clinic: deskClinic, Who: audit.Patient, Kind: audit.PrivateOpened, Case: s.kase.ID},
		{Clinic: deskClinic, Who: audit.Recado, Kind: audit.Paged, Case: s.kase.ID},
		{Clinic: deskClinic, Who: ada.ID, Kind: audit.CaseResolved, Case: s.kase.ID, Subject: "called"},
		{Clinic: deskClinic, Who: ada.ID, Kind: audit.PersonChanged, Subject: eva.ID},
	} {
		_, err := s.audits.Append(t.Context(), act)
		stafftest.Must(t, err)
	}
	clinic := "/staff/" + deskClinic
	posted := func(p *shellTab, action string, fields map[string]string) {
		p.Helper()
		var b strings.Builder
		for name, value := range fields {
			fmt.Fprintf(&b, "add(%q, %q);", name, value)
		}
		p.eval(fmt.Sprintf(`(() => { const f = document.createElement("form"); f.method = "post"; f.action = %q;
			const add = (n, v) => { const i = document.createElement("input"); i.name = n; i.value = v; f.append(i); }; %s
			document.documentElement.dataset.ready = "no"; document.body.append(f); f.submit(); })()`, action, b.String()))
		p.do(chromedp.WaitReady(ready))
	}
	for _, view := range []struct {
		lang, scheme string
		width        int64
	}{{"en-US", "light", 1280}, {"es-MX", "light", 320}, {"en-US", "dark", 1280}, {"es-MX", "dark", 390}} {
		p := s.tab(t, browser, view.lang, view.width, view.scheme)
		n := 0
		look := func(what string) {
			p.Helper()
			n++
			name := fmt.Sprintf("shell-%s-%d-%s-%02d-%s", view.lang[:2], view.width, view.scheme, n, what)
			p.want(`document.documentElement.lang`, view.lang[:2])
			p.want(`document.querySelectorAll("h1").length`, "1")
			p.fits()
			p.accessible(checker, name)
			p.shot(name)
		}
		p.visit("/staff/sign-in?why=idle")
		look("sign-in")
		p.eval(`document.querySelector("details.more").open = true`)
		look("sign-in-recovery")
		posted(p, "/staff/sign-in/password", map[string]string{"email": "x@clinic.example", "password": "x", "code": "1"})
		look("sign-in-wrong")
		p.visit("/staff/setup")
		look("setup")
		posted(p, "/staff/setup", map[string]string{"token": link})
		look("setup-choose")
		posted(p, "/staff/setup/password/begin", map[string]string{"token": link})
		look("setup-password")
		posted(p, "/staff/setup", map[string]string{"token": "used"})
		look("link-used")
		p.as(ada)
		p.visit("/staff/account?done=saved")
		look("account")
		p.visit(clinic + "/people")
		look("people")
		p.visit(clinic + "/people/" + eva.ID)
		look("person")
		posted(p, clinic+"/people/"+eva.ID+"/link", nil)
		look("link")
		link = p.eval(`document.getElementById("link").value.split("#")[1]`)
		p.visit(clinic + "/audit")
		look("audit")
		posted(p, clinic+"/audit/verify", nil)
		look("audit-verified")
		p.visit(clinic + "/export")
		look("export")
		p.visit("/staff/glass")
		look("glass")
		p.visit(clinic + "/nosuch")
		look("not-found")
		p.clean("404", "401", "410", "422")
	}
	s.Clock.Add(11 * time.Minute)
	eve := s.signedIn(t, map[string]staff.Role{otherClinic: staff.Staff})
	for _, width := range []int64{1280, 320} {
		p := s.tab(t, browser, "es-MX", width, "light")
		p.as(eve)
		p.visit("/staff/glass")
		p.accessible(checker, "glass")
		p.fits()
		p.shot(fmt.Sprintf("shell-glass-%d", width))
		p.as(ada)
		p.visit("/staff/step-up")
		p.accessible(checker, "step-up")
		p.fits()
		p.shot(fmt.Sprintf("shell-step-up-%d", width))
		p.visit("/staff/account")
		p.accessible(checker, "account that is not confirmed")
		p.shot(fmt.Sprintf("shell-account-stale-%d", width))
	}
}

// TestEverythingButPasskeysWorksWithoutJavaScript sets up and signs in so.
func TestEverythingButPasskeysWorksWithoutJavaScript(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	s := newBrowserShell(t)
	token, err := s.FirstLink(t.Context(), true)
	stafftest.Must(t, err)
	p := s.tab(t, browser, "en-US", 800, "light")
	_, err = chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	stafftest.Must(t, err)
	p.do(chromedp.Navigate(s.cfg.Public+"/staff/setup#"+token), chromedp.SendKeys("#token", token), chromedp.Click("main button.strong"))
	p.do(chromedp.WaitVisible("#name"), chromedp.SendKeys("#name", "Ada"), chromedp.SendKeys("#email", "ada@clinic.example"), chromedp.Click(`[data-with="form"]`))
	p.do(chromedp.WaitVisible("#new-password"), chromedp.Click("details.more summary"), chromedp.WaitVisible("details.more code"))
	secret, err := chromedp.Run(p.ctx, chromedp.Text("details.more code"))
	stafftest.Must(t, err)
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), s.Clock.Now())
	stafftest.Must(t, err)
	p.do(chromedp.SendKeys("#new-password", "a long enough passphrase"), chromedp.SendKeys("#again", "a long enough passphrase"),
		chromedp.SendKeys("#code", code), chromedp.Click("main button.strong"), chromedp.WaitVisible(".codes"), chromedp.Click("main a.strong"),
		chromedp.WaitVisible(".top"))
	p.do(chromedp.Navigate(s.cfg.Public+"/staff/account"), chromedp.WaitVisible("#factors"), chromedp.Click(`.tools form[action="/staff/sign-out"] button`), chromedp.WaitVisible("#email"))
}
