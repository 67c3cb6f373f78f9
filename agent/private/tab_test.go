package private

import (
	"context"
	"encoding/json"
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
	p := &tab{T: t, room: r, dir: os.Getenv("RECADO_SCREENSHOTS"), name: fmt.Sprintf("%s-%d", s.lang, s.width), axe: axe(t)}
	scheme := "light"
	if s.dark {
		scheme, p.name = "dark", p.name+"-dark"
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.note))
	t.Cleanup(cancel)
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("open a tab: ", err)
	}
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
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("(async () => String(await ("+js+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %s: %v", p.name, js, err)
	}
	return out
}

// await waits until a condition in the page holds.
func (p *tab) await(js string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](js, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		if png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot()); err == nil {
			_ = os.WriteFile(filepath.Join(p.dir, p.name+"-stuck.png"), png, 0o600)
		}
		p.Fatalf("%s: waiting for %s: %v; console: %v; the page: %s", p.name, js, err, p.console, p.eval(`document.getElementById("main").innerText`))
	}
}

// at waits for a step.
func (p *tab) at(step string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 15*time.Second)
	defer cancel()
	wait := chromedp.Poll[chromedp.Void](fmt.Sprintf(`document.body.dataset.step === %q && !document.getElementById("step-%s").hidden`, step, step), chromedp.WithPollingInterval(20*time.Millisecond))
	if err := chromedp.Do(ctx, wait); err != nil {
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
	if p.axe == "" {
		return
	}
	if p.eval(`typeof window.axe`) == "undefined" {
		if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](p.axe+"; 'ready'")); err != nil {
			p.Fatal("load axe-core: ", err)
		}
	}
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	out := p.eval(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
		.then(r => JSON.stringify(r.violations.map(x => ({ID: x.id, Help: x.help, Nodes: x.nodes.slice(0, 3).map(n => n.html.slice(0, 200))}))))`)
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		p.Fatal(err)
	}
	for _, f := range found {
		p.Errorf("%s %s: %s: %s: %q", p.name, what, f.ID, f.Help, f.Nodes)
	}
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

// axe is the accessibility checker of axe-core. RECADO_TEST_AXE names the
// folder that it was installed in (npm install --prefix FOLDER axe-core);
// without it pages are not checked, or the test fails with
// RECADO_TEST_REQUIRE=1.
func axe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RECADO_TEST_AXE")
	if dir == "" {
		const how = "RECADO_TEST_AXE is not set: npm install --prefix FOLDER axe-core, and set it to FOLDER"
		if os.Getenv("RECADO_TEST_REQUIRE") == "1" {
			t.Fatal(how)
		}
		t.Log(how)
		return ""
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	must(t, err)
	return string(source)
}
