package private

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
)

// copied is a jar with the cookies of a phone.
func copied(t *testing.T, r *room, p *phone) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	at, err := url.Parse(r.server.URL + "/p/thread")
	must(t, err)
	cookies := p.client.Jar.Cookies(at)
	for _, c := range cookies {
		c.Path = "/p"
	}
	jar.SetCookies(at, cookies)
	return jar
}

func TestNothingElseIsServed(t *testing.T) {
	r := newRoom(t)
	p := r.phone(t)
	for path, want := range map[string]int{
		"/p": 200, "/p/app.js": 200, "/p/thread.js": 200, "/p/message.js": 200, "/p/text.js": 200, "/p/style.css": 200, "/p/icon.svg": 200,
		"/": 404, "/p/": 404, "/p/index.html": 404, "/p/en.toml": 404, "/p/open": 405, "/p/messages": 405, "/p/leave": 405, "/p/thread": 401,
	} {
		a := p.do(http.MethodGet, path, "")
		if a.code != want {
			t.Errorf("GET %s: %d, want %d", path, a.code, want)
		}
		for name, value := range map[string]string{
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if a.header.Get(name) != value {
				t.Errorf("GET %s: %s is %q", path, name, a.header.Get(name))
			}
		}
		if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("GET %s: policy is %q", path, csp)
		}
		if !strings.Contains(path, ".") && a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s: Cache-Control is %q", path, a.header.Get("Cache-Control"))
		}
	}
}

func TestThePageHasNothingInline(t *testing.T) {
	r := newRoom(t)
	html := r.phone(t).do(http.MethodGet, "/p", "").body
	for _, bad := range []string{" style=", " onclick", " onload", "<style", "javascript:"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if strings.Count(html, "<script") != strings.Count(html, `<script type="application/json"`)+1 {
		t.Error("the page has a script of its own")
	}
}

func TestAnotherSiteCannotPost(t *testing.T) {
	r := newRoom(t)
	p, token := r.inside(t, 1)
	for path, body := range map[string]string{
		"/p/open": `{"token":"` + token + `"}`, "/p/code": `{"code":"123456"}`, "/p/code/new": "{}",
		"/p/messages": `{"id":"` + uuidOf(1) + `","text":"x"}`, "/p/stay": "{}", "/p/leave": "{}",
	} {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			if a := p.do(http.MethodPost, path, body, header...); a.code != http.StatusForbidden {
				t.Errorf("POST %s with %v: %d", path, header, a.code)
			}
		}
	}
	if a := p.thread(); a.code != http.StatusOK || len(a.Entries) != 0 {
		t.Errorf("something was done: %d %s", a.code, a.body)
	}
}

func TestCookiesAreOursAlone(t *testing.T) {
	for _, secure := range []bool{false, true} {
		r := newRoom(t, func(c *Config) { c.Secure = secure })
		token := r.hand(t, agent.SMS, 1, 1)
		post := func(path, body string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
			req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			for _, c := range cookies {
				req.AddCookie(c)
			}
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, req)
			return w
		}
		link := post("/p/open", `{"token":"`+token+`"}`).Result().Cookies()
		visit := post("/p/code", `{"code":"`+r.lastCode(t, 1)+`"}`, link...).Result().Cookies()
		if len(link) != 1 || len(visit) != 1 {
			t.Fatalf("cookies are %v and %v", link, visit)
		}
		for _, c := range append(link, visit...) {
			name, path := strings.HasPrefix(c.Name, "__Host-"), "/p"
			if secure {
				path = "/"
			}
			if name != secure || c.Secure != secure || c.Path != path || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Domain != "" {
				t.Errorf("secure %t: cookie is %s", secure, c)
			}
		}
		// What is stored opens nothing.
		for key := range r.stored(t) {
			if strings.Contains(key, visit[0].Value) {
				t.Error("the cookie is stored")
			}
		}
	}
}

