package webchat

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"recado/agent"
	"recado/agent/channel/channeltest"
)

// widgetRoom is a room whose clinic has a website.
func widgetRoom(t *testing.T, lang string, change ...func(*Config)) (*room, *website) {
	t.Helper()
	var site *website
	r := newRoom(t, append(change, func(c *Config) {
		c.Secure = true
		c.Clinics = func(key string) (Clinic, bool) {
			clinic := c.Clinic
			clinic.Key, clinic.Origins = "harbor-web", []string{site.origin}
			return clinic, key == "harbor-web" || key == "harbor"
		}
	})...)
	site = r.newWebsite(t, lang)
	return r, site
}

func (v *visit) cookies() []*network.Cookie {
	v.Helper()
	out, err := chromedp.CallBrowser(v.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID})
	if err != nil {
		v.Fatal(err)
	}
	return out.Cookies
}

// cutter is a network that can be cut under open streams.
type cutter struct {
	next http.Handler

	mu   sync.Mutex
	cut  bool
	ends map[*context.CancelFunc]bool
}

func (c *cutter) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	for end := range c.ends {
		(*end)()
	}
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/events") {
		c.next.ServeHTTP(w, r)
		return
	}
	ctx, end := context.WithCancel(r.Context())
	defer end()
	c.mu.Lock()
	cut := c.cut
	c.ends[&end] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ends, &end)
	}()
	if !cut {
		c.next.ServeHTTP(w, r.WithContext(ctx))
	}
	panic(http.ErrAbortHandler)
}

func TestThePatientWritesFromTheClinicsWebsite(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r, site := widgetRoom(t, "es")
	net := &cutter{next: r.handler, ends: map[*context.CancelFunc]bool{}}
	r.serve(t, net)
	v := site.visit(t, browser, 1100, 800, false)

	if got := v.eval(v.ctx, `document.querySelectorAll("recado-chat").length + seen.mode + seen.root.querySelector("button").textContent`); got != "1closedEscríbanos" {
		t.Errorf("on the website there is %q", got)
	}
	if got := v.eval(v.ctx, `Object.getOwnPropertyNames(window).filter((k) => !seen.globals.includes(k) && isNaN(k) && k !== "seen" && k !== "event")`); got != "" {
		t.Errorf("the script leaves globals behind: %s", got)
	}
	if got := v.eval(v.ctx, `seen.root.querySelectorAll("iframe").length`); got != "0" {
		t.Error("the frame is there before anybody asked for it")
	}
	v.shot("1-closed")
	v.open(r)
	v.await(v.frame, `document.activeElement.id === "text"`)
	v.shot("2-open")
	if got := v.cookies(); len(got) != 0 {
		t.Errorf("cookies before the first message: %v", got)
	}

	v.do(v.frame, chromedp.SendKeys("#text", "¿Tienen algo el martes?\r"))
	v.await(v.frame, `document.querySelectorAll(".mark-sent").length === 1 && document.querySelector(".dots") !== null`)
	if got := v.cookies(); len(got) != 1 || !got[0].Secure || !got[0].HTTPOnly || got[0].SameSite != network.CookieSameSiteNone || got[0].PartitionKey == nil || got[0].Path != "/widget" {
		t.Errorf("the visitor's cookie is %+v", got)
	}
	e, _ := r.lastEvent(t)
	if e.Text != "¿Tienen algo el martes?" || e.Kind != agent.KindText || e.Clinic != "harbor" || e.Channel != agent.Web {
		t.Errorf("the event is %+v", e)
	}
	r.offer(t, e.Of(), "t1", "El martes 1 de diciembre tenemos estas horas. ¿Cuál prefiere?",
		agent.Choice{ID: "slot.1", Title: "9:00 a. m.", Detail: "Dra. Ana Treviño · Gulfton"},
		agent.Choice{ID: "slot.2", Title: "11:30 a. m.", Detail: "Sofía Ramírez FNP · Gulfton"},
		agent.Choice{ID: "slot.3", Title: "3:15 p. m.", Detail: "Dr. Luis Ortega · Eastside"})
	v.await(v.frame, `document.querySelectorAll(".options button:enabled").length === 3`)
	v.shot("3-choices")
	v.do(v.frame, chromedp.Click(`[data-choice="slot.2"]`))
	v.await(v.frame, `document.querySelectorAll(".mark-sent").length === 2`)
	if e, n := r.lastEvent(t); n != 2 || e.Kind != agent.KindButton || e.Button != "slot.2" || e.Text != "11:30 a. m." {
		t.Errorf("%d events, the tap is %+v", n, e)
	}
	if got := v.eval(v.frame, `document.querySelectorAll(".options button:disabled").length + document.querySelector(".options .chosen").dataset.choice`); got != "3slot.2" {
		t.Errorf("after the tap: %s", got)
	}

	// The network is gone while the reply is written.
	net.set(true)
	v.await(v.frame, `document.getElementById("state").textContent.includes("Reconectando")`)
	v.shot("4-lost")
	r.reply(t, e.Of(), "t2", "Quedó su cita el martes 1 de diciembre a las 11:30 a. m.")
	net.set(false)
	v.await(v.frame, `document.querySelectorAll("#messages .clinic").length === 2 && document.getElementById("state").textContent === ""`)
	r.reply(t, e.Of(), "t3", "¡Hasta entonces!")
	v.await(v.frame, `document.querySelectorAll("#messages .clinic").length === 3`)
	if got := v.eval(v.frame, `[...document.querySelectorAll("#messages .clinic .words")].slice(1).map((w) => w.textContent).join("|")`); got != "Quedó su cita el martes 1 de diciembre a las 11:30 a. m.|¡Hasta entonces!" {
		t.Errorf("after the reconnection the replies are %q", got)
	}

	// Esc closes; what arrives then is counted on the button.
	v.do(v.frame, chromedp.KeyEvent("\x1b"))
	v.await(v.ctx, `!seen.root.querySelector("dialog").open && seen.root.activeElement?.localName === "button"`)
	r.reply(t, e.Of(), "t4", "Una cosa más.")
	v.await(v.ctx, `seen.root.querySelector("b").dataset.n === "1" && seen.root.querySelector("button").getAttribute("aria-label") === "Escríbanos, 1 mensaje nuevo"`)
	v.shot("5-unread")
	v.do(v.ctx, chromedp.Evaluate[chromedp.Void](`void (document.documentElement.lang = "en")`))
	v.await(v.ctx, `seen.root.querySelector("button").getAttribute("aria-label") === "Message us, 1 new message"`)

	// An emergency text does not wait behind the button.
	r.reply(t, e.Of(), "e5", "Esto puede ser una emergencia. Llame al 911 ahora mismo.")
	v.await(v.ctx, `seen.root.querySelector("dialog").open && seen.root.querySelector("b").hidden`)
	v.shot("6-emergency")
	v.clean()
}

