package webchat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/agent"
	"recado/agent/channel/channeltest"
)

// tab is one open page and what its console said.
type tab struct {
	*testing.T
	ctx  context.Context
	room *room
	dir  string
	name string

	mu      sync.Mutex
	console []string
}

func (r *room) open(t *testing.T, browser context.Context, lang string, width, height int64, dark bool) *tab {
	t.Helper()
	p := &tab{T: t, room: r, dir: os.Getenv("RECADO_SCREENSHOTS"), name: fmt.Sprintf("%s-%d", lang, width)}
	if p.dir == "" {
		p.dir = t.TempDir()
	}
	scheme := "light"
	if dark {
		scheme, p.name = "dark", p.name+"-dark"
	}
	ctx := channeltest.Tab(t, browser, chromedp.WithListener(p.note))
	p.ctx = ctx
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Recado test", AcceptLanguage: lang}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		t.Fatal(err)
	}
	p.do(
		chromedp.EmulateViewport(width, height),
		chromedp.Navigate(r.server.URL+"/chat"),
		chromedp.WaitReady(`html[data-ready="yes"]`),
	)
	return p
}

// note keeps what the console says.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		p.console = append(p.console, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		p.console = append(p.console, string(e.Type))
	case *runtime.EventExceptionThrown:
		p.console = append(p.console, e.ExceptionDetails.Text)
	}
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.Fatalf("%s: %v; console: %v", p.name, err, p.console)
	}
}

func (p *tab) eval(js string) string {
	p.Helper()
	out, err := channeltest.Value(p.ctx, js)
	if err != nil {
		p.Fatalf("%s: %v", p.name, err)
	}
	return out
}

// await waits until a condition in the page holds.
func (p *tab) await(js string) {
	p.Helper()
	if err := channeltest.Await(p.ctx, js); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.Fatalf("%s: %v; console: %v", p.name, err, p.console)
	}
}

func (p *tab) shot(what string) {
	p.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, p.name+"-"+what+".png"), png, 0o600); err != nil {
		p.Fatal(err)
	}
}

// clean fails where the console has anything, such as a violation of the
// content security policy, or the page is wider than the screen.
func (p *tab) clean() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.console) > 0 {
		p.Errorf("%s: the console says %q", p.name, p.console)
	}
}

