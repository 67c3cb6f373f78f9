// Package graphtest is a stand-in for the WhatsApp part of the Graph API on
// the loopback interface, for tests and for `recado dev`: it takes messages and
// read marks, keeps them for inspection, refuses what the platform would, and
// fails when it is told to.
package graphtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"

	"recado/agent/channel/channeltest/standin"
)

// Call is one request to send a message.
type Call struct {
	Account  string // phone_number_id of the path
	To       string // phone number
	User     string // business-scoped user id, where there was no phone number
	Kind     string // text, button, list or template
	Text     string // of a text, or above choices
	Callback string // biz_opaque_callback_data
	Token    string // bearer token
	ID       string // the id it was given; empty when it was refused
	At       time.Time

	Choices []Choice // of buttons and lists
	Menu    string   // what opens a list

	Template, TemplateLanguage string
	Parameters                 []string
}

// Who is the patient: the phone number, else the user id.
func (c Call) Who() string {
	if c.To != "" {
		return c.To
	}
	return c.User
}

// Choice is what can be tapped.
type Choice struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Detail string `json:"description"`
}

// Mark is one read mark.
type Mark struct {
	Account string
	Message string // the id of the patient's message
	Typing  bool
	At      time.Time
}

// Answer is what the script says to one call. The zero Answer accepts it.
type Answer = standin.Answer

// Script decides the answer to a call; n counts the calls from 0. It is
// called by one goroutine at a time.
type Script = standin.Script[Call]

// Fail refuses the first len(codes) calls with these error codes.
func Fail(codes ...int) Script { return standin.Fail[Call](codes...) }

// Server is a running stand-in. It is safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu      sync.Mutex
	script  Script
	calls   []Call
	sent    []Call
	changed chan struct{} // closed and replaced at every call
	taken   func(Call)
	marks   []Mark
	marking func(Mark) Answer
	refused int      // messages of a form that the platform does not take
	others  []string // method and path of what is neither message nor mark

	limits Limits
	wrote  map[string]time.Time // by patient
	paid   map[string]time.Time // by account and patient

	tell sync.Mutex // held while taken runs
}

func blank() *Server {
	return &Server{changed: make(chan struct{}), wrote: map[string]time.Time{}, paid: map[string]time.Time{}}
}

// New starts a server on a free loopback port.
func New() *Server {
	s := blank()
	s.http = httptest.NewServer(s)
	return s
}

// Listen starts a server on an address such as 127.0.0.1:8089.
func Listen(address string) (_ *Server, err error) {
	s := blank()
	s.http, err = standin.Listen(address, s)
	return s, err
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
	s.script = script.FromZero()
}

// OnTaken calls f, one call at a time, after each message that was taken,
// for example to show it or to play a status webhook.
func (s *Server) OnTaken(f func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = f
}

// OnMark decides the answer to read marks from now on, before they are kept.
func (s *Server) OnMark(f func(Mark) Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marking = f
}

// Marks returns the read marks in their order.
func (s *Server) Marks() []Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mark(nil), s.marks...)
}

// Refused is how many messages had a form that the platform does not take.
func (s *Server) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Others returns method and path of requests that are neither a message nor a
// read mark, such as the download of a file.
func (s *Server) Others() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.others...)
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
	return wait(ctx, s, n, "messages taken", func() []Call { return s.sent })
}

// WaitCalls returns the calls once there are n of them.
func (s *Server) WaitCalls(ctx context.Context, n int) ([]Call, error) {
	return wait(ctx, s, n, "calls", func() []Call { return s.calls })
}

// WaitMarks returns the read marks once there are n of them.
func (s *Server) WaitMarks(ctx context.Context, n int) ([]Mark, error) {
	return wait(ctx, s, n, "read marks", func() []Mark { return s.marks })
}

func wait[T any](ctx context.Context, s *Server, n int, what string, list func() []T) ([]T, error) {
	return standin.Wait(ctx, n, what, func() ([]T, <-chan struct{}) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return append([]T(nil), list()...), s.changed
	})
}

var path = regexp.MustCompile(`^/v[0-9]+\.[0-9]+/([0-9]+)/messages$`)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found := path.FindStringSubmatch(r.URL.Path)
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if found == nil || r.Method != http.MethodPost {
		s.mu.Lock()
		s.others = append(s.others, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		fail(w, http.StatusNotFound, 100, "")
		return
	}
	if !bearer || token == "" {
		fail(w, http.StatusUnauthorized, 190, "")
		return
	}
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fail(w, http.StatusBadRequest, 100, "not JSON")
		return
	}
	if in.Status != "" {
		s.mark(w, r, found[1], in)
		return
	}
	call, refused := in.call()
	call.Account, call.Token, call.At = found[1], token, time.Now()
	if refused != nil {
		s.keep(call)
		fail(w, http.StatusBadRequest, refused.code, refused.details)
		return
	}
	answer, call, taken := s.take(call)
	if taken != nil {
		s.tell.Lock()
		taken(call)
		s.tell.Unlock()
	}
	if !answer.Begin(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case answer.Body != "":
		w.WriteHeader(max(answer.Status, http.StatusOK))
		w.Write([]byte(answer.Body))
	case call.ID == "":
		fail(w, answer.Status, answer.Code, "")
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
	if answer.Status == 0 && answer.Code == 0 && !answer.Discard && answer.Body == "" {
		answer.Code = s.beyond(c)
	}
	if answer.Code != 0 && answer.Status == 0 {
		answer.Status = http.StatusBadRequest
	}
	refused := answer.Refuses()
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

// keep notes a call that was refused for its form. The script does not count
// it.
func (s *Server) keep(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	s.calls = append(s.calls, c)
	close(s.changed)
	s.changed = make(chan struct{})
}

// mark takes a read mark.
func (s *Server) mark(w http.ResponseWriter, r *http.Request, account string, in request) {
	m := Mark{Account: account, Message: in.Message, Typing: in.Typing.Type == "text", At: time.Now()}
	if in.Product != "whatsapp" || in.Status != "read" || in.Message == "" || in.Typing.Type != "" && !m.Typing {
		fail(w, http.StatusBadRequest, 100, "message_id")
		return
	}
	s.mu.Lock()
	decide := s.marking
	s.mu.Unlock()
	var answer Answer
	if decide != nil {
		answer = decide(m)
	}
	if answer.Wait != nil {
		select {
		case <-answer.Wait:
		case <-r.Context().Done():
			return
		}
	}
	if answer.Code != 0 || answer.Status >= 300 {
		fail(w, max(answer.Status, http.StatusBadRequest), answer.Code, "")
		return
	}
	s.mu.Lock()
	s.marks = append(s.marks, m)
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`{"success":true}`))
}

func fail(w http.ResponseWriter, status, code int, details string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := map[string]any{"message": "(#" + fmt.Sprint(code) + ") refused by the stand-in", "type": "OAuthException"}
	if code != 0 {
		e["code"] = code
	}
	if details != "" {
		e["error_data"] = map[string]string{"messaging_product": "whatsapp", "details": details}
	}
	json.NewEncoder(w).Encode(map[string]any{"error": e})
}
