package webchat

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/bus"
)

var hidden = regexp.MustCompile(`name="(id|visit)" value="([^"]*)"`)

// reader is a browser without script.
type reader struct {
	*testing.T
	*http.Client
	base string
	page string
	at   *url.URL
	code int
}

func (r *room) reader(t *testing.T) *reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{T: t, Client: &http.Client{Jar: jar}, base: r.server.URL}
}

func (b *reader) took(resp *http.Response, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.page, b.at, b.code = string(data), resp.Request.URL, resp.StatusCode
}

func (b *reader) goTo(path string) { b.Helper(); b.took(b.Get(b.base + path)) }

// form is the last form of the page, as it would be sent with a text.
func (b *reader) form(text string) url.Values {
	v := url.Values{"text": {text}}
	for _, m := range hidden.FindAllStringSubmatch(b.page, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

func (b *reader) send(v url.Values) {
	b.Helper()
	b.took(b.PostForm(b.base+"/chat/plain?lang=es", v))
}

func TestThePatientWritesWithoutScript(t *testing.T) {
	r := newRoom(t)
	b := r.reader(t)
	b.goTo("/chat?lang=es")
	redirect := regexp.MustCompile(`<noscript><meta http-equiv="refresh" content="0; url=([^"]+)"`).FindStringSubmatch(b.page)
	if redirect == nil {
		t.Fatal("a browser without script is left on the page with it")
	}
	b.goTo(html.UnescapeString(redirect[1]))
	if b.code != 200 || !strings.Contains(b.page, `<html lang="es">`) || !strings.Contains(b.page, "¡Hola!") {
		t.Fatalf("%d %s", b.code, b.page)
	}
	first := b.form("  ¿Tienen algo el martes?  ")
	b.send(first)
	if b.code != 200 || b.at.Path != "/chat/plain" || !strings.Contains(b.page, "Recibimos su mensaje") || !strings.Contains(b.page, `http-equiv="refresh"`) || strings.Contains(b.page, "martes") {
		t.Fatalf("%s: %d %s", b.at, b.code, b.page)
	}
	e, n := r.lastEvent(t)
	if n != 1 || e.Text != "¿Tienen algo el martes?" || e.Kind != agent.KindText {
		t.Fatalf("%d events, %+v", n, e)
	}
	waiting := b.at.RequestURI()

	// Sent again by a browser that lost the answer and the cookie: the same
	// message of the same visitor.
	lost := r.reader(t)
	lost.send(first)
	if again, n := r.lastEvent(t); n != 1 || again.Conversation != e.Conversation {
		t.Errorf("%d events; the second is of %s, the first of %s", n, again.Conversation, e.Conversation)
	}

	r.offer(t, e.Of(), "t1", "El martes hay <b>dos</b> horas. Llame al (713) 555-0142 o vea https://harbor.example/book.",
		agent.Choice{ID: "slot.1", Title: "9:00 a. m.", Detail: "Gulfton"}, agent.Choice{ID: "slot.2", Title: "11:30 a. m."})
	b.goTo(waiting)
	if strings.Contains(b.page, `http-equiv="refresh"`) || !strings.Contains(b.page, "&lt;b&gt;dos&lt;/b&gt;") ||
		!strings.Contains(b.page, `<a href="tel:&#43;17135550142" class="phone">(713) 555-0142</a>`) || !strings.Contains(b.page, `<a href="https://harbor.example/book" rel="noopener noreferrer">`) {
		t.Errorf("the reply is not shown, or not as text:\n%s", b.page)
	}
	if strings.Count(b.page, `name="choice"`) != 2 || strings.Index(b.page, `value="slot.1"`) > strings.Index(b.page, `value="slot.2"`) {
		t.Errorf("the choices are not two buttons in order:\n%s", b.page)
	}
	// A tap.
	button := regexp.MustCompile(`name="id" value="([^"]*)"><input type="hidden" name="visit" value="([^"]*)"><input type="hidden" name="text" value="([^"]*)"><button name="choice" value="slot.2"`).FindStringSubmatch(b.page)
	if button == nil {
		t.Fatal("the button has no form")
	}
	b.send(url.Values{"id": {button[1]}, "visit": {button[2]}, "text": {button[3]}, "choice": {"slot.2"}})
	if tap, n := r.lastEvent(t); n != 2 || tap.Kind != agent.KindButton || tap.Button != "slot.2" || tap.Text != "11:30 a. m." || tap.Conversation != e.Conversation {
		t.Errorf("%d events, the tap is %+v", n, tap)
	}
	if strings.Contains(b.page, "slot.1") || !strings.Contains(b.page, `http-equiv="refresh"`) {
		t.Error("after the tap the earlier reply is still there")
	}

	// It does not look for ever.
	b.goTo(strings.Replace(b.at.RequestURI(), "look=", "was=", 1) + "&look=99")
	if strings.Contains(b.page, `http-equiv="refresh"`) || !strings.Contains(b.page, "Está tardando") || !strings.Contains(b.page, "<textarea") {
		t.Errorf("the page still looks for the reply:\n%s", b.page)
	}
}

func TestAWithheldReplyIsNotOnThePageWithoutScript(t *testing.T) {
	r := newRoom(t)
	b := r.reader(t)
	b.goTo("/chat/plain?lang=es")
	b.send(b.form("STOP"))
	e, _ := r.lastEvent(t)
	if err := r.Bus.SetConsent(t.Context(), e.Of(), agent.ConsentStop, 1, e.At); err != nil {
		t.Fatal(err)
	}
	r.publish(t, e.Of(), bus.Outbound{V: 1, ID: "t1", Text: "not to be shown", At: e.At})
	b.goTo(b.at.RequestURI())
	if strings.Contains(b.page, "not to be shown") || strings.Contains(b.page, `http-equiv="refresh"`) || !strings.Contains(b.page, "Ya tenemos su mensaje") {
		t.Errorf("the page is\n%s", b.page)
	}
}

func TestTheFormIsRefusedWithWhatWasWritten(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Burst, c.Rate, c.NewBurst, c.NewRate = 1, 1e-9, 1, 1e-9 })
	b := r.reader(t)
	b.goTo("/chat/plain?lang=es")
	set := func(v url.Values, key, value string) url.Values {
		v.Set(key, value)
		return v
	}
	for _, test := range []struct {
		name string
		form url.Values
		code int
		want string
	}{
		{"blank", b.form("  "), 400, "No se pudo leer"},
		{"no id", set(b.form("hola <b>"), "id", ""), 400, "hola &lt;b&gt;"},
		{"no visit", set(b.form("hola"), "visit", "x"), 400, "No se pudo leer"},
		{"a choice that is none", set(b.form("hola"), "choice", "a b"), 400, "No se pudo leer"},
		{"too long", b.form(strings.Repeat("ñ", 2001)), 413, "demasiado largo"},
		{"far too long", b.form(strings.Repeat("x", 40000)), 413, "demasiado largo"},
		{"right", b.form("hola"), 200, "Recibimos"},
		{"too fast", set(b.form("hola otra vez"), "id", uuid(9)), 429, "hola otra vez"},
	} {
		b.send(test.form)
		if b.code != test.code || !strings.Contains(b.page, test.want) {
			t.Errorf("%s: %d\n%s", test.name, b.code, b.page)
		}
		b.goTo("/chat/plain?lang=es")
	}
	stranger := r.reader(t)
	stranger.goTo("/chat/plain?lang=es")
	if stranger.send(stranger.form("hola")); stranger.code != 429 {
		t.Errorf("a second visitor is answered %d", stranger.code)
	}
	req, err := http.NewRequest(http.MethodPost, r.server.URL+"/chat/plain", strings.NewReader(stranger.form("hola").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://evil.example")
	if stranger.took(http.DefaultClient.Do(req)); stranger.code != http.StatusForbidden {
		t.Errorf("a form of another website is answered %d", stranger.code)
	}
}