func TestPostsAreLimited(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Burst, c.AddressBurst = 4, 8 })
	token := r.hand(t, agent.SMS, 1, 1)
	p := r.phone(t)
	for n := range 5 {
		if a := p.open(token); (a.Error == "too_fast") != (n == 4) {
			t.Fatalf("post %d: %d %s", n+1, a.code, a.body)
		}
	}
	other := r.hand(t, agent.SMS, 2, 1)
	for n := range 4 {
		if a := p.open(other); (a.Error == "too_fast") != (n == 3) || n == 3 && a.header.Get("Retry-After") == "" {
			t.Fatalf("another link, post %d: %d %s", n+1, a.code, a.body)
		}
	}
	if a := p.do(http.MethodGet, "/p", ""); a.code != http.StatusOK {
		t.Errorf("the page itself: %d", a.code)
	}
	r.clock.add(time.Minute)
	if a := p.open(token); a.Error == "too_fast" {
		t.Errorf("a minute later: %d %s", a.code, a.body)
	}
}

func TestWhoAsksIsToldByOwnProxiesAlone(t *testing.T) {
	for _, c := range []struct{ peer, forwarded, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"},
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[2001:db8::1]:1", "", "2001:db8::/64"},
		{"[::ffff:203.0.113.9]:1", "", "203.0.113.9"},
	} {
		h := &Handler{cfg: Config{Proxies: prefixes(t, "10.0.0.0/8")}}
		req := httptest.NewRequest(http.MethodPost, "/p/open", nil)
		req.RemoteAddr = c.peer
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := h.address(req); got != c.want {
			t.Errorf("%s with %q: %q, want %q", c.peer, c.forwarded, got, c.want)
		}
	}
}

// stream is an open page's events.
type stream struct {
	t      *testing.T
	body   io.ReadCloser
	lines  *bufio.Scanner
	frames []string
	cancel context.CancelFunc
}

func (p *phone) listen() *stream {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), 30*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.room.server.URL+"/p/events", nil)
	must(p, err)
	resp, err := p.client.Do(req)
	must(p, err)
	if resp.StatusCode != http.StatusOK {
		p.Fatalf("events are answered %d", resp.StatusCode)
	}
	p.Cleanup(func() { cancel(); resp.Body.Close() })
	return &stream{t: p.T, body: resp.Body, lines: bufio.NewScanner(resp.Body), cancel: cancel}
}

// until reads up to a line that begins so.
func (s *stream) until(prefix string) string {
	s.t.Helper()
	for s.lines.Scan() {
		s.frames = append(s.frames, s.lines.Text())
		if strings.HasPrefix(s.lines.Text(), prefix) {
			return s.lines.Text()
		}
	}
	s.t.Fatalf("the events end before %q (%v): %q", prefix, s.lines.Err(), s.frames)
	return ""
}

func TestAWaitingPageIsToldOfMessagesAndOfNotes(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Heartbeat = 50 * time.Millisecond })
	p, _ := r.inside(t, 1)
	stranger, _ := r.inside(t, 2)
	s, theirs := p.listen(), stranger.listen()
	s.until("data: {}")
	theirs.until("data: {}")
	c := r.caseOf(t, 1)
	r.clock.add(time.Second)
	_, err := r.inbox.Claim(t.Context(), c.Clinic, c.ID, ana)
	must(t, err)
	_, err = r.inbox.Note(t.Context(), c.Clinic, c.ID, ana, uuidOf(1), canary)
	must(t, err)
	_, err = r.inbox.Write(t.Context(), c.Clinic, c.ID, ana, uuidOf(2), canary)
	must(t, err)
	if got := s.until("data: {\"id"); got != `data: {"id":"`+uuidOf(2)+`"}` {
		t.Errorf("told of %s", got)
	}
	for range 3 {
		s.until(": still here")
		theirs.until(": still here")
	}
	for _, line := range append(s.frames, theirs.frames...) {
		if strings.Contains(line, canary) || strings.Contains(line, uuidOf(1)) {
			t.Errorf("a frame says %q", line)
		}
	}
	for _, line := range theirs.frames {
		if strings.Contains(line, uuidOf(2)) {
			t.Errorf("another patient is told of %q", line)
		}
	}
	r.clock.add(31 * time.Minute)
	s.until("event: ended")
	if a := p.do(http.MethodGet, "/p/events", ""); a.code != http.StatusNoContent {
		t.Errorf("after the end: %d", a.code)
	}
}

