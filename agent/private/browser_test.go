package private

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"recado/agent"
	"recado/agent/channel/channeltest"
)

// staffWrite answers the patient as staff do.
func (r *room) staffWrite(t *testing.T, conversation, n int, text string) {
	t.Helper()
	c := r.caseOf(t, conversation)
	r.clock.add(time.Second)
	_, err := r.inbox.Claim(t.Context(), c.Clinic, c.ID, ana)
	must(t, err)
	r.clock.add(time.Second)
	_, err = r.inbox.Write(t.Context(), c.Clinic, c.ID, ana, uuidOf(1000*conversation+n), text)
	must(t, err)
}

func TestAPatientWritesInABrowser(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t, rulesAlone)
	for i, s := range []screen{
		{"es-MX", 320, 640, false}, {"en-US", 1280, 800, false}, {"es-MX", 1280, 800, true}, {"en-US", 320, 640, true},
	} {
		n := i + 1
		channel := []agent.Channel{agent.WhatsApp, agent.SMS, agent.Web}[i%3]
		token := r.hand(t, channel, n, 1)
		p := r.tab(t, browser, s, "/p#"+token)
		p.at("code")
		if p.eval(`location.href`) != r.server.URL+"/p" || p.eval(`document.documentElement.lang`) != "es" {
			t.Errorf("%s: the page is at %s in %s", p.name, p.eval(`location.href`), p.eval(`document.documentElement.lang`))
		}
		if p.eval(`document.activeElement.id`) != "code" {
			t.Errorf("%s: the focus is on %s", p.name, p.eval(`document.activeElement.id`))
		}
		if strings.HasPrefix(s.lang, "en") {
			p.do(chromedp.Click(`[data-set="en"]`))
			p.await(`document.documentElement.lang === "en"`)
		}
		p.shot("1-code")
		p.do(chromedp.SendKeys("#code", r.wrong(t, n)+"\r"))
		p.await(`document.getElementById("code-error").textContent !== ""`)
		p.shot("2-wrong")
		p.do(chromedp.SendKeys("#code", r.lastCode(t, n)+"\r"))
		p.at("thread")
		p.await(`document.getElementById("reading").textContent !== ""`)
		p.shot("3-empty")
		first, answer := "Mi hija de 3 años tiene fiebre desde ayer. ¿La pueden ver mañana?", "Buenas noches. Sí, la vemos mañana a las 9:00. Si tiene dudas llámenos al (713) 555-0142.\nhttps://buenavista.example/mapa\n<img src=x onerror=alert(1)>"
		if strings.HasPrefix(s.lang, "en") {
			first = "My daughter is 3 and has had a fever since yesterday. Could you see her tomorrow?"
			answer = "Good evening! Yes, we can see her tomorrow at 9:00 AM. Any questions, call (713) 555-0142.\nhttps://buenavista.example/map\n<img src=x onerror=alert(1)>"
		}
		p.do(chromedp.SendKeys("#text", first), chromedp.Click("#send"))
		p.await(`document.querySelectorAll("#messages .mark-sent").length === 1`)
		r.staffWrite(t, n, 1, answer)
		p.await(`document.querySelectorAll("#messages .clinic").length === 1`)
		if p.eval(`document.querySelector("#messages img") === null`) != "true" {
			t.Error("a message became HTML")
		}
		links := p.eval(`[...document.querySelectorAll("#messages .clinic a")].map(a => a.getAttribute("href")).join(" ")`)
		if !strings.HasPrefix(links, "tel:+17135550142 https://buenavista.example/ma") {
			t.Errorf("links are %q", links)
		}
		p.shot("4-thread")
		p.do(chromedp.SendKeys("#text", "no puedo respirar, me duele el pecho"), chromedp.Click("#send"))
		p.await(`document.querySelectorAll("#messages .danger").length === 1`)
		if got := p.text("#alert"); !strings.Contains(got, "911") {
			t.Errorf("%s: a screen reader is told %q", p.name, got)
		}
		p.shot("5-emergency")

		// A reload shows the same, the emergency too.
		p.do(chromedp.Reload(), chromedp.WaitReady(`html[data-ready="yes"]`))
		p.at("thread")
		p.await(`document.querySelectorAll("#messages li").length >= 3`)
		if got := p.eval(`document.querySelectorAll("#messages li").length + " " + document.querySelectorAll("#messages .danger").length`); got != "3 1" {
			t.Errorf("%s: after a reload there are %s: %s; %s", p.name, got, p.eval(`sessionStorage.getItem("recado-private")`), p.eval(`document.getElementById("messages").innerText`))
		}

		// What she is writing outlives the end of the visit.
		p.do(chromedp.SendKeys("#text", "Se me olvidaba: "))
		r.clock.add(31 * time.Minute)
		p.do(chromedp.Evaluate[chromedp.Void](`void window.dispatchEvent(new Event("online"))`))
		p.at("ended")
		if strings.Contains(p.eval(`document.body.innerText + document.getElementById("text").value`), "3 años") {
			t.Errorf("%s: what was written is still on the screen", p.name)
		}
		p.shot("6-ended")
		p.do(chromedp.Click("#ended-send"))
		p.at("code")
		p.await(`document.getElementById("code-state").textContent !== ""`)
		p.do(chromedp.SendKeys("#code", r.lastCode(t, n)+"\r"))
		p.at("thread")
		p.await(`document.getElementById("text").value === "Se me olvidaba: " && document.querySelectorAll("#messages li").length === 3`)

		p.do(chromedp.Click("#leave"), chromedp.WaitVisible("#ask"))
		p.shot("7-ask")
		p.do(chromedp.Click("#ask .quiet"))
		p.at("left")
		p.shot("8-left")
		if kept := p.eval(`JSON.stringify([...Object.values(sessionStorage), ...Object.values(localStorage)])`); strings.Contains(kept, "olvidaba") {
			t.Errorf("%s: kept after leaving: %s", p.name, kept)
		}
		until(t, "the visit has ended", func() bool { return p.eval(`fetch("/p/thread").then(r => r.status)`) == "401" })
		p.clean()
	}
}