func (p *tab) fits() {
	p.Helper()
	if p.eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth`) == "true" {
		p.Errorf("%s: the page is wider than the screen", p.name)
	}
}

func TestAPatientChatsInABrowser(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	for _, c := range []struct {
		lang          string
		width, height int64
		dark          bool
		welcome       string
	}{
		{"en-US", 1280, 800, false, "Hello!"},
		{"es-MX", 320, 640, false, "¡Hola!"},
		{"es-MX", 1280, 800, true, "¡Hola!"},
		{"en-US", 320, 640, true, "Hello!"},
	} {
		r := newRoom(t)
		p := r.open(t, browser, c.lang, c.width, c.height, c.dark)
		if got := p.eval(`document.querySelector(".bubble").textContent`); !strings.Contains(got, c.welcome) {
			t.Errorf("%s: welcomed with %q", p.name, got)
		}
		p.fits()
		p.shot("1-start")
		if c.dark {
			p.clean()
			continue
		}

		p.do(chromedp.Click("#chips button"))
		p.await(`document.querySelectorAll(".mark-sent").length === 1 && document.querySelector(".dots") !== null`)
		p.shot("2-waiting")
		e, _ := r.lastEvent(t)
		r.reply(t, e.Of(), "t1", "Today we’re open 8:00 AM – 6:00 PM.\nBook: https://harbor.example/book?x=1. Or call (713) 555-0142. <img src=x onerror=alert(1)>")
		p.await(`document.querySelectorAll("#messages .clinic").length === 1`)
		if p.eval(`document.querySelector("#messages .clinic img") === null`) != "true" {
			t.Error("a reply became HTML")
		}
		links := p.eval(`[...document.querySelectorAll("#messages .clinic a")].map(a => a.getAttribute("href")).join(" ")`)
		if links != "https://harbor.example/book?x=1 tel:+17135550142" {
			t.Errorf("links are %q", links)
		}
		p.do(chromedp.SendKeys("#text", "Me duele el pecho y no puedo respirar 😟\r"))
		p.await(`document.querySelectorAll(".mark-sent").length === 2`)
		r.reply(t, e.Of(), "e2", "Esto puede ser una emergencia. Llame al 911 ahora mismo o vaya a la sala de emergencias más cercana.\n\nNo espere una respuesta por este chat.")
		p.await(`document.querySelectorAll(".bubble.emergency").length === 1`)
		if got := p.eval(`document.getElementById("alert").textContent`); !strings.Contains(got, "911") {
			t.Errorf("a screen reader is told %q", got)
		}
		p.fits()
		p.shot("3-emergency")

		// A reload shows the same, and the next reply comes once.
		p.do(chromedp.Reload(), chromedp.WaitReady(`html[data-ready="yes"]`))
		p.await(`document.querySelectorAll("#messages li").length === 4`)
		r.reply(t, e.Of(), "t3", "Gracias.")
		p.await(`document.querySelectorAll("#messages li").length === 5`)
		if p.eval(`document.querySelector("#messages li:last-child .words").textContent`) != "Gracias." {
			t.Errorf("%s: replies are doubled or out of order after a reload", p.name)
		}

		p.do(chromedp.Click(`[data-set="en"]`), chromedp.Click(`[data-set="es"]`))
		if got := p.eval(`document.documentElement.lang + document.getElementById("text").placeholder`); got != "esEscriba un mensaje…" {
			t.Errorf("%s: after the switch to Spanish: %q", p.name, got)
		}
		p.clean()

		p.do(chromedp.Click("#new"), chromedp.WaitVisible("#ask"))
		p.shot("4-new")
		p.do(chromedp.Click("#ask .strong"))
		p.await(`document.querySelectorAll("#messages li").length === 0`)
		p.do(chromedp.SendKeys("#text", "otra persona\r"))
		p.await(`document.querySelectorAll(".mark-sent").length === 1`)
		if next, _ := r.lastEvent(t); next.Conversation == e.Conversation {
			t.Errorf("%s: a new conversation is the old one", p.name)
		}
	}
}

func TestAMessageThatFailedIsOfferedAgain(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t, func(c *Config) { c.PublishTimeout = 300 * time.Millisecond })
	p := r.open(t, browser, "en-US", 390, 760, false)
	r.Server.Stop()
	p.do(chromedp.SendKeys("#text", "Are you open on Saturday?\r"))
	p.await(`document.querySelector(".again") !== null`)
	p.shot("5-failed")
	if err := r.Server.Restart(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		p.do(chromedp.Click(".again"))
		p.await(`document.querySelector(".mark-sending") === null`)
		if p.eval(`document.querySelector(".mark-sent") !== null`) == "true" {
			break
		}
	}
	if _, n := r.lastEvent(t); n != 1 {
		t.Errorf("%d events of one message", n)
	}
	if p.eval(`document.querySelectorAll(".mark-sent").length`) != "1" {
		t.Error("the message was not sent after all")
	}
}

// answersLost lets messages through but cuts off their answers while lost is
// true. (A browser repeats a request by itself when a connection that it had
// used before breaks.)
func answersLost(t *testing.T, lost *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/chat/messages" {
			next.ServeHTTP(w, req)
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		strict := json.NewDecoder(bytes.NewReader(body))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&posted{}); err != nil {
			t.Errorf("the page posts what nobody reads: %v", err)
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		if !lost.Load() {
			next.ServeHTTP(w, req)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler)
	})
}

func TestAMessageWhoseAnswerWasLostIsOneMessageWithItsReply(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t)
	var lost atomic.Bool
	lost.Store(true)
	r.serve(t, answersLost(t, &lost, r.handler))
	p := r.open(t, browser, "en-US", 390, 760, false)
	p.do(chromedp.SendKeys("#text", "Are you open on Saturday?\r"))
	p.await(`document.querySelector(".again") !== null`)
	e, _ := r.lastEvent(t)
	r.reply(t, e.Of(), "t1", "Yes, 9 to 1.")
	lost.Store(false)
	p.do(chromedp.Click(".again"))
	p.await(`document.querySelectorAll(".mark-sent").length === 1 && document.querySelectorAll("#messages .clinic").length === 1`)
	if next, n := r.lastEvent(t); n != 1 || next.Conversation != e.Conversation {
		t.Errorf("%d events of one message", n)
	}
}

func TestAPageWhoseCookieIsGoneGetsAnother(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t)
	p := r.open(t, browser, "en-US", 390, 760, false)
	p.do(chromedp.SendKeys("#text", "hello\r"))
	p.await(`document.querySelectorAll(".mark-sent").length === 1`)
	first, _ := r.lastEvent(t)
	forget := chromedp.Evaluate[int](`fetch("/chat/new", { method: "POST" }).then((r) => r.status)`, chromedp.EvalAwaitPromise)
	if status, err := chromedp.Run(p.ctx, forget); err != nil || status != http.StatusNoContent {
		t.Fatalf("forgetting is answered %d (%v)", status, err)
	}
	p.do(chromedp.SendKeys("#text", "are you there?\r"))
	p.await(`document.querySelectorAll(".mark-sent").length === 2`)
	second, _ := r.lastEvent(t)
	if second.Conversation == first.Conversation {
		t.Fatal("the cookie was not gone")
	}
	r.reply(t, second.Of(), "t1", "Yes.")
	p.await(`document.querySelectorAll("#messages .clinic").length === 1`)
}

func TestThePageWithoutScriptIsAPageForEverybody(t *testing.T) {
	browser, axe := channeltest.SharedBrowser(t), channeltest.Axe(t)
	for _, c := range []struct {
		lang  string
		width int64
		dark  bool
	}{{"es-MX", 320, false}, {"en-US", 900, true}} {
		r := newRoom(t, func(c *Config) { c.LookEvery = time.Second })
		p := r.open(t, browser, c.lang, c.width, 760, c.dark)
		off := emulation.SetScriptExecutionDisabledParams{Value: true}
		if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
			t.Fatal(err)
		}
		at := func(name, step string) {
			t.Helper()
			tick := time.NewTicker(30 * time.Millisecond)
			defer tick.Stop()
			for begun := time.Now(); ; <-tick.C { // across changes of the page
				there, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`location.pathname === "/chat/plain" && `+step))
				if err == nil && there {
					break
				}
				if time.Since(begun) > 15*time.Second {
					t.Fatalf("%s: waiting for %s: %v; console: %q", p.name, step, err, p.console)
				}
			}
			p.fits()
			p.shot("plain-" + name)
		}
		p.do(chromedp.Navigate(r.server.URL + "/chat"))
		at("1-start", `document.querySelector("textarea") !== null`)
		p.do(chromedp.SendKeys("#text", "¿Tienen algo el martes?"), chromedp.Submit("#text"))
		at("2-waiting", `document.querySelector("[role=status]") !== null`)
		e, _ := r.lastEvent(t)
		r.offer(t, e.Of(), "t1", "El martes tenemos estas horas:", agent.Choice{ID: "a", Title: "9:00 a. m.", Detail: "Dra. Ana Treviño · Gulfton"}, agent.Choice{ID: "b", Title: "Otro día"})
		at("3-choices", `document.querySelectorAll("button[name=choice]").length === 2`) // by itself
		off.Value = false
		if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
			t.Fatal(err)
		}
		channeltest.Accessible(t, p.ctx, axe, p.name+" plain")
		p.do(chromedp.Click(`button[value="b"]`))
		at("4-tapped", `document.querySelector("[role=status]") !== null`)
		if e, n := r.lastEvent(t); n != 2 || e.Button != "b" {
			t.Errorf("%d events, the tap is %+v", n, e)
		}
		p.clean()
	}
}

func TestAWithheldReplyEndsTheWait(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t)
	p := r.open(t, browser, "en-US", 390, 760, false)
	p.do(chromedp.SendKeys("#text", "hello\r"))
	p.await(`document.querySelector(".dots") !== null`)
	e, _ := r.lastEvent(t)
	if err := r.Bus.SetConsent(t.Context(), e.Of(), agent.ConsentStop, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	seq := r.reply(t, e.Of(), "t1", "not to be shown")
	p.await(`document.querySelector(".dots") === null`)
	p.await(fmt.Sprintf(`JSON.parse(sessionStorage.getItem("recado")).last === "%d"`, seq))
	if p.eval(`document.querySelectorAll("#messages .clinic").length`) != "0" {
		t.Error("a withheld reply is on the page")
	}
}
