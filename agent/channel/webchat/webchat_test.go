package webchat

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/channeltest"
	"recado/agent/vault"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

type room struct {
	*channeltest.NATS
	handler *Handler
	server  *httptest.Server
}

func newRoom(t *testing.T, change ...func(*Config)) *room {
	t.Helper()
	r := &room{NATS: channeltest.Start(t)}
	cfg := Config{JetStream: r.JS, Clinic: Clinic{ID: "harbor", Name: "Harbor Family Clinic", Phone: "(713) 555-0142"}, ConversationKey: testKey, Consent: r.Bus}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if r.handler, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	r.serve(t, r.handler)
	return r
}

// serve makes h what browsers reach from now on.
func (r *room) serve(t *testing.T, h http.Handler) {
	t.Helper()
	server := httptest.NewServer(h)
	r.server = server
	t.Cleanup(func() {
		r.handler.Close()
		server.Close()
	})
}

// browser is one visitor with a cookie jar.
func (r *room) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	if resp := r.start(t, c); resp.StatusCode != http.StatusNoContent || len(resp.Cookies()) != 1 {
		t.Fatalf("a new visitor is answered %d with cookies %v", resp.StatusCode, resp.Cookies())
	}
	return c
}

func (r *room) start(t *testing.T, c *http.Client) *http.Response {
	t.Helper()
	resp, err := c.Post(r.server.URL+"/chat/start", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func (r *room) post(t *testing.T, c *http.Client, body string) (*http.Response, []byte) {
	t.Helper()
	resp, err := c.Post(r.server.URL+"/chat/messages", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, data
}

func (r *room) say(t *testing.T, c *http.Client, n int, text string) accepted {
	t.Helper()
	body, _ := json.Marshal(posted{ID: uuid(n), Text: text})
	resp, data := r.post(t, c, string(body))
	var a accepted
	if err := json.Unmarshal(data, &a); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("answered %d %s (%v)", resp.StatusCode, data, err)
	}
	return a
}

// lastEvent is the newest event of the input stream.
func (r *room) lastEvent(t *testing.T) (agent.Event, uint64) {
	t.Helper()
	stream, err := r.JS.Stream(t.Context(), bus.StreamIn)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetMsg(t.Context(), stream.CachedInfo().State.LastSeq)
	if err != nil {
		t.Fatal(err)
	}
	var e agent.Event
	if err := json.Unmarshal(msg.Data, &e); err != nil {
		t.Fatal(err)
	}
	if msg.Subject != bus.InSubject(e.Of()) {
		t.Fatalf("published on %s", msg.Subject)
	}
	return e, stream.CachedInfo().State.Msgs
}

// listener reads server-sent events.
type listener struct {
	t    *testing.T
	body io.ReadCloser
	scan *bufio.Scanner
}

func (r *room) listen(t *testing.T, c *http.Client, after uint64, lastID string) *listener {
	t.Helper()
	req, err := http.NewRequestWithContext(channeltest.Context(t), http.MethodGet, fmt.Sprintf("%s/chat/events?after=%d", r.server.URL, after), nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("answered %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	return &listener{t: t, body: resp.Body, scan: bufio.NewScanner(resp.Body)}
}

// next returns the next reply and its event id.
func (l *listener) next() (reply, string) {
	l.t.Helper()
	kind, data, id := l.event()
	var out reply
	if err := json.Unmarshal([]byte(data), &out); err != nil || kind != "reply" {
		l.t.Fatalf("event %s is %s, want a reply (%v)", kind, data, err)
	}
	return out, id
}

// event returns the next event; its id is empty where it has none.
func (l *listener) event() (kind, data, id string) {
	l.t.Helper()
	for l.scan.Scan() {
		line := l.scan.Text()
		if v, ok := strings.CutPrefix(line, "id: "); ok {
			id = v
		}
		if v, ok := strings.CutPrefix(line, "event: "); ok {
			kind = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok {
			return kind, v, id
		}
	}
	l.t.Fatal("the stream of replies ended: ", l.scan.Err())
	return "", "", ""
}

func (l *listener) line(prefix string) {
	l.t.Helper()
	for l.scan.Scan() {
		if strings.HasPrefix(l.scan.Text(), prefix) {
			return
		}
	}
	l.t.Fatalf("no line %q: %v", prefix, l.scan.Err())
}

func TestAMessageIsOneEventHoweverOftenItIsPosted(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	for range 3 {
		r.say(t, c, 1, "  ¿Están abiertos mañana? 👶🏽 ")
	}
	e, n := r.lastEvent(t)
	if n != 1 || e.Text != "¿Están abiertos mañana? 👶🏽" || e.Kind != agent.KindText || e.Channel != agent.Web || e.Clinic != "harbor" {
		t.Errorf("%d events, the last is %+v", n, e)
	}
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
	other := r.browser(t)
	r.say(t, other, 1, "the same id from another visitor")
	if e2, n := r.lastEvent(t); n != 2 || e2.Conversation == e.Conversation {
		t.Errorf("another visitor shares the message or the conversation")
	}
}

func TestOnlyAPostSetsTheCookie(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Secure = true })
	for _, path := range []string{"/chat", "/chat/app.js", "/chat/events", "/livez"} {
		resp, err := http.Get(r.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if len(resp.Cookies()) != 0 {
			t.Errorf("GET %s sets a cookie", path)
		}
	}
	visitor := r.browser(t)
	if again := r.start(t, visitor); again.StatusCode != http.StatusNoContent || len(again.Cookies()) != 0 {
		t.Errorf("a known visitor is answered %d with cookies %v", again.StatusCode, again.Cookies())
	}
	resp := r.start(t, http.DefaultClient)
	if len(resp.Cookies()) != 1 {
		t.Fatalf("cookies are %v", resp.Cookies())
	}
	r.sayAs(t, resp.Cookies()[0], 1)
	if c := resp.Cookies()[0]; !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/chat" || len(c.Value) != 43 {
		t.Errorf("cookie is %v", c)
	}
	if e, _ := r.lastEvent(t); e.Conversation != vault.ConversationID(testKey, "harbor", "web", resp.Cookies()[0].Value) {
		t.Error("the conversation is not the visitor's")
	}
}

func TestRepliesArriveLiveAndAReconnectionLosesAndDoublesNone(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	a := r.say(t, c, 1, "hola")
	e, _ := r.lastEvent(t)
	stranger := e.Of()
	stranger.ID = strings.Repeat("f", 32)
	r.reply(t, e.Of(), "t1", "uno")
	r.reply(t, stranger, "t9", "not for you")
	l := r.listen(t, c, a.After, "")
	if got, _ := l.next(); got.ID != "t1" || got.Text != "uno" || got.Language != "es" || got.Emergency {
		t.Fatalf("first reply is %+v", got)
	}
	seq := r.reply(t, e.Of(), "e2", "<b>Llame</b> al 911\nahora")
	got, id := l.next()
	if got.ID != "e2" || got.Text != "<b>Llame</b> al 911\nahora" || !got.Emergency || got.Disposition != agent.Emergency || id != fmt.Sprint(seq) {
		t.Fatalf("second reply is %+v, id %s", got, id)
	}
	l.body.Close()
	r.reply(t, e.Of(), "t3", "tres")
	l = r.listen(t, c, a.After, id)
	r.reply(t, e.Of(), "t4", "cuatro")
	for _, want := range []string{"t3", "t4"} {
		if got, _ := l.next(); got.ID != want {
			t.Fatalf("after the reconnection came %s, want %s", got.ID, want)
		}
	}
	if a := r.say(t, c, 2, "gracias"); a.After <= seq {
		t.Errorf("a page without memory would begin at %d and see old replies", a.After)
	}
}

func TestRepliesSurviveARestartOfTheServer(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	r.say(t, c, 1, "hola")
	e, _ := r.lastEvent(t)
	l := r.listen(t, c, 0, "")
	r.reply(t, e.Of(), "t1", "uno")
	if got, _ := l.next(); got.ID != "t1" {
		t.Fatalf("got %s", got.ID)
	}
	if err := r.Server.Restart(); err != nil {
		t.Fatal(err)
	}
	ctx := channeltest.Context(t)
	for {
		if _, err := r.JS.AccountInfo(ctx); err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal("NATS did not come back")
		}
	}
	r.reply(t, e.Of(), "t2", "dos")
	if got, _ := l.next(); got.ID != "t2" {
		t.Fatalf("got %s", got.ID)
	}
}

func TestAnIdlePageHearsAHeartbeat(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Heartbeat = 5 * time.Millisecond })
	c := r.browser(t)
	r.say(t, c, 1, "hola")
	r.listen(t, c, 0, "").line(": still here")
}

