package llm

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// errTooLarge stops the reading of a body that is larger than allowed.
var errTooLarge = errors.New("response too large")

// maxRetryAfter caps what a server may ask for.
const maxRetryAfter = 10 * time.Minute

// seen is what go-openai's errors do not carry.
type seen struct {
	status     int
	retryAfter time.Duration
}

type seenKey struct{}

func withSeen(ctx context.Context) (context.Context, *seen) {
	s := &seen{}
	return context.WithValue(ctx, seenKey{}, s), s
}

// transport reads status and Retry-After and bounds the body.
type transport struct {
	base  http.RoundTripper
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if s, ok := r.Context().Value(seenKey{}).(*seen); ok {
		s.status = res.StatusCode
		s.retryAfter = retryAfter(res.Header, time.Now())
	}
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		// go-openai takes a redirect that is not followed for a success
		res.StatusCode, res.Status = http.StatusMisdirectedRequest, "421 redirect refused"
	}
	res.Body = &limited{ReadCloser: res.Body, left: t.limit}
	return res, nil
}

// limited fails where io.LimitReader would end, so that a cut body is never
// taken for a whole one.
type limited struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		var one [1]byte
		if n, err := l.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.ReadCloser.Read(p)
	l.left -= int64(n)
	return n, err
}

// retryAfter reads the wait that a server asks for: Retry-After-Ms, or
// Retry-After in seconds or as a date. It is 0 where there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	wait := time.Duration(0)
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < math.MaxInt32 {
		wait = time.Duration(ms * float64(time.Millisecond))
	} else if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && s > 0 && s < math.MaxInt32 {
		wait = time.Duration(s * float64(time.Second))
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// newHTTPClient builds the client of an endpoint. Redirects are not followed:
// a message goes to the address that the operator declared and to no other.
func newHTTPClient(base http.RoundTripper, limit int64) *http.Client {
	return &http.Client{
		Transport:     &transport{base: base, limit: limit},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
