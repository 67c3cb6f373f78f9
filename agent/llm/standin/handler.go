package standin

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Request is one request that a stand-in was sent.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
	System string // its system message
	User   string // its user message
	schema string // of its reply, where it carries one
}

// Requests returns what arrived over HTTP, in order; nothing where
// Config.Forget is set.
func (s *StandIn) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers chat completions as the kind says.
func (s *StandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := readRequest(r)
	if err != nil {
		http.Error(w, `{"error":{"message":"no chat completion request","type":"invalid_request_error"}}`, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.arrived++
	n := s.arrived
	if !s.config.Forget {
		s.requests = append(s.requests, req)
	}
	s.mu.Unlock()
	if !wait(r.Context(), s.config.Latency) {
		return
	}
	kind := s.config.Kind
	if s.config.Failures > 0 && n > s.config.Failures {
		kind = NoRisk
	}
	w.Header().Set("Content-Type", "application/json")
	switch kind {
	case Never:
		<-r.Context().Done()
	case RateLimited:
		w.Header().Set("Retry-After", s.config.RetryAfter)
		w.WriteHeader(http.StatusTooManyRequests)
		fail(w, "rate limit of "+Canary+" reached: "+req.User)
	case ServerError:
		w.WriteHeader(http.StatusInternalServerError)
		fail(w, Canary+" failed on: "+req.User)
	case Malformed:
		_, _ = io.WriteString(w, `{"choices": [{"message": {"content": `+Canary)
	case Truncated:
		s.write(w, req, `{"language":"en","evidence":["`+Canary, "length", "")
	case Refusal:
		s.write(w, req, "", "stop", "I cannot help with "+Canary)
	case Disconnect:
		disconnect(w)
	default:
		s.write(w, req, s.content(kind, req), "stop", "")
	}
}

func readRequest(r *http.Request) (Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Request{}, err
	}
	req, err := parse(body)
	req.Path, req.Header = r.URL.Path, r.Header.Clone()
	return req, err
}

func parse(body []byte) (Request, error) {
	var chat struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(body, &chat); err != nil {
		return Request{}, err
	}
	req := Request{Body: body, schema: schemaOf(body)}
	for _, m := range chat.Messages {
		switch m.Role {
		case "system":
			req.System = m.Content
		case "user":
			req.User = m.Content
		}
	}
	return req, nil
}

// Text returns the patient's message out of the user message.
func (r Request) Text() string {
	lines := strings.Split(r.User, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "message ") && strings.HasSuffix(l, " begins") {
			return strings.Join(lines[i+1:len(lines)-1], "\n")
		}
	}
	return ""
}

func fail(w io.Writer, message string) {
	// what cannot be written cannot be read either: the client sees a cut body
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "stand_in", "code": "stand_in"}})
}

// wait lets d pass, and reports false where the caller gave up before.
func wait(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *StandIn) write(w io.Writer, r Request, content, finish, refusal string) {
	message := map[string]any{"role": "assistant", "content": content}
	if refusal != "" {
		message["refusal"] = refusal
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": "standin", "object": "chat.completion", "model": "standin",
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": finish}},
		"usage":   s.bill(r, content),
	})
}

// disconnect promises a body and cuts the connection within it.
func disconnect(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"choices":[`)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}
