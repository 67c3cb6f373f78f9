package show_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
	"recado/evals/show"
)

// view is a page that is open in a browser.
type view struct {
	*testing.T
	ctx context.Context

	mu      sync.Mutex
	console []string
	asked   []string // paths that the browser asked for
}

// open shows a page on a wide screen in light colours.
func open(t *testing.T, browser context.Context, page string) *view {
	t.Helper()
	v := &view{T: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.asked = append(v.asked, r.URL.Path)
		v.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	}))
	t.Cleanup(server.Close)
	v.ctx = channeltest.Tab(t, browser, chromedp.WithListener(v.note))
	v.screen(screens[0])
	v.do(chromedp.Navigate(server.URL+"/report"), chromedp.WaitReady(`html[data-ready="yes"]`))
	return v
}

// screen is a width and a colour scheme.
type screen struct {
	width  int64
	scheme string
}

var screens = []screen{{1280, "light"}, {320, "dark"}, {768, "light"}}

// screen shows what is open on another screen.
func (v *view) screen(s screen) {
	v.Helper()
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: s.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		v.Fatal(err)
	}
	v.do(chromedp.EmulateViewport(s.width, 900))
}

func (v *view) note(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		v.console = append(v.console, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		v.console = append(v.console, string(e.Type))
	case *runtime.EventExceptionThrown:
		v.console = append(v.console, e.ExceptionDetails.Text)
	}
}

func (v *view) do(actions ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.Fatalf("%v; console: %v", err, v.console)
	}
}

func (v *view) eval(js string) string {
	v.Helper()
	out, err := channeltest.Value(v.ctx, js)
	if err != nil {
		v.Fatal(err)
	}
	return out
}

// await waits until a condition in the page holds.
func (v *view) await(js string) {
	v.Helper()
	if err := channeltest.Await(v.ctx, js); err != nil {
		v.Fatal(err)
	}
}

// clean fails where the console said anything, such as a violation of the
// policy, the page asked for more than itself, or it is wider than the screen.
func (v *view) clean() {
	v.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.console) > 0 {
		v.Errorf("the console says %q", v.console)
	}
	if len(v.asked) != 1 {
		v.Errorf("the page asked for %q, want /report alone", v.asked)
	}
}

const (
	shown   = `document.querySelectorAll("#cases > .case:not([hidden])").length`
	openAll = `(() => { for (const d of document.querySelectorAll("details")) d.open = true; })()`
)

func (v *view) want(js, want string) {
	v.Helper()
	if got := v.eval(js); got != want {
		v.Errorf("%s is %s, want %s", js, got, want)
	}
}

// choose sets a field of the filters as a person would.
func (v *view) choose(name, value string) {
	v.Helper()
	v.eval(fmt.Sprintf(`(() => { const f = document.getElementById("filters").elements[%q]; f.value = %q;
		(f.length && f[0] instanceof HTMLInputElement ? [...f].find(r => r.checked) : f).dispatchEvent(new Event("input", {bubbles: true})); })()`, name, value))
}

func TestTheReportInABrowser(t *testing.T) {
	t.Parallel()
	browser := channeltest.Browser(t)
	t.Run("it is read", func(t *testing.T) { isRead(t, browser) })
	t.Run("no text runs", func(t *testing.T) { noTextRuns(t, browser) })
	t.Run("it is accessible", func(t *testing.T) { isAccessible(t, browser) })
}

