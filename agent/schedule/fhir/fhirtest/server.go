// Package fhirtest is a FHIR R4 server in memory for tests: what an
// appointment book needs of one, strict about versions and searches, and with
// faults on demand. What it does not know it refuses.
package fhirtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Resource is a FHIR resource as JSON.
type Resource = map[string]any

// Options say what a server can do. The zero value does everything but
// transactions and operations, for anybody.
type Options struct {
	Transactions      bool // transaction Bundles, whole or not at all
	NoConditional     bool // creates nothing under a condition
	ReadOnly          bool // takes no writes
	AppointmentsOnly  bool // takes writes of Appointments, not of Slots
	Operations        bool // $find, $hold and $book, and no writes of Slots
	NoHold            bool // with Operations: no $hold
	DropIdentifiers   bool // keeps no Slot.identifier
	EmptyAnswers      bool // answers writes without a body, with an ETag
	Page              int  // the most matches of one page; 0 means 100
	TokenAge          int  // seconds; 0 means 300
	Sign              *Sign
	AbsoluteLinksFrom string // a server that the pages' links lead to; empty for this one
}

// Server is such a server on loopback. It is safe for concurrent use.
type Server struct {
	URL string // base of FHIR's REST interface

	options Options
	mu      sync.Mutex
	kinds   map[string]map[string]Resource
	next    int
	faults  []*Fault
	calls   []Call
	tokens  map[string]bool
}

// Call is a request that arrived.
type Call struct {
	Method, Path, Query string
	Body                []byte
	Status              int
}

// New starts a server that stops with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{options: o, kinds: map[string]map[string]Resource{}, tokens: map[string]bool{}}
	h := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(h.Close)
	s.URL = h.URL + "/r4"
	return s
}

// Put stores a resource as it is, under its id or a new one, which it returns.
func (s *Server) Put(r Resource) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store(r)["id"].(string)
}

// All returns a kind's resources by id.
func (s *Server) All(kind string) []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list(kind)
}

// Get returns one resource, nil for none.
func (s *Server) Get(kind, id string) Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	return clone(s.kinds[kind][id])
}

// Calls are the requests so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *Server) list(kind string) []Resource {
	var all []Resource
	for _, id := range slices.Sorted(maps.Keys(s.kinds[kind])) {
		all = append(all, clone(s.kinds[kind][id]))
	}
	return all
}

func (s *Server) store(r Resource) Resource {
	r = clone(r)
	kind := r["resourceType"].(string)
	s.next++
	if r["id"] == nil || r["id"] == "" {
		r["id"] = "r" + strconv.Itoa(s.next)
	}
	if s.options.DropIdentifiers && kind == "Slot" {
		delete(r, "identifier")
	}
	r["meta"] = Resource{"versionId": strconv.Itoa(s.next)}
	if s.kinds[kind] == nil {
		s.kinds[kind] = map[string]Resource{}
	}
	s.kinds[kind][r["id"].(string)] = r
	return clone(r)
}

// clone is a copy that shares nothing with r, as r is when it has been written
// and read: what a test made of types of its own becomes what JSON makes of it.
func clone(r Resource) Resource {
	if r == nil {
		return nil
	}
	if made, ok := copied(r); ok {
		return made.(map[string]any)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	made, err := decode(raw)
	if err != nil {
		panic(err)
	}
	return made
}

// copied copies what decode may have made; false means that there is something
// else in it.
func copied(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return nil, true
		}
		made := make(map[string]any, len(v))
		for name, one := range v {
			c, ok := copied(one)
			if !ok {
				return nil, false
			}
			made[name] = c
		}
		return made, true
	case []any:
		if v == nil {
			return nil, true
		}
		made := make([]any, len(v))
		for i, one := range v {
			c, ok := copied(one)
			if !ok {
				return nil, false
			}
			made[i] = c
		}
		return made, true
	case nil, string, bool, json.Number:
		return v, true
	}
	return nil, false
}

// decode keeps numbers as they are written.
func decode(raw []byte) (Resource, error) {
	var r Resource
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err := d.Decode(&r)
	return r, err
}

// answer is a status and a resource, or why there is none.
type answer struct {
	status int
	body   Resource
}

// refuse is an answer with an OperationOutcome, whose words no client may tell
// further.
func refuse(status int, code string) answer {
	return answer{status: status, body: Resource{"resourceType": "OperationOutcome",
		"issue": []any{Resource{"severity": "error", "code": code, "diagnostics": "patient Juana Secreta"}}}}
}