func TestOnlyTheRightOriginIsHeard(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r, site := widgetRoom(t, "en")
	v := site.visit(t, browser, 900, 700, true)
	v.open(r)
	v.await(v.ctx, `seen.root.querySelector("dialog").open`)

	// The website's own window is not the frame.
	v.do(v.ctx, chromedp.Evaluate[chromedp.Void](`void (postMessage({recado: 1, type: "unread", count: 7}, "*"), postMessage({recado: 1, type: "close"}, "*"))`))
	v.await(v.ctx, `new Promise((done) => { addEventListener("message", () => done(true), { once: true }); postMessage("after", "*"); })`)
	if got := v.eval(v.ctx, `seen.root.querySelector("dialog").open + " " + seen.root.querySelector("b").hidden`); got != "true true" {
		t.Errorf("a message of the website itself was obeyed: %s", got)
	}
	// Nor is a frame of the right source and another origin, or the reverse.
	v.do(v.ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void (() => {
		const frame = seen.root.querySelector("iframe").contentWindow, data = {recado: 1, type: "unread", count: 7};
		dispatchEvent(new MessageEvent("message", {data, origin: "https://evil.example", source: frame}));
		dispatchEvent(new MessageEvent("message", {data, origin: %q, source: window}));
		dispatchEvent(new MessageEvent("message", {data: {type: "unread", count: 7}, origin: %q, source: frame}));
	})()`, r.server.URL, r.server.URL)))
	if got := v.eval(v.ctx, `seen.root.querySelector("b").hidden`); got != "true" {
		t.Error("a message from a wrong origin was obeyed")
	}
	// The frame hears its website, at the origin that the profile names.
	for name, test := range map[string]struct{ origin, source, want string }{
		"wrong origin": {"https://evil.example", "parent", "false"}, "wrong source": {site.origin, "window", "false"}, "right": {site.origin, "parent", "true"},
	} {
		v.do(v.frame, chromedp.Evaluate[chromedp.Void](`void document.getElementById("text").blur()`))
		v.do(v.frame, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void dispatchEvent(new MessageEvent("message", {data: {recado: 1, type: "open", focus: true}, origin: %q, source: %s}))`, test.origin, test.source)))
		if got := v.eval(v.frame, `document.activeElement.id === "text"`); got != test.want {
			t.Errorf("%s: obeyed: %s", name, got)
		}
	}
	v.shot("7-dark")
	v.clean()
}

