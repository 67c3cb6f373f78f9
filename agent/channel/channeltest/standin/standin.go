// Package standin is what the stand-ins for providers of channels share: how
// they are told what to answer, and how tests wait for what was sent to them.
// `recado dev` runs them, so it needs nothing that only tests have.
package standin

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
)

// Answer is what a script says to one call. The zero Answer accepts it.
type Answer struct {
	Status  int               // HTTP status; 0 is success, or 400 with a Code
	Code    int               // the provider's error code; 0 is none unless Status is an error
	Header  map[string]string // e.g. Retry-After
	Body    string            // sent instead of an answer of the usual form
	Drop    bool              // the message is taken and the connection cut before the answer
	Discard bool              // the connection is cut and the message not taken
	Wait    <-chan struct{}   // the answer waits until this is closed
}

// Refuses reports whether the message is not taken.
func (a Answer) Refuses() bool { return a.Discard || a.Status >= 300 }

// Begin waits for what the answer waits for, cuts the connection if it is to
// be cut, and sets the answer's headers. It is false where the client is gone.
func (a Answer) Begin(w http.ResponseWriter, r *http.Request) bool {
	if a.Wait != nil {
		select {
		case <-a.Wait:
		case <-r.Context().Done():
			return false
		}
	}
	if a.Drop || a.Discard {
		panic(http.ErrAbortHandler)
	}
	for name, v := range a.Header {
		w.Header().Set(name, v)
	}
	return true
}

// Script decides the answer to a call; n counts the calls from 0. It is called
// by one goroutine at a time.
type Script[C any] func(n int, c C) Answer

// Fail refuses the first len(codes) calls with these error codes.
func Fail[C any](codes ...int) Script[C] {
	return func(n int, _ C) Answer {
		if n < len(codes) {
			return Answer{Code: codes[n]}
		}
		return Answer{}
	}
}

// FromZero is script with a count of its own.
func (script Script[C]) FromZero() Script[C] {
	n := 0
	return func(_ int, c C) Answer {
		n++
		return script(n-1, c)
	}
}

// Listen serves h on an address such as 127.0.0.1:8090.
func Listen(address string, h http.Handler) (*httptest.Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start a stand-in: %w", err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	return s, nil
}

// Wait returns what look finds once there are n of it. look returns a copy, and
// a channel that is closed when it is worth looking again.
func Wait[T any](ctx context.Context, n int, what string, look func() ([]T, <-chan struct{})) ([]T, error) {
	for {
		have, changed := look()
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
