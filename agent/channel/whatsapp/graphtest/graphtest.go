// Package graphtest is a stand-in for the WhatsApp part of the Graph API on
// the loopback interface, for tests and for `recado dev`: it takes messages,
// keeps them for inspection and fails when it is told to.
package graphtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Call is one request to send a message.
type Call struct {
	Account  string // phone_number_id of the path
	To       string // phone number
	User     string // business-scoped user id, where there was no phone number
	Text     string
	Callback string // biz_opaque_callback_data
	Token    string // bearer token
	ID       string // the id it was given; empty when it was refused
	At       time.Time
}

// Answer is what the script says to one call. The zero Answer accepts it.
type Answer struct {
	Status  int               // HTTP status; 0 is 200, or 400 with a Code
	Code    int               // error code; 0 is none unless Status is an error
	Header  map[string]string // e.g. Retry-After
	Body    string            // sent instead of an answer of the usual form
	Drop    bool              // the message is taken and the connection cut before the answer
	Discard bool              // the connection is cut and the message not taken
	Wait    <-chan struct{}   // the answer waits until this is closed
}

// Script decides the answer to a call; n counts the calls from 0. It is
// called by one goroutine at a time.
type Script func(n int, c Call) Answer

// Fail refuses the first len(codes) calls with these error codes.
func Fail(codes ...int) Script {
	return func(n int, _ Call) Answer {
		if n < len(codes) {
			return Answer{Code: codes[n]}
		}
		return Answer{}
	}
}

// Server is a running stand-in. It is safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu      sync.Mutex
	script  Script
	calls   []Call
	sent    []Call
	changed chan struct{} // closed and replaced at every call
	taken   func(Call)

	tell sync.Mutex // held while taken runs
}

// New starts a server on a free loopback port.
func New() *Server {
	s := &Server{changed: make(chan struct{})}
	s.http = httptest.NewServer(s)
	return s
}

// Listen starts a server on an address such as 127.0.0.1:8089.
func Listen(address string) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start the Graph API stand-in: %w", err)
	}
	s := &Server{changed: make(chan struct{})}
	s.http = httptest.NewUnstartedServer(s)
	s.http.Listener.Close()
	s.http.Listener = l
	s.http.Start()
	return s, nil
}

// URL is the BaseURL for a sender.
func (s *Server) URL() string { return s.http.URL }

// Close stops the server.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Script replaces what is answered from now on, and starts its count anew.
func (s *Server) Script(script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	s.script = func(_ int, c Call) Answer {
		n++
		return script(n-1, c)
	}
}

// OnTaken calls f, one call at a time, after each message that was taken,
// for example to show it or to play a status webhook.
func (s *Server) OnTaken(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = f
}

// Calls returns all calls in their order, refused ones included.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Sent returns the messages that were taken, in their order.
func (s *Server) Sent() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.sent...)
}

// WaitSent returns the messages taken once there are n of them.
func (s *Server) WaitSent(ctx context.Context, n int) ([]Call, error) {
	return s.wait(ctx, n, "messages taken", func() []Call { return s.sent })
}

// WaitCalls returns the calls once there are n of them.
func (s *Server) WaitCalls(ctx context.Context, n int) ([]Call, error) {
	return s.wait(ctx, n, "calls", func() []Call { return s.calls })
}

func (s *Server) wait(ctx context.Context, n int, what string, list func() []Call) ([]Call, error) {
	for {
		s.mu.Lock()
		have, changed := append([]Call(nil), list()...), s.changed
		s.mu.Unlock()
		if len(have) >= n {
			return have, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return have, fmt.Errorf("wait for %d %s, have %d: %w", n, what, len(have), context.Cause(ctx))
		}
	}
}

var path = regexp.MustCompile(`^/v[0-9]+\.[0-9]+/([0-9]+)/messages$`)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found := path.FindStringSubmatch(r.URL.Path)
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if found == nil || r.Method != http.MethodPost {
		fail(w, http.StatusNotFound, 100)
		return
	}
	if !bearer || token == "" {
		fail(w, http.StatusUnauthorized, 190)
		return
	}
	var in struct {
		Product string `json:"messaging_product"`
		Kind    string `json:"recipient_type"`
		To      string `json:"to"`
		User    string `json:"recipient"`
		Type    string `json:"type"`
		Text    struct {
			Body string `json:"body"`
		} `json:"text"`
		Callback string `json:"biz_opaque_callback_data"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	if err != nil || in.Product != "whatsapp" || in.Kind != "individual" || in.Type != "text" ||
		in.Text.Body == "" || len([]rune(in.Text.Body)) > 4096 || (in.To == "" && in.User == "") {
		fail(w, http.StatusBadRequest, 100)
		return
	}
	call := Call{
		Account: found[1], To: in.To, User: in.User, Text: in.Text.Body,
		Callback: in.Callback, Token: token, At: time.Now(),
	}
	answer, call, taken := s.take(call)
	if taken != nil {
		s.tell.Lock()
		taken(call)
		s.tell.Unlock()
	}
	if answer.Wait != nil {
		select {
		case <-answer.Wait:
		case <-r.Context().Done():
			return
		}
	}
	if answer.Drop || answer.Discard {
		panic(http.ErrAbortHandler)
	}
	for name, v := range answer.Header {
		w.Header().Set(name, v)
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case answer.Body != "":
		w.WriteHeader(max(answer.Status, http.StatusOK))
		w.Write([]byte(answer.Body))
	case call.ID == "":
		fail(w, answer.Status, answer.Code)
	default:
		json.NewEncoder(w).Encode(map[string]any{
			"messaging_product": "whatsapp",
			"contacts":          []any{map[string]string{"input": in.To, "wa_id": in.To}},
			"messages":          []any{map[string]string{"id": call.ID}},
		})
	}
}

// take asks the script, gives the message an id where it is accepted, and
// tells those who wait.
func (s *Server) take(c Call) (Answer, Call, func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer Answer
	if s.script != nil {
		answer = s.script(len(s.calls), c)
	}
	if answer.Code != 0 && answer.Status == 0 {
		answer.Status = http.StatusBadRequest
	}
	refused := answer.Discard || answer.Status >= 300
	if !refused {
		c.ID = fmt.Sprintf("wamid.test%06d", len(s.calls)+1)
		s.sent = append(s.sent, c)
	}
	s.calls = append(s.calls, c)
	close(s.changed)
	s.changed = make(chan struct{})
	if refused {
		return answer, c, nil
	}
	return answer, c, s.taken
}

func fail(w http.ResponseWriter, status, code int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := map[string]any{"message": "(#" + fmt.Sprint(code) + ") refused by the script", "type": "OAuthException"}
	if code != 0 {
		e["code"] = code
	}
	json.NewEncoder(w).Encode(map[string]any{"error": e})
}