// readable is the contrast of white on a computed colour.
const readable = `(() => {
	const light = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
	const [r, g, b] = %s.match(/[\d.]+/g).map(Number).map(light);
	return 1.05 / (0.05 + 0.2126 * r + 0.7152 * g + 0.0722 * b);
})()`

func TestAnyColourOfAWebsiteIsReadable(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	for color, keeps := range map[string]string{"#ffe600": "", "7a1fa2": "rgb(122, 31, 162)", "url(x)": "rgb(14, 107, 102)"} {
		r, site := widgetRoom(t, "en")
		site.color = color
		v := site.visit(t, browser, 700, 700, color == "#ffe600")
		if got := v.eval(v.ctx, `getComputedStyle(seen.root.querySelector("button")).backgroundColor`); keeps != "" && got != keeps {
			t.Errorf("%s: the button is %s", color, got)
		}
		if got := v.eval(v.ctx, fmt.Sprintf(readable, `getComputedStyle(seen.root.querySelector("button")).backgroundColor`)+" >= 4.5"); got != "true" {
			t.Errorf("%s: white cannot be read on the button", color)
		}
		v.open(r)
		v.do(v.frame, chromedp.SendKeys("#text", "Hello!"))
		if got := v.eval(v.frame, fmt.Sprintf(readable, `getComputedStyle(document.getElementById("send")).backgroundColor`)+" >= 4.5"); got != "true" {
			t.Errorf("%s: white cannot be read in the frame", color)
		}
		v.shot("9-colour-" + strings.Trim(color, "#()"))
		v.clean()
	}
}

func TestAnotherWebsiteCannotShowTheChat(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r, _ := widgetRoom(t, "en")
	other := r.newWebsite(t, "en")
	v := other.visit(t, browser, 390, 700, false)
	v.press()
	v.await(v.ctx, `seen.root.querySelector("dialog a")?.getAttribute("href") === `+fmt.Sprintf("%q", r.server.URL+"/chat?lang=en&clinic=harbor-web"))
	if got := v.eval(v.ctx, `seen.root.querySelector("iframe").hidden + seen.root.querySelector("dialog p").textContent`); got != "trueThe chat cannot open inside this page." {
		t.Errorf("on another website there is %q", got)
	}
	v.shot("8-refused")
}

func TestOnAPhoneTheChatIsTheWholeScreen(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	for _, c := range []struct {
		lang, welcome string
		dark          bool
	}{{"es", "¡Hola!", true}, {"en", "Hello!", false}} {
		r, site := widgetRoom(t, c.lang)
		v := site.visit(t, browser, 320, 640, c.dark)
		v.shot("1-closed")
		v.open(r)
		if got := v.eval(v.frame, `innerWidth + "x" + innerHeight + document.querySelector(".bubble").textContent.trim().split(" ")[0]`); got != "320x640"+c.welcome {
			t.Errorf("%s: the sheet is %s", v.name, got)
		}
		if got := v.eval(v.ctx, `seen.root.querySelector("dialog").matches(":modal")`); got != "true" {
			t.Errorf("%s: the website behind the sheet can still be reached", v.name)
		}
		v.shot("2-open")
		v.do(v.frame, chromedp.Click(`#chips button:nth-of-type(3)`))
		v.await(v.frame, `document.querySelectorAll(".mark-sent").length === 1`)
		e, _ := r.lastEvent(t)
		r.offer(t, e.Of(), "t1", "Tenemos estas horas:", agent.Choice{ID: "a", Title: "9:00 a. m.", Detail: "Dra. Ana Treviño · Gulfton"}, agent.Choice{ID: "b", Title: "Otro día"})
		v.await(v.frame, `document.querySelectorAll(".options button:enabled").length === 2`)
		v.shot("3-choices")
		v.do(v.frame, chromedp.Click(`#close`))
		v.await(v.ctx, `!seen.root.querySelector("dialog").open && seen.root.activeElement?.localName === "button"`)
		// Opened again it is the same conversation.
		v.press()
		v.await(v.ctx, `seen.root.querySelector("dialog").open`)
		if got := v.eval(v.frame, `document.querySelectorAll("#messages li").length`); got != "2" {
			t.Errorf("%s: opened again it has %s messages", v.name, got)
		}
		v.clean()
	}
}