func TestTheWaysAroundInABrowser(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	for _, s := range []screen{{"es-MX", 320, 640, false}, {"en-US", 1280, 800, true}} {
		const n = 1
		asked := &consents{}
		r := newRoom(t, func(c *Config) { c.Consent = asked })
		token := r.hand(t, agent.WhatsApp, n, 1)
		r.phone(t).open(token)
		r.clock.add(11 * time.Minute)

		p := r.tab(t, browser, s, "/p#"+token)
		p.at("again")
		if strings.HasPrefix(s.lang, "en") {
			p.do(chromedp.Click(`[data-set="en"]`))
		}
		p.shot("11-again")
		p.do(chromedp.Click("#again-send"))
		p.at("code")
		for range 3 {
			p.do(chromedp.SetValue("#code", r.wrong(t, n)), chromedp.Click("#code-form .strong"))
			p.await(`document.body.dataset.step === "locked" || !document.querySelector("#code-form .strong").hasAttribute("aria-disabled")`)
		}
		p.at("locked")
		p.shot("12-locked")
		r.clock.add(time.Hour)
		p.visit("/p#" + token)
		p.at("again")
		asked.stopped = true
		p.do(chromedp.Click("#again-send"))
		p.at("stopped")
		p.shot("13-stopped")
		asked.stopped = false
		p.do(chromedp.Click("#stopped-after"))
		p.at("code")
		r.clock.add(24 * time.Hour)
		p.visit("/p#" + token)
		p.at("again")
		p.do(chromedp.Click("#again-send"))
		p.at("code")
		p.await(`!document.getElementById("code-quiet").hidden`)
		p.shot("14-quiet")
		r.clock.add(LinkAge)
		p.visit("/p#" + token)
		p.at("expired")
		p.shot("15-expired")
		p.visit("/p")
		p.at("expired")
		p.do(chromedp.Evaluate[chromedp.Void](`void fetch("/p/leave", {method: "POST"})`))
		until(t, "the link is forgotten", func() bool {
			return p.eval(`fetch("/p/open", {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"}).then(r => r.status)`) == "404"
		})
		p.visit("/p")
		p.at("nolink")
		p.shot("16-nolink")
		p.clean()
	}
	r2 := newRoom(t, func(c *Config) { c.Birthdates = births{} })
	p := r2.tab(t, browser, screen{"es-MX", 320, 640, false}, "/p#"+r2.hand(t, agent.SMS, 1, 1))
	p.at("birthdate")
	p.shot("17-birthdate")
	p.do(chromedp.SendKeys("#month", "4"), chromedp.SendKeys("#day", "24"), chromedp.SendKeys("#year", "1985\r"))
	p.await(`document.getElementById("birthdate-error").textContent !== ""`)
	p.shot("18-birthdate-wrong")
	p.do(chromedp.SetValue("#day", "23"), chromedp.Click("#birthdate-form .strong"))
	p.at("thread")
}

