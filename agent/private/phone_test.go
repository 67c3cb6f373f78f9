package private

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
)

// phone is one browser with a cookie jar.
type phone struct {
	*testing.T
	room   *room
	client *http.Client
}

func (r *room) phone(t *testing.T) *phone {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &phone{t, r, &http.Client{Jar: jar}}
}

// answer is whatever the page is told.
type answer struct {
	code   int
	header http.Header
	body   string

	Step      Step       `json:"step"`
	Error     string     `json:"error"`
	Language  string     `json:"language"`
	Wait      int        `json:"wait"`
	Left      int        `json:"left"`
	Lasts     int        `json:"lasts"`
	Quiet     bool       `json:"quiet"`
	Entries   []entry    `json:"entries"`
	Emergency *emergency `json:"emergency"`
}

func (p *phone) do(method, path, body string, header ...string) answer {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), method, p.room.server.URL+path, strings.NewReader(body))
	must(p, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.client.Do(req)
	must(p, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	must(p, err)
	a := answer{code: resp.StatusCode, header: resp.Header, body: string(data)}
	if bytes.HasPrefix(data, []byte("{")) {
		must(p, json.Unmarshal(data, &a))
	}
	return a
}

func (p *phone) post(path string, body map[string]any) answer {
	p.Helper()
	data, err := json.Marshal(body)
	must(p, err)
	return p.do(http.MethodPost, path, string(data))
}

func (p *phone) open(token string) answer {
	p.Helper()
	return p.post("/p/open", map[string]any{"token": token})
}
func (p *phone) code(code string) answer {
	p.Helper()
	return p.post("/p/code", map[string]any{"code": code})
}
func (p *phone) another() answer { p.Helper(); return p.post("/p/code/new", map[string]any{}) }
func (p *phone) thread() answer  { p.Helper(); return p.do(http.MethodGet, "/p/thread", "") }

func (p *phone) say(id, text string) answer {
	p.Helper()
	return p.post("/p/messages", map[string]any{"id": id, "text": text, "language": "es"})
}

// enter opens the link and enters the code that came.
func (p *phone) enter(conversation int, token string) {
	p.Helper()
	p.open(token)
	if p.room.codes(p.T, conversation) == nil {
		p.Fatal("no code came")
	}
	if a := p.code(p.room.lastCode(p.T, conversation)); a.code != http.StatusOK || a.Step != StepThread {
		p.Fatalf("the right code is answered %d %s", a.code, a.body)
	}
}
