package webchat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/vault"
)

// twoClinics are on one gateway; addresses that name none are harbor's.
func twoClinics(c *Config) {
	harbor := c.Clinic
	harbor.Key, harbor.Origins = "harbor-web", []string{"https://www.harbor.example", "https://harbor.example:8443"}
	c.Clinics = func(key string) (Clinic, bool) {
		switch key {
		case "harbor", "harbor-web":
			return harbor, true
		case "north":
			return Clinic{ID: "north", Name: "North Clinic"}, true
		}
		return Clinic{}, false
	}
}

// front is what a gateway of two clinics serves without a stream.
func front(t *testing.T, change ...func(*Config)) *room {
	t.Helper()
	cfg := Config{JetStream: noJetStream{}, Clinic: Clinic{ID: "harbor", Name: "Harbor Family Clinic"}, ConversationKey: testKey}
	for _, f := range append([]func(*Config){twoClinics}, change...) {
		f(&cfg)
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &room{handler: h}
}

func (r *room) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestOnlyTheClinicsOriginsMayShowTheChat(t *testing.T) {
	r := front(t)
	for path, want := range map[string]struct {
		code                       int
		ancestors, options, policy string
	}{
		"/widget":                   {200, "https://www.harbor.example https://harbor.example:8443", "", "cross-origin"},
		"/widget?clinic=harbor-web": {200, "https://www.harbor.example https://harbor.example:8443", "", "cross-origin"},
		"/widget?clinic=north":      {200, "'none'", "DENY", "cross-origin"},
		"/widget?clinic=nobody":     {404, "'none'", "DENY", "same-origin"},
		"/chat":                     {200, "'none'", "DENY", "same-origin"},
		"/chat?clinic=harbor-web":   {200, "'none'", "DENY", "same-origin"},
		"/chat?clinic=nobody":       {404, "'none'", "DENY", "same-origin"},
		"/chat/plain":               {200, "'none'", "DENY", "same-origin"},
		"/chat/app.js":              {200, "'none'", "DENY", "same-origin"},
		"/widget/frame.js":          {200, "'none'", "DENY", "same-origin"},
		"/widget.js":                {200, "'none'", "DENY", "cross-origin"},
	} {
		w := r.get(path)
		set := w.Header()
		csp := set.Get("Content-Security-Policy")
		if w.Code != want.code || !strings.Contains(csp, "; frame-ancestors "+want.ancestors+"; ") || set.Get("X-Frame-Options") != want.options || set.Get("Cross-Origin-Resource-Policy") != want.policy {
			t.Errorf("GET %s: %d %s; %q; %q", path, w.Code, csp, set.Get("X-Frame-Options"), set.Get("Cross-Origin-Resource-Policy"))
		}
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; ") || strings.Contains(csp, "unsafe") || set.Get("X-Content-Type-Options") != "nosniff" || len(w.Result().Cookies()) != 0 {
			t.Errorf("GET %s: headers are %v", path, set)
		}
	}
}

func TestAnOriginThatIsNoneAllowsNobody(t *testing.T) {
	for _, origin := range []string{
		"*", "https://*.example", "https://a.example/", "https://a.example/chat", "https://a.example *", "https://a.example;script-src", "https://a.example,b",
		"'self'", "data:", "https:", "https://", "https://-a.example", "http://a.example:port", "HTTPS://A.EXAMPLE\nX: y", "",
	} {
		r := front(t, func(c *Config) {
			c.Clinics = func(string) (Clinic, bool) {
				return Clinic{ID: "harbor", Name: "Harbor", Origins: []string{origin}}, true
			}
		})
		w := r.get("/widget?clinic=harbor")
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "; frame-ancestors 'none'; ") || strings.Contains(w.Body.String(), `data-origins="h`) {
			t.Errorf("%q: the policy is %s", origin, csp)
		}
	}
}

