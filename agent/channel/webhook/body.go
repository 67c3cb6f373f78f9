// Package webhook is what the webhooks of all channels do before they know
// who calls: anybody can send anything to a public address, and whoever does
// must not use up the gateway's memory or keep the channel's own calls
// waiting.
package webhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// The reasons why a body is not read.
var (
	ErrTooLong = errors.New("the body is too long")
	ErrBusy    = errors.New("too many long bodies are read at once: send it again")
)

// Bodies reads bodies in bounded memory, shared by all requests that are
// served at once. It is safe for concurrent use.
type Bodies struct {
	wait time.Duration
	left atomic.Int64
}

const (
	// short is how much of each body costs nothing of the budget: channels'
	// own notifications are rarely longer, so that a flood of long bodies
	// does not keep them out.
	short = 32 << 10
	// Budget is how many bytes all long bodies together may take by default.
	Budget = 32 << 20
	// Wait is how long a body may take to arrive by default. Meta gives a
	// webhook 10 s for everything, Twilio 15 s.
	Wait = 10 * time.Second
)

// NewBodies returns a reader with a budget in bytes for what is longer than
// 32 KiB, and a time within which each body has to arrive.
func NewBodies(budget int64, wait time.Duration) *Bodies {
	b := &Bodies{wait: wait}
	b.left.Store(budget)
	return b
}

// Read returns the body of r, at most most bytes. What it takes of the budget
// is given back by done, which is never nil: call it when the bytes are not
// used any more. A body that says beforehand that it is too long is not read
// at all. Errors wrap ErrTooLong, ErrBusy, or what reading failed with.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, most int64) (body []byte, done func(), err error) {
	var taken int64
	done = func() { b.left.Add(taken) }
	if r.ContentLength > most {
		return nil, done, ErrTooLong
	}
	// A writer without deadlines, as tests have, reads as long as it likes.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(b.wait))
	from := http.MaxBytesReader(w, r.Body, most)
	room := min(most, 2<<10)
	if r.ContentLength >= 0 {
		room = min(r.ContentLength, short)
	}
	body = make([]byte, 0, room+1)
	for {
		if len(body) == cap(body) {
			next := int64(2 * cap(body))
			if next > short {
				// both are in memory while one is copied into the other
				more := next + int64(cap(body)) - taken
				if b.left.Add(-more) < 0 {
					b.left.Add(more)
					return nil, done, ErrBusy
				}
				taken += more
			}
			body = append(make([]byte, 0, next), body...)
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			// or the request's context would end with it
			_ = connection.SetReadDeadline(time.Time{})
			return body, done, nil
		}
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			return nil, done, ErrTooLong
		}
		if err != nil {
			return nil, done, fmt.Errorf("read the body of a webhook: %w", err)
		}
	}
}

// Refuse answers what Read failed with.
func Refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrTooLong):
		http.Error(w, "body is too long", http.StatusRequestEntityTooLarge)
	case errors.Is(err, ErrBusy):
		w.Header().Set("Retry-After", "5")
		http.Error(w, ErrBusy.Error(), http.StatusServiceUnavailable)
	default:
		http.Error(w, "body could not be read", http.StatusBadRequest)
	}
}
