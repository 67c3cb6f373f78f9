package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
)

var deskURL = regexp.MustCompile(`staff +(http://\S+)(/staff/demo#\S+)`)

// TestAPatientAndStaffMeetOnEveryPage goes the whole way in Chromium, on what
// `recado dev` serves: a mother writes in Spanish about her child's fever, the
// desk rings, a person takes the conversation, reads and answers on the
// private page; the mother opens it by a code, reads and thanks; the case is
// resolved, and the assistant answers her next question. With
// RECADO_SCREENSHOTS set to a folder it leaves pictures there.
func TestAPatientAndStaffMeetOnEveryPage(t *testing.T) {
	r := startDev(t)
	found := deskURL.FindStringSubmatch(r.output.String())
	if found == nil {
		t.Fatalf("no link for staff is printed:\n%s", r.output)
	}
	base := found[1]
	browser := channeltest.Browser(t)
	patient := newTab(t, browser, r, 430, 920, "es-MX")
	staff := newTab(t, browser, r, 1280, 1000, "en-US")

	staff.do(chromedp.Navigate(base + found[2]))
	staff.await(`document.documentElement.dataset.inbox === "ready"`)
	staff.await(`document.querySelector(".nobody") !== null`)
	staff.shot("desk-empty")
	// The desk's sound has to be armed by a person's click.
	staff.do(chromedp.Click("#alerts-open"), chromedp.Click("#alert-sound"), chromedp.Click("#alerts form button"))

	patient.do(chromedp.Navigate(base+"/chat"), chromedp.WaitReady(`html[data-ready="yes"]`))
	patient.writes("Buenas noches, mi niña trae calentura desde ayer y no quiere comer, ¿qué le doy?")
	patient.await(`document.querySelectorAll("#messages .clinic").length === 1`)
	if reply := patient.last(); !strings.Contains(reply, "privacidad") || strings.Contains(reply, "calentura") {
		t.Errorf("the hand-off is %q", reply)
	}
	link := patient.text(`[...document.querySelectorAll("#messages .clinic a")].map(a => a.href).find(h => h.includes("/p#")) || ""`)
	if !strings.HasPrefix(link, base+"/p#") {
		t.Fatalf("the hand-off has no link of its own: %q", link)
	}
	patient.shot("chat-hand-off")

	// The desk hears of it by itself.
	staff.await(`document.querySelectorAll("li.item").length === 1 && Number(document.documentElement.dataset.rung || 0) > 0`)
	if row := staff.text(`document.querySelector("li.item").textContent`); strings.Contains(row, "calentura") {
		t.Errorf("the list shows what the patient wrote: %q", row)
	}
	if title := staff.text(`document.title`); !strings.HasPrefix(title, "(1") {
		t.Errorf("the title is %q", title)
	}
	staff.shot("desk-one")

	// By keyboard alone: select, open, claim.
	staff.keys("j")
	staff.keys("o")
	staff.await(`document.getElementById("do-claim") !== null && document.documentElement.dataset.inbox === "ready"`)
	if page := staff.text(`document.body.innerText`); strings.Contains(page, "calentura") {
		t.Error("the case shows what the patient wrote before anybody asked for it")
	}
	staff.keys("c")
	staff.await(`document.getElementById("do-claim") === null && document.getElementById("write-text") !== null`)
	staff.do(chromedp.Click("#do-open"))
	staff.await(`[...document.querySelectorAll(".words")].some(w => w.textContent.includes("calentura"))`)
	staff.shot("desk-case")

	// While she holds it the assistant is silent.
	patient.writes("¿a qué hora abren mañana?")
	staff.await(`document.querySelectorAll("li.arrival").length === 2`)

	const answer = "Buenas noches, soy la enfermera Ana. La vemos mañana a las 9:00; por ahora déle agua a sorbitos."
	staff.do(chromedp.SendKeys("#write-text", answer), chromedp.Click(`[data-focus="write"]`))
	staff.await(`document.querySelector("#write-text")?.value === ""`)

	private := newTab(t, browser, r, 430, 920, "es-MX")
	private.do(chromedp.Navigate(link))
	private.await(`document.body.dataset.step === "code"`)
	private.shot("private-code")
	patient.await(`/\d{6} es su c/.test([...document.querySelectorAll("#messages .clinic")].at(-1).textContent)`)
	code := regexp.MustCompile(`\d{6}`).FindString(patient.last())
	private.do(chromedp.SendKeys("#code", code+"\r"))
	private.await(`document.body.dataset.step === "thread" && document.querySelectorAll("#messages .clinic").length === 1`)
	if got := private.text(`document.querySelector("#messages .clinic").textContent`); !strings.Contains(got, "a sorbitos") {
		t.Errorf("the patient reads %q", got)
	}
	private.do(chromedp.SendKeys("#text", "Muchas gracias, ahí estaremos."), chromedp.Click("#send"))
	private.await(`document.querySelectorAll("#messages .mark-sent").length === 1`)
	private.shot("private-thread")

	staff.await(`document.querySelectorAll("li.arrival").length === 3`)
	staff.do(chromedp.Evaluate[chromedp.Void](`void document.querySelector("input[name=outcome]").click()`), chromedp.Click(`[data-focus="resolve"]`))
	staff.await(`document.querySelector(".state-line.resolved") !== null`)
	staff.shot("desk-resolved")

	// The assistant is back, and has not said a word meanwhile.
	before := patient.text(`String(document.querySelectorAll("#messages .clinic").length)`)
	patient.writes("¿y a qué hora abren mañana?")
	patient.await(`document.querySelectorAll("#messages .clinic").length === ` + before + ` + 1`)
	if reply := patient.last(); !regexp.MustCompile(`\d`).MatchString(reply) || strings.Contains(reply, "privacidad") {
		t.Errorf("the question is answered by %q", reply)
	}
	if all := patient.text(`[...document.querySelectorAll("#messages .clinic")].map(m => m.textContent).join("\n")`); strings.Contains(all, "sorbitos") {
		t.Error("what staff wrote in private is in the chat")
	}
	patient.shot("chat-after")
}

// tab is a page of a browser of its own.
type tab struct {
	t   *testing.T
	ctx context.Context
	r   *running
}

func newTab(t *testing.T, browser context.Context, r *running, width, height int64, lang string) *tab {
	t.Helper()
	ctx := channeltest.Tab(t, browser)
	p := &tab{t, ctx, r}
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Recado test", AcceptLanguage: lang}); err != nil {
		t.Fatal(err)
	}
	// without motion, so that pictures show what is there
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(width, height))
	return p
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%v\n%s", err, p.r.output)
	}
}

// await waits until an expression is true, also across a change of page.
func (p *tab) await(expression string) {
	p.t.Helper()
	if err := channeltest.Await(p.ctx, expression); err != nil {
		p.shot("failed")
		p.t.Fatalf("%v\nat %s\n%s", err, p.text(`location.pathname + " " + document.body.innerText.slice(0, 3000)`), p.r.output)
	}
}

func (p *tab) text(expression string) string {
	p.t.Helper()
	text, err := channeltest.Value(p.ctx, expression)
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// keys presses keys while no field has the focus.
func (p *tab) keys(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// writes sends a message on the chat page.
func (p *tab) writes(text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys("#text", text+"\r"))
}

// last is the clinic's last message on the chat page.
func (p *tab) last() string {
	p.t.Helper()
	return p.text(`[...document.querySelectorAll("#messages .clinic")].at(-1).textContent`)
}

func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("RECADO_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
