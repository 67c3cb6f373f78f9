package private

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
)

// tab is one open page and what its console said.
type tab struct {
	*testing.T
	ctx  context.Context
	room *room
	dir  string
	name string
	axe  string

	mu      sync.Mutex
	console []string
}

// screen is what a patient holds in her hand.
type screen struct {
	lang          string
	width, height int64
	dark          bool
}

func (r *room) tab(t *testing.T, browser context.Context, s screen, path string) *tab {
	t.Helper()
	p := &tab{T: t, room: r, dir: os.Getenv("RECADO_SCREENSHOTS"), name: fmt.Sprintf("%s-%d", s.lang, s.width), axe: channeltest.Axe(t)}
	scheme := "light"
	if s.dark {
		scheme, p.name = "dark", p.name+"-dark"
	}
	ctx := channeltest.Tab(t, browser, chromedp.WithListener(p.note))
	p.ctx = ctx
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Recado test", AcceptLanguage: s.lang}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(s.width, s.height))
	p.visit(path)
	return p
}

func (p *tab) visit(path string) {
	p.Helper()
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(p.room.server.URL+path), chromedp.WaitReady(`html[data-ready="yes"]`))
}

// note keeps what the console says. A refused request is no news.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork {
			p.console = append(p.console, e.Entry.Text)
		}
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
		if png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot()); err == nil {
			_ = os.WriteFile(filepath.Join(p.dir, p.name+"-stuck.png"), png, 0o600)
		}
		p.Fatalf("%s: %v; console: %v; the page: %s", p.name, err, p.console, p.eval(`document.getElementById("main").innerText`))
	}
}

// at waits for a step.
func (p *tab) at(step string) {
	p.Helper()
	if err := channeltest.Await(p.ctx, fmt.Sprintf(`document.body.dataset.step === %q && !document.getElementById("step-%s").hidden`, step, step)); err != nil {
		p.Fatalf("%s: the page is at %s, not at %s", p.name, p.eval(`document.body.dataset.step`), step)
	}
}

func (p *tab) text(selector string) string {
	p.Helper()
	return p.eval(fmt.Sprintf(`document.querySelector(%q).textContent`, selector))
}

// shot takes a picture, and looks for what is not accessible on it.
func (p *tab) shot(what string) {
	p.Helper()
	if p.dir != "" {
		png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			p.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.dir, p.name+"-"+what+".png"), png, 0o600); err != nil {
			p.Fatal(err)
		}
	}
	if p.eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth`) == "true" {
		p.Errorf("%s %s: the page is wider than the screen", p.name, what)
	}
	if got := p.eval(`innerHeight > 480 && document.documentElement.scrollHeight > innerHeight ? document.documentElement.scrollHeight : 0`); got != "0" {
		p.Errorf("%s %s: the page scrolls as a whole, to %s", p.name, what, got)
	}
	if p.eval(`(() => { const b = document.querySelector(".strip").getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight && b.height > 20; })()`) != "true" {
		p.Errorf("%s %s: 911 is out of sight", p.name, what)
	}
	channeltest.Accessible(p, p.ctx, p.axe, p.name+" "+what)
}

// clean fails where the console has anything, such as a violation of the
// content security policy.
func (p *tab) clean() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.console) > 0 {
		p.Errorf("%s: the console says %q", p.name, p.console)
	}
}
