package fhirtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Fault is what goes wrong with requests of a method and a path.
type Fault struct {
	Method string // empty: any; commas are or
	Path   string // after the base: "Slot", "Slot/s1"; a prefix
	After  int    // how many such requests pass first
	Times  int    // how many are hit; 0 means one
	// What happens:
	Status     int    // answered at once, without being done
	RetryAfter string // with Status
	Body       string // in place of the answer, once it is done
	Lost       bool   // it is done, and the connection breaks
	Hang       bool   // nothing is done or answered until the client gives up
	Instead    func() // runs before it is done, such as another's change
	Rest       bool   // and everything after it gets no answer, until Heal
}

// Break adds a fault.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

func (s *Server) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/r4/")
	for _, f := range s.faults {
		if f.Times == 0 && f.Rest {
			return &Fault{Status: http.StatusServiceUnavailable}
		}
		if f.Times == 0 || f.Method != "" && !strings.Contains(f.Method, r.Method) || !strings.HasPrefix(path, f.Path) {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		f.Times--
		return f
	}
	return nil
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f := s.fault(r)
	if f == nil {
		f = &Fault{}
	}
	if f.Instead != nil {
		f.Instead()
	}
	if f.Hang {
		<-r.Context().Done()
		return
	}
	if f.Status != 0 {
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		s.write(w, r, raw, refuse(f.Status, "processing"))
		return
	}
	if s.signing(w, r, raw) {
		return
	}
	var body Resource
	if len(raw) > 0 {
		if body, err = decode(raw); err != nil {
			s.write(w, r, raw, refuse(http.StatusBadRequest, "structure"))
			return
		}
	}
	s.mu.Lock()
	a := s.handle(r, body)
	s.mu.Unlock()
	switch {
	case f.Lost:
		s.note(r, raw, 0)
		panic(http.ErrAbortHandler)
	case f.Body != "":
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = io.Copy(w, bytes.NewBufferString(f.Body)) // a client that left is no matter
		s.note(r, raw, http.StatusOK)
		return
	}
	s.write(w, r, raw, a)
}

func (s *Server) note(r *http.Request, raw []byte, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{r.Method, strings.TrimPrefix(r.URL.Path, "/r4/"), r.URL.RawQuery, raw, status})
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, raw []byte, a answer) {
	s.note(r, raw, a.status)
	if meta, ok := a.body["meta"].(Resource); ok {
		w.Header().Set("ETag", `W/"`+meta["versionId"].(string)+`"`)
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	w.WriteHeader(a.status)
	if s.options.EmptyAnswers && r.Method != http.MethodGet && a.status < 300 {
		return
	}
	_ = json.NewEncoder(w).Encode(a.body) // a client that left is no matter
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}