func isRead(t *testing.T, browser context.Context) {
	m := plainRun()
	before := plainRun()
	for i := range before.outcomes {
		if i%9 == 2 && len(before.outcomes[i].Turns) == 1 {
			before.outcomes[i].Turns[0].Text = "We were open until 5."
		}
	}
	r := m.against(t, before)
	page := write(t, "html", r, show.Options{ShowText: true, MaxCases: 60})
	if strings.Contains(page, `<details class="case fail" hidden`) || !strings.Contains(page, `class="card pad needs-script" hidden`) {
		t.Error("without the script cases are hidden or filters are shown")
	}
	v := open(t, browser, page)
	t.Run("filters, keys and addresses", func(t *testing.T) {
		v.want(shown, "60")
		v.choose("status", "ERROR")
		v.await(shown + ` === 1`)
		v.want(`document.getElementById("count").textContent`, "1 of 60 shown")
		v.want(`location.hash`, "#status=ERROR")
		v.eval(`document.querySelector("#filters [type=reset]").click()`)
		v.await(shown + ` === 60`)
		v.choose("lang", "es")
		v.choose("want", "escalate")
		v.choose("got", "answer")
		v.await(shown + ` === 3`)          // in both variants, and typed anew
		v.choose("q", "SARPULLIDO volvio") // whatever its case and accents
		v.await(`location.hash.includes("SARPULLIDO")`)
		v.want(shown, "3")
		v.choose("q", "nothing like this")
		v.await(shown + ` === 0`)
		v.want(`document.getElementById("none").hidden`, "false")
		v.eval(`document.querySelector("#filters [type=reset]").click()`)
		v.await(shown + ` === 60`)
		for _, f := range []string{"kind", "suite", "group", "variant", "typing", "tag", "promise"} {
			v.eval(fmt.Sprintf(`(() => { const f = document.getElementById("filters").elements[%q]; f.selectedIndex = 1; f.dispatchEvent(new Event("input", {bubbles: true})); })()`, f))
			v.await(shown + ` < 60`)
			v.want(shown+` === Number(/\((\d+)\)$/.exec(document.getElementById("filters").elements["`+f+`"].selectedOptions[0].textContent)[1])`, "true")
			v.eval(`document.querySelector("#filters [type=reset]").click()`)
			v.await(shown + ` === 60`)
		}

		v.eval(`document.querySelector("#cases summary").focus()`)
		at := `[...document.querySelectorAll("#cases > .case")].indexOf(document.activeElement.parentElement)`
		press := func(key string) {
			v.eval(fmt.Sprintf(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true, cancelable: true}))`, key))
		}
		press("ArrowDown")
		press("j")
		v.want(at, "2")
		press("k")
		v.want(at, "1")
		press("ArrowRight")
		v.want(`document.activeElement.parentElement.open`, "true")
		press("ArrowLeft")
		v.want(`document.activeElement.parentElement.open`, "false")
		press("End")
		v.want(at, "59")
		press("/")
		v.want(`document.activeElement.name`, "q")
		press("j") // writes a j there and moves nothing
		v.want(`document.activeElement.name`, "q")

		v.eval(`location.hash = "#status=PASS"`)
		v.await(shown + ` < 60`)
		v.eval(`location.hash = document.querySelector("#cases > .case.fail").id`)
		v.await(`document.activeElement.parentElement.open && document.activeElement.parentElement.matches(".fail")`)
		v.eval(`dispatchEvent(new Event("beforeprint"))`)
		v.want(`document.querySelectorAll(".case.fail:not([open])").length`, "0")
		v.eval(`dispatchEvent(new Event("afterprint"))`)
		v.want(`document.querySelectorAll(".case.fail[open]").length`, "1")
		v.clean()
	})
	v.eval(openAll)
	for _, s := range screens {
		v.screen(s)
		v.want(`innerWidth + ", too wide by " + (document.documentElement.scrollWidth - document.documentElement.clientWidth)`, fmt.Sprintf("%d, too wide by 0", s.width))
	}
	v.clean()
}

func noTextRuns(t *testing.T, browser context.Context) {
	v := open(t, browser, write(t, "html", hostileRun().against(t, hostileRun()), show.Options{ShowText: true}))
	v.eval(openAll)
	v.eval(`document.querySelectorAll("a, mark, .case, summary").forEach(e => { e.dispatchEvent(new MouseEvent("mouseover", {bubbles: true})); })`)
	v.want(`window.pwned`, "undefined")
	v.want(`document.querySelectorAll("script").length + " " + document.querySelectorAll("img, iframe, object, embed").length`, "1 0")
	v.want(`document.querySelectorAll("#cases > .case").length`, fmt.Sprint(2*len(hostile)))
	v.want(fmt.Sprintf(`[...document.querySelectorAll("#cases .says")].some(e => e.textContent.includes(%q))`, hostile[3]), "true")
	v.clean()
}

func isAccessible(t *testing.T, browser context.Context) {
	checker := channeltest.Axe(t)
	if checker == "" {
		t.Skip("RECADO_TEST_AXE is not set")
	}
	m := plainRun()
	m.add(knownRun().outcomes[80])
	page := write(t, "html", m.against(t, hostileRun()), show.Options{ShowText: true, MaxCases: 4})
	v := open(t, browser, page)
	v.eval(openAll)
	// what is not on the screen is laid out too, so that it is checked
	v.eval(`(() => { const s = new CSSStyleSheet(); s.replaceSync(".case, .changed { content-visibility: visible !important }"); document.adoptedStyleSheets = [s]; })()`)
	for _, s := range screens[:2] {
		v.screen(s)
		channeltest.Accessible(t, v.ctx, checker, fmt.Sprint(s.width, " ", s.scheme))
	}
}
