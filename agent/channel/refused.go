package channel

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Refused is what an answer that is no success says by its HTTP status alone.
// The provider's own code, where it has one, says more; what may be tried again
// is then to wait for RetryAfter.
func Refused(status int) *SendError {
	e := &SendError{Advice: GiveUp, Reason: fmt.Sprintf("HTTP status %d", status)}
	switch {
	case status == http.StatusTooManyRequests:
		e.Advice, e.Scope = Retry, ScopeNumber
	case status == http.StatusRequestTimeout, status >= 500:
		e.Advice = Retry
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status/100 == 3:
		e.Advice = Repair
	}
	return e
}

// RetryAfter reads the header of that name, in seconds or as a date; 0 without
// it. It is at most an hour.
func RetryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	var d time.Duration
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(text); err == nil {
		d = time.Until(t)
	}
	return min(max(d, 0), time.Hour)
}
