package webchat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
)

// website is a clinic's own website on another site than the chat's, with a
// policy that lets nothing be but the chat.
type website struct {
	server *httptest.Server
	origin string
	lang   string
	color  string
}

// newWebsite serves a website for the room's chat, which knows its origin.
func (r *room) newWebsite(t *testing.T, lang string) *website {
	t.Helper()
	s := &website{lang: lang}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		chat := r.server.URL
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src "+chat+"; frame-src "+chat+"; "+
			"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		tag := `<script src="` + chat + `/widget.js" data-clinic="harbor-web" data-lang="auto" data-color="` + s.color + `" async></script>`
		fmt.Fprintf(w, `<!doctype html><html lang="%s"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Harbor</title>%s%s</head>
			<body><main><h1>Harbor Family Clinic</h1><p>We are open. <a href="#">Home</a></p></main></body></html>`, s.lang, tag, tag) // twice, as it happens
	}))
	t.Cleanup(s.server.Close)
	// Another name of this machine is another site: cookies of the frame are
	// those of a third party.
	s.origin = strings.Replace(s.server.URL, "127.0.0.1", "localhost", 1)
	return s
}

// visit is a tab on a website, and the chat's frame in it.
type visit struct {
	*testing.T
	ctx, frame context.Context
	name, axe  string
	dark       bool

	mu      sync.Mutex
	console []string
}

// watching lets the test see into the closed shadow tree, and collects what
// the policy refused.
const watching = `
	window.seen = { refused: [], globals: Object.getOwnPropertyNames(window) };
	addEventListener("securitypolicyviolation", (e) => seen.refused.push(e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile));
	const attach = Element.prototype.attachShadow;
	Element.prototype.attachShadow = function (how) {
		seen.mode = how.mode;
		return (seen.root = attach.call(this, { ...how, mode: "open" }));
	};`

func (s *website) visit(t *testing.T, browser context.Context, width, height int64, dark bool) *visit {
	t.Helper()
	v := &visit{T: t, name: fmt.Sprintf("widget-%s-%d", s.lang, width), axe: channeltest.Axe(t), dark: dark}
	if dark {
		v.name += "-dark"
	}
	ctx := channeltest.Tab(t, browser, chromedp.WithListener(v.note))
	v.ctx = ctx
	v.emulate(ctx)
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watching}); err != nil {
		t.Fatal(err)
	}
	v.do(v.ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(s.origin))
	v.await(v.ctx, `seen.root?.querySelector("button")`)
	return v
}

func (v *visit) emulate(ctx context.Context) {
	v.Helper()
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		v.Fatal(err)
	}
	// Several tabs are open at once, and each is to be the one in front.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		v.Fatal(err)
	}
}

// note keeps what a console says. A refused request is no news.
func (v *visit) note(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork {
			v.console = append(v.console, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		v.console = append(v.console, string(e.Type))
	case *runtime.EventExceptionThrown:
		v.console = append(v.console, e.ExceptionDetails.Text)
	}
}

func (v *visit) do(ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.Fatalf("%s: %v; console: %q", v.name, err, v.console)
	}
}

func (v *visit) eval(ctx context.Context, js string) string {
	v.Helper()
	out, err := channeltest.Value(ctx, js)
	if err != nil {
		v.Fatalf("%s: %v", v.name, err)
	}
	return out
}

func (v *visit) await(ctx context.Context, js string) {
	v.Helper()
	if err := channeltest.Await(ctx, js); err != nil {
		v.shot("stuck")
		v.Fatalf("%s: %v; console: %q", v.name, err, v.console)
	}
}

// press presses the button, as a person does.
func (v *visit) press() {
	v.Helper()
	v.do(v.ctx, chromedp.Evaluate[chromedp.Void](`void (seen.root.querySelector("button").focus(), seen.root.querySelector("button").click())`))
}

// open presses the button and finds the frame.
func (v *visit) open(r *room) {
	v.Helper()
	v.press()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); v.frame == nil; <-tick.C {
		infos, err := chromedp.Targets(v.ctx)
		if err != nil {
			v.Fatal(err)
		}
		for _, info := range infos {
			if info.Type == "iframe" && strings.HasPrefix(info.URL, r.server.URL+"/widget?") {
				frame, cancel := chromedp.NewContext(v.ctx, chromedp.WithTargetID(info.TargetID), chromedp.WithListener(v.note))
				v.Cleanup(cancel)
				if err := chromedp.Do(frame); err != nil {
					v.Fatal("reach the frame: ", err)
				}
				v.frame = frame
				v.emulate(frame)
			}
		}
		if time.Since(begun) > 15*time.Second {
			v.shot("stuck")
			v.Fatalf("%s: no frame; console: %q", v.name, v.console)
		}
	}
	v.await(v.frame, `document.documentElement.dataset.framed === "yes" && document.documentElement.dataset.ready === "yes"`)
}

// shot takes a picture of the whole, and looks for what is not accessible.
func (v *visit) shot(what string) {
	v.Helper()
	if dir := os.Getenv("RECADO_SCREENSHOTS"); dir != "" {
		png, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			v.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, v.name+"-"+what+".png"), png, 0o600); err != nil {
			v.Fatal(err)
		}
	}
	if what == "stuck" {
		return
	}
	channeltest.Accessible(v, v.ctx, v.axe, v.name+" "+what+" website")
	if v.frame == nil {
		return
	}
	channeltest.Accessible(v, v.frame, v.axe, v.name+" "+what+" frame")
	if v.eval(v.frame, `document.documentElement.scrollWidth > document.documentElement.clientWidth`) == "true" {
		v.Errorf("%s %s: the frame's page is wider than the frame", v.name, what)
	}
}

// clean fails where the policy refused anything, or a console has anything.
func (v *visit) clean() {
	v.Helper()
	if got := v.eval(v.ctx, `seen.refused.join("; ")`); got != "" {
		v.Errorf("%s: the website's policy refused %s", v.name, got)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.console) > 0 {
		v.Errorf("%s: the console says %q", v.name, v.console)
	}
}