func TestCloseEndsWaitingPages(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	r.say(t, c, 1, "hola")
	l := r.listen(t, c, 0, "")
	l.line("retry:")
	r.handler.Close()
	for l.scan.Scan() {
	}
	if err := l.scan.Err(); err != nil {
		t.Error(err)
	}
}

func TestAStrangerHasNoEvents(t *testing.T) {
	r := newRoom(t)
	resp, err := http.Get(r.server.URL + "/chat/events")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("answered %d, want 204", resp.StatusCode)
	}
}

func TestRefusalsSayWhyInBothLanguages(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Burst, c.Rate = 1, 1e-6 })
	c := r.browser(t)
	r.say(t, c, 1, "hola")
	for name, test := range map[string]struct {
		body string
		code int
		key  string
	}{
		"rate":     {`{"id":"` + uuid(2) + `","text":"hi"}`, 429, "error_rate"},
		"too long": {`{"id":"` + uuid(3) + `","text":"` + strings.Repeat("ñ", 2001) + `"}`, 413, "error_too_long"},
		"body":     {`{"id":"` + uuid(3) + `","text":"` + strings.Repeat("x", 9000) + `"}`, 413, "error_too_long"},
		"no id":    {`{"text":"hi"}`, 400, "error_invalid"},
		"blank":    {`{"id":"` + uuid(3) + `","text":" \n"}`, 400, "error_invalid"},
		"no JSON":  {`hello`, 400, "error_invalid"},
	} {
		resp, data := r.post(t, c, test.body)
		var got refusal
		if err := json.Unmarshal(data, &got); err != nil || resp.StatusCode != test.code || got.Error != test.key || got.Message["en"] == "" || got.Message["es"] == "" {
			t.Errorf("%s: %d %s", name, resp.StatusCode, data)
		}
	}
}

