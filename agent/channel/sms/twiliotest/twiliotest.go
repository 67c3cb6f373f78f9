// Package twiliotest is a stand-in for the SMS part of Twilio on the loopback
// interface, for tests and for `recado dev`: it takes messages, shows them on
// patients' phones, tells what became of them, delivers what patients write,
// handles stop words as Twilio does, and fails when it is told to.
package twiliotest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"recado/agent/channel/channeltest/standin"
)

// Call is one request to send a message.
type Call struct {
	Account  string // account SID
	Token    string // auth token
	To, From string // as they came, +17135550001
	Text     string
	Callback string // StatusCallback
	Reply    string // the reply's id in it
	ID       string // the SID it was given; empty when it was refused
	At       time.Time
}

// Answer is what the script says to one call. The zero Answer accepts it.
type Answer = standin.Answer

// Script decides the answer to a call; n counts the calls from 0. It is
// called by one goroutine at a time.
type Script = standin.Script[Call]

// Fail refuses the first len(codes) calls with these error codes.
func Fail(codes ...int) Script { return standin.Fail[Call](codes...) }

// Message is one message on a patient's phone.
type Message struct {
	Mine bool   // the patient wrote it
	By   string // else the clinic's number, or "twilio" for its own confirmations
	Text string
	At   time.Time
}

// Config is what a stand-in knows of its customer.
type Config struct {
	// Token is the auth token that webhooks are signed with. It has to be set
	// for Write and Tell.
	Token string
	// Number is the clinic's, like +17135550100. It has to be set for Write.
	Number string
	// Webhook is the public address that messages are posted to. It may be set
	// later, by SetWebhook.
	Webhook string
	// OptOut are the words of Twilio's Advanced Opt-Out, in capitals, each with
	// STOP, START or HELP as its meaning: Twilio answers every one of them, and
	// tells the webhook so. Nil for the default handling, which knows English
	// words only, answers a start only where it ends a block, and tells nobody.
	OptOut map[string]string
	// Deliver makes the stand-in post `sent` and `delivered` to the status
	// callback of every message that it takes.
	Deliver bool
}

// Server is a running stand-in. It is safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu      sync.Mutex
	cfg     Config
	script  Script
	calls   []Call
	sent    []Call
	phones  map[string][]Message
	stopped map[string]bool
	changed chan struct{} // closed and replaced at every change
	taken   int           // messages in both directions, for SIDs
	telling sync.WaitGroup
}

func blank(cfg Config) *Server {
	return &Server{cfg: cfg, phones: map[string][]Message{}, stopped: map[string]bool{}, changed: make(chan struct{})}
}

// New starts a server on a free loopback port.
func New(cfg Config) *Server {
	s := blank(cfg)
	s.http = httptest.NewServer(s)
	return s
}

// Listen starts a server on an address such as 127.0.0.1:8090.
func Listen(address string, cfg Config) (_ *Server, err error) {
	s := blank(cfg)
	s.http, err = standin.Listen(address, s)
	return s, err
}

// URL is the BaseURL for a sender.
func (s *Server) URL() string { return s.http.URL }

// SetWebhook changes where messages are posted to.
func (s *Server) SetWebhook(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Webhook = address
}

// Close stops the server, after the status callbacks that are under way.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
	s.telling.Wait()
}

// Script replaces what is answered from now on, and starts its count anew.
func (s *Server) Script(script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script.FromZero()
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

// Phone returns what is on a patient's phone, in its order.
func (s *Server) Phone(phone string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.phones[digits(phone)]...)
}

// WaitSent returns the messages taken once there are n of them.
func (s *Server) WaitSent(ctx context.Context, n int) ([]Call, error) {
	return wait(ctx, s, n, "messages taken", func() []Call { return s.sent })
}

// WaitCalls returns the calls once there are n of them.
func (s *Server) WaitCalls(ctx context.Context, n int) ([]Call, error) {
	return wait(ctx, s, n, "calls", func() []Call { return s.calls })
}

