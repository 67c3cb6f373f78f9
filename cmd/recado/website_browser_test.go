package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
)

var websiteURL = regexp.MustCompile(`website +(http://\S+)`)

// TestThePatientIsAnsweredOnTheClinicsWebsite plays the patient on the demo
// website of `recado dev`, at a desk and on a phone. With RECADO_SCREENSHOTS
// set to a folder it leaves pictures there.
func TestThePatientIsAnsweredOnTheClinicsWebsite(t *testing.T) {
	r := startDev(t)
	found := websiteURL.FindStringSubmatch(r.output.String())
	if found == nil {
		t.Fatalf("no website is printed:\n%s", r.output)
	}
	browser, axe := channeltest.Browser(t), channeltest.Axe(t)
	for _, c := range []struct {
		name, lang    string
		width, height int64
		dark          bool
		texts         []string
		want          string
	}{
		{"widget-es", "es", 1440, 880, false, []string{"¿Aceptan Medicaid?", "¿Dónde me estaciono en Eastside?"}, "estacionamiento"},
		{"widget-phone", "en", 390, 780, true, []string{"Do you take Medicaid?", "How much is a sports physical?"}, "35"},
	} {
		p := newTab(t, browser, r, c.width, c.height, c.lang)
		scheme := "light"
		if c.dark {
			scheme = "dark"
		}
		if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}}); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Call(p.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			t.Fatal(err)
		}
		// The test sees into the widget's closed tree, and what the policy refuses.
		if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			window.seen = { refused: [] };
			addEventListener("securitypolicyviolation", (e) => seen.refused.push(e.violatedDirective + " " + e.blockedURI));
			const attach = Element.prototype.attachShadow;
			Element.prototype.attachShadow = function (how) { return (seen.root = attach.call(this, { ...how, mode: "open" })); };`}); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.Navigate(found[1] + "?lang=" + c.lang))
		p.await(`seen.root?.querySelector("button")`)
		channeltest.Accessible(t, p.ctx, axe, c.name+" website")
		if got := p.text(`String(document.documentElement.scrollWidth > document.documentElement.clientWidth)`); got == "true" {
			t.Errorf("%s: the website is wider than the screen", c.name)
		}
		p.shot(c.name + "-closed")
		frame := frameOf(p, strings.Replace(r.base, "127.0.0.1", "localhost", 1))
		p.do(chromedp.Evaluate[chromedp.Void](`void seen.root.querySelector("button").click()`))
		frame.await(`document.documentElement.dataset.framed === "yes"`)
		for i, text := range c.texts {
			frame.writes(text)
			frame.await(`document.querySelectorAll("#messages .clinic").length === ` + string(rune('1'+i)) + ` && document.querySelector(".dots") === null`)
		}
		if last := frame.last(); !strings.Contains(last, c.want) {
			t.Errorf("%s: %q is answered by %q", c.name, c.texts[1], last)
		}
		frame.await(`document.activeElement.blur() === undefined`)
		p.shot(c.name)
		if got := p.text(`seen.refused.join("; ")`); got != "" {
			t.Errorf("%s: the website's policy refused %s", c.name, got)
		}
	}
}

// framed is the chat inside a page. It is of the same site as the page in a
// development run, and shares its process: what is asked of it is asked in its
// execution context.
type framed struct {
	*tab
	mu sync.Mutex
	at runtime.ExecutionContextID
}

// frameOf follows the frame of an origin, to be called before there is one.
func frameOf(p *tab, origin string) *framed {
	f := &framed{tab: p}
	err := chromedp.Listen(p.ctx, func(event any) {
		if e, ok := event.(*runtime.EventExecutionContextCreated); ok && e.Context.Origin == origin {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.at = e.Context.ID
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

func (f *framed) inside(e *runtime.EvaluateParams) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e.ContextID = f.at
}

// await waits until an expression is true in the frame.
func (f *framed) await(expression string) {
	f.t.Helper()
	if err := channeltest.Await(f.ctx, expression, f.inside); err != nil {
		f.shot("failed")
		f.t.Fatalf("in the frame: %v\n%s", err, f.r.output)
	}
}

// writes fills in the frame's form as a patient does, and sends it.
func (f *framed) writes(text string) {
	f.t.Helper()
	f.await(`document.getElementById("text") !== null`)
	f.value(fmt.Sprintf(`(() => {
		const box = document.getElementById("text");
		box.value = %q;
		box.dispatchEvent(new Event("input"));
		document.getElementById("form").requestSubmit();
	})()`, text))
}

func (f *framed) last() string {
	f.t.Helper()
	return f.value(`[...document.querySelectorAll("#messages .clinic")].at(-1).textContent`)
}

func (f *framed) value(expression string) string {
	f.t.Helper()
	text, err := channeltest.Value(f.ctx, expression, f.inside)
	if err != nil {
		f.t.Fatal(err)
	}
	return text
}
