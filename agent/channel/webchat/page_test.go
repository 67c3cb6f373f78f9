package webchat

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/channel/channeltest"
)

func TestNothingElseIsServed(t *testing.T) {
	r := newRoom(t)
	for path, want := range map[string]int{
		"/livez": 200, "/chat": 200, "/chat/style.css": 200, "/": 404, "/chat/": 404, "/chat/index.html": 404,
		"/chat/texts.json": 404, "/chat/messages": 405, "/metrics": 404, "/chat/../livez": 200,
	} {
		resp, err := http.Get(r.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, resp.StatusCode, want)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("GET %s: policy is %q", path, csp)
		}
	}
}

func TestThePageSpeaksTheBrowsersLanguageFirst(t *testing.T) {
	r := newRoom(t)
	for accept, want := range map[string]string{
		"": "en", "es": "es", "es-MX,es;q=0.9,en;q=0.8": "es", "en-US,en;q=0.9,es;q=0.8": "en",
		"fr-FR,es;q=0.5,en;q=0.3": "es", "zh": "en", "gibberish;;q=": "en",
	} {
		req := httptest.NewRequest(http.MethodGet, "/chat", nil)
		req.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, req)
		if !strings.Contains(w.Body.String(), `<html lang="`+want+`">`) {
			t.Errorf("%q: the page is not in %q", accept, want)
		}
	}
}

func TestBothLanguagesHaveEveryText(t *testing.T) {
	p, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range p.texts["en"] {
		if es := p.texts["es"][key]; es == "" || text == "" || es == text {
			t.Errorf("%s: %q in English, %q in Spanish", key, text, es)
		}
	}
	if len(p.texts["en"]) != len(p.texts["es"]) || len(p.texts) != 2 {
		t.Error("a language has texts that the other one lacks")
	}
}

func TestAClinicsNameCannotBreakThePage(t *testing.T) {
	h, err := New(Config{JetStream: noJetStream{}, ConversationKey: testKey, Clinic: Clinic{
		ID: "harbor", Name: `</title><script>alert(1)</script>`, Phone: `"><img src=x>`, Key: `"><i>`, Origins: []string{"https://a.example; script-src *"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/chat", "/chat/plain", "/widget", "/widget?clinic=%22%3E%3Ci%3E"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		html := w.Body.String()
		if w.Code != 200 || strings.Contains(html, "<script>alert") || strings.Contains(html, "<img src=x>") || strings.Contains(html, "<i>\"") {
			t.Errorf("%s: %d; what the profile says became HTML", path, w.Code)
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "*") {
			t.Errorf("%s: an origin became a policy: %s", path, csp)
		}
	}
}

// noJetStream is for handlers that are asked for pages alone.
type noJetStream struct{ jetstream.JetStream }

func TestAPageLeavesNoConsumerBehind(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	r.say(t, c, 1, "hola")
	stream, err := r.JS.Stream(t.Context(), bus.StreamTurn)
	if err != nil {
		t.Fatal(err)
	}
	ctx := channeltest.Context(t)
	before := consumers(ctx, t, stream)
	l := r.listen(t, c, 0, "")
	l.line("retry:")
	if during := consumers(ctx, t, stream); during != before+1 {
		t.Fatalf("%d consumers with a page open, %d before", during, before)
	}
	l.body.Close()
	for consumers(ctx, t, stream) > before {
	}
}

func consumers(ctx context.Context, t *testing.T, stream jetstream.Stream) int {
	info, err := stream.Info(ctx)
	if err != nil {
		t.Fatalf("consumers are left behind: %v", err)
	}
	return info.State.Consumers
}