func TestAMessageIsKeptUntilItIsSentAndSentOnce(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t, rulesAlone)
	var lost atomic.Bool
	r.serve(t, answersLost(&lost, r.handler))
	token := r.hand(t, agent.SMS, 1, 1)
	p := r.tab(t, browser, screen{"es-MX", 320, 640, false}, "/p#"+token)
	p.at("code")
	p.do(chromedp.SendKeys("#code", r.lastCode(t, 1)+"\r"))
	p.at("thread")
	lost.Store(true)
	p.do(chromedp.SendKeys("#text", "Tiene 39 de fiebre"), chromedp.Click("#send"))
	p.await(`document.querySelector(".mark-failed") !== null`)
	p.shot("21-failed")
	// The phone throws the page away meanwhile.
	p.do(chromedp.Reload(), chromedp.WaitReady(`html[data-ready="yes"]`))
	p.at("offline")
	p.shot("22-offline")
	lost.Store(false)
	p.do(chromedp.Click("#offline-again"))
	p.at("thread")
	p.await(`document.querySelectorAll("#messages .mark-sent").length === 1 && document.querySelectorAll("#messages li").length === 1`)
	if c := r.caseOf(t, 1); len(c.Arrivals) != 2 {
		t.Errorf("%d arrivals of one message", len(c.Arrivals)-1)
	}
	if kept := p.eval(`sessionStorage.getItem("recado-private")`); strings.Contains(kept, "fiebre") {
		t.Errorf("kept after it was sent: %s", kept)
	}
}

// rulesAlone keeps the classifier from having an opinion on what is shown.
func rulesAlone(c *Config) { c.Screener = broken{c.Screener} }

// answersLost lets messages through but cuts off their answers, and everything
// else, while lost is true.
func answersLost(lost *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !lost.Load() || req.URL.Path == "/p" || strings.Contains(req.URL.Path, ".") {
			next.ServeHTTP(w, req)
			return
		}
		if req.URL.Path == "/p/messages" {
			next.ServeHTTP(httptest.NewRecorder(), req)
		}
		panic(http.ErrAbortHandler)
	})
}

// hostile is what nobody should be able to do by writing.
var hostile = []string{
	`<script>window.pwned=1</script>`, `<img src=x onerror="window.pwned=1">`, `"><svg onload=window.pwned=1>`,
	`javascript:window.pwned=1`, `https://x.example/"onmouseover="window.pwned=1`, `https://javascript:window.pwned=1@x`,
	`</script><script>window.pwned=1</script>`, `{{constructor.constructor('window.pwned=1')()}}`, `<iframe srcdoc="<script>parent.pwned=1</script>">`,
	`<a href="javascript:window.pwned=1">x</a>`, `<style>*{display:none}</style>`, "\u202e\u2066<b>", `<math><mtext></p><style><img src onerror=window.pwned=1>`,
}

func TestWhatIsWrittenIsTextAndNothingElse(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t)
	token := r.hand(t, agent.SMS, 1, 1)
	ph := r.phone(t)
	ph.enter(1, token)
	for i, text := range hostile {
		ph.say(uuidOf(i+1), text)
		r.staffWrite(t, 1, i+1, text)
	}
	r.clock.add(time.Minute)
	p := r.tab(t, browser, screen{"en-US", 390, 800, false}, "/p#"+token)
	p.at("again")
	p.do(chromedp.Click("#again-send"))
	p.at("code")
	p.do(chromedp.SendKeys("#code", r.lastCode(t, 1)+"\r"))
	p.at("thread")
	p.await(fmt.Sprintf(`document.querySelectorAll("#messages li").length === %d`, 2*len(hostile)))
	p.eval(`document.querySelectorAll("#messages *").forEach(e => { e.dispatchEvent(new MouseEvent("mouseover", {bubbles: true})); })`)
	if got := p.eval(`typeof window.pwned + document.querySelectorAll("#messages :is(script, img, svg, iframe, style, math)").length`); got != "undefined0" {
		t.Errorf("written text does things: %s", got)
	}
	if got := p.eval(`[...document.querySelectorAll("#messages a")].every(a => a.protocol === "https:" || a.protocol === "tel:")`); got != "true" {
		t.Error("a link leads elsewhere")
	}
	p.clean()
}