// WaitPhone returns what is on a patient's phone once there are n messages.
func (s *Server) WaitPhone(ctx context.Context, phone string, n int) ([]Message, error) {
	return wait(ctx, s, n, "messages on the phone", func() []Message { return s.phones[digits(phone)] })
}

func wait[T any](ctx context.Context, s *Server, n int, what string, list func() []T) ([]T, error) {
	return standin.Wait(ctx, n, what, func() ([]T, <-chan struct{}) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return append([]T(nil), list()...), s.changed
	})
}

// change tells those who wait. The lock is held.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func digits(phone string) string { return strings.TrimPrefix(phone, "+") }

var (
	path   = regexp.MustCompile(`^/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages\.json$`)
	number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$|^[0-9]{5,6}$`)
)

// ServeHTTP implements http.Handler: the Messages API, and the phones.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if phone, ok := strings.CutPrefix(r.URL.Path, "/phones/"); ok {
		s.servePhone(w, r, phone)
		return
	}
	found := path.FindStringSubmatch(r.URL.Path)
	if found == nil || r.Method != http.MethodPost {
		fail(w, http.StatusNotFound, 20404)
		return
	}
	account, token, ok := r.BasicAuth()
	if !ok || account != found[1] || token == "" {
		fail(w, http.StatusUnauthorized, 20003)
		return
	}
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, 20001)
		return
	}
	call := Call{
		Account: account, Token: token, To: r.PostForm.Get("To"), From: r.PostForm.Get("From"),
		Text: r.PostForm.Get("Body"), Callback: r.PostForm.Get("StatusCallback"), At: time.Now(),
	}
	for _, problem := range []struct {
		code int
		is   bool
	}{
		{21211, !number.MatchString(call.To)}, {21212, !number.MatchString(call.From)},
		{21602, call.Text == ""}, {21617, utf8.RuneCountInString(call.Text) > 1600},
	} {
		if problem.is {
			fail(w, http.StatusBadRequest, problem.code)
			return
		}
	}
	if u, err := url.Parse(call.Callback); err == nil {
		call.Reply = u.Query().Get("reply")
	}
	answer, call := s.take(call)
	if !answer.Begin(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case answer.Body != "":
		w.WriteHeader(max(answer.Status, http.StatusOK))
		w.Write([]byte(answer.Body))
	case call.ID == "":
		fail(w, answer.Status, answer.Code)
	default:
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(map[string]any{
			"sid": call.ID, "status": "queued", "account_sid": call.Account, "to": call.To, "from": call.From,
			"body": call.Text, "error_code": nil, "error_message": nil, "direction": "outbound-api",
		})
	}
}

// take asks the script, gives the message an id where it is accepted, and
// tells those who wait.
func (s *Server) take(c Call) (Answer, Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer Answer
	if s.script != nil {
		answer = s.script(len(s.calls), c)
	}
	if answer.Status == 0 && answer.Code == 0 && !answer.Discard && s.stopped[digits(c.To)] {
		answer.Code = 21610
	}
	if answer.Code != 0 && answer.Status == 0 {
		answer.Status = http.StatusBadRequest
	}
	refused := answer.Refuses()
	if !refused {
		c.ID = s.sid()
		s.sent = append(s.sent, c)
		s.phones[digits(c.To)] = append(s.phones[digits(c.To)], Message{By: c.From, Text: c.Text, At: c.At})
		if s.cfg.Deliver {
			s.telling.Add(1)
			go func() {
				defer s.telling.Done()
				for _, status := range []string{"sent", "delivered"} {
					s.Tell(context.Background(), c, status, 0) //nolint:errcheck // a webhook that is gone is told of by the next message
				}
			}()
		}
	}
	s.calls = append(s.calls, c)
	s.change()
	return answer, c
}

// sid is the id of the next message. The lock is held.
func (s *Server) sid() string {
	s.taken++
	return fmt.Sprintf("SM%032x", s.taken)
}

func fail(w http.ResponseWriter, status, code int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := map[string]any{"message": "refused by the stand-in", "status": status, "more_info": "https://www.twilio.com/docs/errors"}
	if code != 0 {
		e["code"] = code
	}
	json.NewEncoder(w).Encode(e)
}