func TestAMessageThatIsNotStoredIsNotAccepted(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.PublishTimeout = 200 * time.Millisecond })
	c := r.browser(t)
	r.Server.Stop()
	resp, data := r.post(t, c, `{"id":"`+uuid(1)+`","text":"hi"}`)
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(data), "error_unavailable") {
		t.Errorf("answered %d %s", resp.StatusCode, data)
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	r := newRoom(t)
	for name, set := range map[string][2]string{"fetch metadata": {"Sec-Fetch-Site", "cross-site"}, "a neighbour": {"Sec-Fetch-Site", "same-site"}, "no origin": {"Origin", "null"}, "origin": {"Origin", "https://evil.example"}} {
		for _, path := range []string{"/chat/start", "/chat/messages", "/chat/new", "/chat/plain", "/widget/start", "/widget/messages", "/widget/new"} {
			req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"id":"`+uuid(1)+`","text":"hi"}`))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(set[0], set[1])
			req.AddCookie(&http.Cookie{Name: cookieName, Value: newTokens(testKey, "harbor").mint()})
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, req)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s: %s is answered %d", name, path, w.Code)
			}
		}
	}
	resp, err := r.browser(t).Post(r.server.URL+"/chat/messages", "text/plain", strings.NewReader(`{"id":"`+uuid(1)+`","text":"hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form's POST is answered %d", resp.StatusCode)
	}
}