func TestTheScriptIsSmallAndChecksForItself(t *testing.T) {
	r := front(t)
	w := r.get("/widget.js")
	js := w.Body.String()
	if len(js) >= 8<<10 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d bytes, %v", len(js), w.Header())
	}
	for _, never := range []string{"innerHTML", "eval(", ".style=", "setAttribute(\"style\"", "localStorage", "document.cookie", "\"*\""} {
		if strings.Contains(js, never) {
			t.Errorf("the script has %s", never)
		}
	}
	again := httptest.NewRequest(http.MethodGet, "/widget.js", nil)
	again.Header.Set("If-None-Match", w.Header().Get("ETag"))
	second := httptest.NewRecorder()
	if r.handler.ServeHTTP(second, again); second.Code != http.StatusNotModified {
		t.Errorf("asked again it is answered %d", second.Code)
	}
}

func TestEachClinicHasVisitorsOfItsOwn(t *testing.T) {
	r := newRoom(t, twoClinics)
	start := func(path string) *http.Cookie {
		t.Helper()
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != http.StatusNoContent || len(w.Result().Cookies()) != 1 {
			t.Fatalf("POST %s: %d, cookies %v", path, w.Code, w.Result().Cookies())
		}
		return w.Result().Cookies()[0]
	}
	say := func(path string, n int, cookies ...*http.Cookie) int {
		t.Helper()
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fmt.Sprintf(`{"id":%q,"text":"hi"}`, uuid(n))))
		req.Header.Set("Content-Type", "application/json")
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, req)
		return w.Code
	}
	harbor, north := start("/chat/start"), start("/chat/start?clinic=north")
	if harbor.Name == north.Name {
		t.Error("a browser can keep the cookie of one clinic only")
	}
	if code := say("/chat/messages?clinic=north", 1, harbor, north); code != http.StatusAccepted {
		t.Fatalf("answered %d", code)
	}
	if e, _ := r.lastEvent(t); e.Clinic != "north" || e.Conversation != vault.ConversationID(testKey, "north", "web", north.Value) {
		t.Errorf("the event is %+v", e)
	}
	if code := say("/chat/messages?clinic=harbor-web", 2, harbor, north); code != http.StatusAccepted {
		t.Fatalf("answered %d", code)
	}
	if e, _ := r.lastEvent(t); e.Clinic != "harbor" || e.Conversation != vault.ConversationID(testKey, "harbor", "web", harbor.Value) {
		t.Errorf("the event is %+v", e)
	}
	north.Name = harbor.Name
	if code := say("/chat/messages", 3, north); code != http.StatusForbidden {
		t.Errorf("a visitor of another clinic is answered %d", code)
	}
	if code := say("/chat/messages?clinic=nobody", 4, harbor); code != http.StatusNotFound {
		t.Errorf("a clinic that is none is answered %d", code)
	}
}

func TestTheWidgetsCookieIsTheWebsitesOwn(t *testing.T) {
	for _, test := range []struct {
		path   string
		secure bool
		want   string
	}{
		{"/chat/start", true, "Path=/chat; HttpOnly; Secure; SameSite=Strict"},
		{"/widget/start", true, "Path=/widget; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"/widget/start?clinic=north", true, "Path=/widget; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"/widget/start", false, "Path=/widget; HttpOnly; SameSite=Strict"},
	} {
		r := front(t, func(c *Config) { c.Secure = test.secure })
		for _, path := range []string{test.path, strings.Replace(test.path, "start", "new", 1)} {
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
			got := strings.Replace(w.Header().Get("Set-Cookie"), "Max-Age=0; ", "", 1)
			if _, got, _ := strings.Cut(got, "; "); got != test.want {
				t.Errorf("POST %s, secure %v: %s", path, test.secure, got)
			}
		}
	}
}