func (s *Server) handle(r *http.Request, body Resource) answer {
	path := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/r4"), "/"), "/")
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodGet && path[0] == "metadata":
		return answer{status: http.StatusOK, body: s.statement()}
	case r.Method == http.MethodPost && path[0] == "" && s.options.Transactions:
		return s.transaction(body)
	case r.Method == http.MethodPost && len(path) == 2 && strings.HasPrefix(path[1], "$") && s.options.Operations:
		return s.operate(path[1], body)
	case r.Method == http.MethodGet && len(path) == 1:
		return s.search(path[0], q)
	case r.Method == http.MethodGet && len(path) == 2:
		if found := s.kinds[path[0]][path[1]]; found != nil {
			return answer{status: http.StatusOK, body: clone(found)}
		}
		return refuse(http.StatusNotFound, "not-found")
	case r.Method == http.MethodPost && len(path) == 1:
		return s.create(path[0], body, r.Header.Get("If-None-Exist"))
	case r.Method == http.MethodPut && len(path) == 2:
		return s.update(path[0], path[1], body, r.Header.Get("If-Match"))
	}
	return refuse(http.StatusMethodNotAllowed, "not-supported")
}

func (s *Server) writes(kind string) bool {
	return !s.options.ReadOnly && (kind != "Slot" || !s.options.AppointmentsOnly && !s.options.Operations)
}

func (s *Server) create(kind string, body Resource, once string) answer {
	switch {
	case !s.writes(kind):
		return refuse(http.StatusForbidden, "forbidden")
	case body["resourceType"] != kind:
		return refuse(http.StatusBadRequest, "invalid")
	}
	if once != "" {
		if s.options.NoConditional {
			return refuse(http.StatusBadRequest, "not-supported")
		}
		q, err := url.ParseQuery(once)
		if err != nil {
			return refuse(http.StatusBadRequest, "invalid")
		}
		found, bad := s.matches(kind, q)
		switch {
		case bad != nil:
			return *bad
		case len(found) > 1:
			return refuse(http.StatusPreconditionFailed, "multiple-matches")
		case len(found) == 1:
			return answer{status: http.StatusOK, body: clone(found[0])}
		}
	}
	delete(body, "id")
	return answer{status: http.StatusCreated, body: s.store(body)}
}

func (s *Server) update(kind, id string, body Resource, match string) answer {
	found := s.kinds[kind][id]
	switch {
	case !s.writes(kind):
		return refuse(http.StatusForbidden, "forbidden")
	case body["resourceType"] != kind || body["id"] != id:
		return refuse(http.StatusBadRequest, "invalid")
	case found == nil:
		return refuse(http.StatusNotFound, "not-found")
	case match == "":
		return refuse(http.StatusPreconditionRequired, "required")
	case match != fmt.Sprintf(`W/"%s"`, found["meta"].(Resource)["versionId"]):
		return refuse(http.StatusPreconditionFailed, "conflict")
	}
	return answer{status: http.StatusOK, body: s.store(body)}
}

func (s *Server) transaction(bundle Resource) answer {
	before := map[string]map[string]Resource{}
	for kind, all := range s.kinds {
		before[kind] = maps.Clone(all)
	}
	entries, _ := bundle["entry"].([]any)
	var done []any
	for _, e := range entries {
		entry := e.(Resource)
		request := entry["request"].(Resource)
		text := func(name string) string { v, _ := request[name].(string); return v }
		kind, id, _ := strings.Cut(text("url"), "/")
		var a answer
		if text("method") == http.MethodPut {
			a = s.update(kind, id, entry["resource"].(Resource), text("ifMatch"))
		} else {
			a = s.create(kind, entry["resource"].(Resource), text("ifNoneExist"))
		}
		if a.status > 299 {
			s.kinds = before
			return a
		}
		done = append(done, Resource{"response": Resource{"status": strconv.Itoa(a.status)}, "resource": a.body})
	}
	return answer{status: http.StatusOK, body: Resource{"resourceType": "Bundle", "type": "transaction-response", "entry": done}}
}

func (s *Server) statement() Resource {
	interactions := func(codes ...string) []any {
		var all []any
		for _, c := range codes {
			all = append(all, Resource{"code": c})
		}
		return all
	}
	kind := func(name string) Resource {
		r := Resource{"type": name, "versioning": "versioned", "interaction": interactions("read", "search-type"), "conditionalCreate": !s.options.NoConditional}
		if s.writes(name) {
			r["interaction"] = interactions("read", "search-type", "create", "update")
			r["versioning"] = "versioned-update"
		}
		return r
	}
	appointment := kind("Appointment")
	if s.options.Operations {
		operations := []any{Resource{"name": "find", "definition": "x"}, Resource{"name": "book", "definition": "x"}}
		if !s.options.NoHold {
			operations = append(operations, Resource{"name": "$hold", "definition": "x"})
		}
		appointment["operation"] = operations
	}
	rest := Resource{"mode": "server", "resource": []any{kind("Slot"), kind("Schedule"), appointment}}
	if s.options.Transactions {
		rest["interaction"] = interactions("transaction")
	}
	return Resource{"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1", "rest": []any{rest}}
}