func TestLeavingEndsAWaitingPage(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Heartbeat = time.Hour })
	p, _ := r.inside(t, 1)
	s := p.listen()
	s.until("data: {}")
	p.post("/p/leave", nil)
	s.until("event: ended")
}

func TestThereIsAnEndToWaitingPages(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	var open []*stream
	for range maxPatientStreams {
		open = append(open, p.listen())
	}
	if a := p.do(http.MethodGet, "/p/events", ""); a.code != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", a.code)
	}
	open[0].cancel()
	until(t, "there is room again", func() bool {
		r.handler.streams.mu.Lock()
		defer r.handler.streams.mu.Unlock()
		return r.handler.streams.open == maxPatientStreams-1
	})
	r.handler.Close()
	for _, s := range open[1:] {
		for s.lines.Scan() {
		}
		must(t, s.lines.Err())
	}
}

func TestNoWordOfAnybodyIsOutsideTheSeals(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Heartbeat = 20 * time.Millisecond; c.Timeout = time.Second })
	p, token := r.inside(t, 1)
	s := p.listen()
	p.say(uuidOf(1), "me duele el pecho y no puedo respirar "+canary)
	c := r.caseOf(t, 1)
	r.clock.add(time.Second)
	_, err := r.inbox.Claim(t.Context(), c.Clinic, c.ID, ana)
	must(t, err)
	_, err = r.inbox.Write(t.Context(), c.Clinic, c.ID, ana, uuidOf(2), canary)
	must(t, err)
	s.until(`data: {"id":"` + uuidOf(2))
	p.do(http.MethodPost, "/p/messages", `{"id":"`+uuidOf(3)+`","text":"`+canary+`"`)
	if !strings.Contains(p.thread().body, canary) {
		t.Fatal("nothing to look for was written")
	}
	codes := r.codes(t, 1)

	look := func(where, text string) {
		t.Helper()
		for _, secret := range append([]string{canary, token, "sealed-address"}, codes...) {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q: %s", where, secret, text)
			}
		}
	}
	for _, line := range s.frames {
		look("an event", line)
	}
	r.mu.Lock()
	for _, u := range r.urls {
		look("a URL", u)
	}
	r.mu.Unlock()
	for key, value := range r.stored(t) {
		look("the bucket", key+" "+value)
	}
	for _, name := range []string{bus.BucketThread, bus.BucketHead} {
		kv, err := r.js.KeyValue(t.Context(), name)
		must(t, err)
		lister, err := kv.ListKeys(t.Context())
		must(t, err)
		for k := range lister.Keys() {
			v, err := kv.Get(t.Context(), k)
			must(t, err)
			look(name, k+" "+string(v.Value()))
		}
	}
	for _, a := range r.audit.acts {
		data, _ := json.Marshal(a)
		look("the audit", string(data))
	}
	r.nats.Stop()
	p.say(uuidOf(4), canary)
	p.thread()
	p.code("123456")
	if r.logs.FilterMessageSnippet("private page").Len() == 0 {
		t.Error("nothing was logged: this looks at nothing")
	}
	for _, line := range r.logs.All() {
		data, err := json.Marshal(line.ContextMap())
		must(t, err)
		look("the log", line.Message+string(data))
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	r := newRoom(t)
	for what, change := range map[string]func(*Config){
		"JetStream": func(c *Config) { c.JetStream = nil }, "Inbox": func(c *Config) { c.Inbox = nil }, "Links": func(c *Config) { c.Links = nil },
		"Clinics": func(c *Config) { c.Clinics = nil }, "Screener": func(c *Config) { c.Screener = nil }, "Audit": func(c *Config) { c.Audit = nil },
	} {
		cfg := r.handler.cfg
		change(&cfg)
		if _, err := New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("without %s: %v", what, err)
		}
	}
}