func TestATapIsTheChoiceAndItsTitle(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	for body, code := range map[string]int{
		`{"id":"` + uuid(1) + `","text":"9:00 AM","choice":"slot.a_1:2-3"}`:                                      202,
		`{"id":"` + uuid(2) + `","text":"9:00 AM","choice":"slot 1"}`:                                            400,
		`{"id":"` + uuid(3) + `","text":"","choice":"slot.1"}`:                                                   400,
		`{"id":"` + uuid(4) + `","text":"9:00 AM","choice":"` + strings.Repeat("x", 201) + `"}`:                  400,
		`{"id":"` + uuid(5) + `","text":"9:00 AM","choice":"slot.1","more":"` + strings.Repeat("x", 9000) + `"}`: 413,
	} {
		if resp, data := r.post(t, c, body); resp.StatusCode != code {
			t.Errorf("%.80s: %d %s, want %d", body, resp.StatusCode, data, code)
		}
	}
	if e, n := r.lastEvent(t); n != 1 || e.Kind != agent.KindButton || e.Button != "slot.a_1:2-3" || e.Text != "9:00 AM" || e.Validate() != nil {
		t.Errorf("%d events, the last is %+v", n, e)
	}
}

func TestATurnWithNothingToSayEndsTheWait(t *testing.T) {
	r := newRoom(t)
	c := r.browser(t)
	r.say(t, c, 1, "gracias")
	e, _ := r.lastEvent(t)
	l := r.listen(t, c, 0, "")
	data, _ := json.Marshal(map[string]any{"v": 1, "cursor": 1})
	ack, err := r.JS.Publish(t.Context(), "recado.turn."+e.Clinic+".web."+e.Conversation, data)
	if err != nil {
		t.Fatal(err)
	}
	if kind, content, id := l.event(); kind != "quiet" || content != "{}" || id != fmt.Sprint(ack.Sequence) {
		t.Errorf("event %s is %s %s", id, kind, content)
	}
}

func TestOneAddressCannotWriteForMany(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, test := range []struct {
		name, from, forwarded string
		proxies               []netip.Prefix
		limited               bool
	}{
		{"an address", "203.0.113.7:1", "", nil, true},
		{"an address behind our proxy", "10.0.0.1:1", "203.0.113.7", proxies, true},
		{"a network of phones", "[2001:db8::%d]:1", "", nil, true},
		{"everybody behind a proxy that nobody named", "10.0.0.1:1", "203.0.113.7", nil, false},
		{"this machine", "127.0.0.1:1", "", nil, false},
		{"many addresses", "203.0.113.%d:1", "", nil, false},
	} {
		r := front(t, func(c *Config) { c.AddressBurst, c.AddressRate, c.Proxies = 3, 1e-9, test.proxies })
		codes := map[int]int{}
		for i, path := range []string{"/chat/start", "/widget/start", "/widget/start?clinic=north", "/widget/messages", "/chat/new"} {
			req := httptest.NewRequest(http.MethodPost, path, nil)
			req.RemoteAddr = strings.Replace(test.from, "%d", fmt.Sprint(i+1), 1)
			if test.forwarded != "" {
				req.Header.Set("X-Forwarded-For", test.forwarded)
			}
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, req)
			codes[w.Code]++
			if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
				t.Errorf("%s: nothing says when to come back", test.name)
			}
		}
		if (codes[http.StatusTooManyRequests] == 2) != test.limited || (codes[http.StatusTooManyRequests] == 0) == test.limited {
			t.Errorf("%s: answers are %v", test.name, codes)
		}
	}
}

func TestOpenPagesAreCounted(t *testing.T) {
	s := newStreams(Config{MaxStreams: 9, MaxAddressStreams: 7})
	enter := func(conversation, address string, n int) (in int) {
		for range n {
			if s.enter(conversation, address) {
				in++
			}
		}
		return in
	}
	if got := enter("a", "1.1.1.1", 8); got != maxVisitorStreams {
		t.Errorf("one visitor has %d", got)
	}
	if got := enter("b", "1.1.1.1", 8); got != 1 {
		t.Errorf("a second one at the same address has %d", got)
	}
	if got := enter("c", "", 8); got != 2 {
		t.Errorf("with those in place a third has %d", got)
	}
	for range maxVisitorStreams {
		s.leave("a", "1.1.1.1")
	}
	s.leave("b", "1.1.1.1")
	s.leave("c", "")
	s.leave("c", "")
	if s.open != 0 || len(s.byVisitor) != 0 || len(s.byAddress) != 0 {
		t.Errorf("left behind: %+v", s)
	}
}
