package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Kind says what went wrong, for whoever decides what to do about it.
type Kind string

// The kinds of errors.
const (
	// Nothing was sent.
	KindFlagged      Kind = "flagged"      // no endpoint may see the message under its data policy
	KindUncovered    Kind = "uncovered"    // only a covered endpoint may do this, and there is none
	KindBadQuery     Kind = "bad_query"    // the caller asked for what cannot be done
	KindTooLong      Kind = "too_long"     // the message is longer than MaxMessageBytes
	KindBudget       Kind = "budget"       // the day's tokens are used up
	KindConversation Kind = "conversation" // the conversation's calls of the day are used up
	KindBusy         Kind = "busy"         // no slot or no quota within the time that was left
	KindOpen         Kind = "open"         // every endpoint's breaker is open

	// The endpoint failed; it may do better later.
	KindRateLimited Kind = "rate_limited" // 429
	KindUnavailable Kind = "unavailable"  // 5xx, or no connection
	KindTimeout     Kind = "timeout"      // no answer within Timeout
	KindMalformed   Kind = "malformed"    // a body that is no chat completion

	// The endpoint does not take the request.
	KindRejected Kind = "rejected" // 4xx: key, model or parameters

	// The model answered and the answer is not used.
	KindTruncated Kind = "truncated" // it ended at the token limit
	KindRefused   Kind = "refused"   // the model or the vendor's filter refused
	KindInvalid   Kind = "invalid"   // it breaks the schema, or quotes what nobody wrote
	KindTooLarge  Kind = "too_large" // larger than MaxReplyBytes

	// The caller gave up.
	KindCanceled Kind = "canceled"
)

// Error is why a message was not understood. It never holds a word of the
// message, of the reply or of the vendor's own error text, which may quote
// either.
type Error struct {
	Kind     Kind
	Endpoint string // its name; empty where none was asked
	Status   int    // HTTP status; 0 where there was none
	// RetryAfter is what the endpoint asked to wait; 0 where it did not.
	RetryAfter time.Duration
	detail     string // ours, never the vendor's
	cause      error  // a context's error, or agent.ErrNotCovered
}

// Error tells kind, endpoint and what an operator can do.
func (e *Error) Error() string {
	s := "language model"
	if e.Endpoint != "" {
		s += " at " + e.Endpoint
	}
	s += ": " + string(e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.detail != "" {
		s += ": " + e.detail
	}
	return s
}

// Unwrap gives the context's error where the caller gave up or time ran out,
// and agent.ErrNotCovered where no endpoint is covered.
func (e *Error) Unwrap() error { return e.cause }

// Reason is the kind, for those who explain a decision.
func (e *Error) Reason() string { return string(e.Kind) }

// again reports whether the same endpoint may do better in this turn.
func (e *Error) again() bool {
	switch e.Kind {
	case KindRateLimited, KindUnavailable, KindTimeout, KindMalformed:
		return true
	}
	return false
}

// harms reports whether the error speaks against the endpoint, and not
// against one message.
func (e *Error) harms() bool { return e.again() || e.Kind == KindRejected }

// classify turns what go-openai returned into an Error. turn is the context
// of the whole turn, which tells a time-out of the attempt from the caller
// giving up.
func classify(turn context.Context, err error, seen *seen) *Error {
	if turn.Err() != nil {
		return &Error{Kind: KindCanceled, detail: "the turn's time ran out or its caller gave up", cause: turn.Err()}
	}
	var (
		api       *openai.APIError
		request   *openai.RequestError
		syntax    *json.SyntaxError
		wrongType *json.UnmarshalTypeError
		transport *url.Error
		network   net.Error
	)
	switch {
	case errors.Is(err, errTooLarge):
		return &Error{Kind: KindTooLarge, Status: seen.status, detail: "the response is larger than MaxReplyBytes"}
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout():
		return &Error{Kind: KindTimeout, Status: seen.status, detail: "no whole answer within the time of one attempt"}
	case errors.As(err, &api):
		return byStatus(api.HTTPStatusCode, seen)
	case errors.As(err, &request):
		return byStatus(request.HTTPStatusCode, seen)
	case errors.As(err, &syntax), errors.As(err, &wrongType):
		return &Error{Kind: KindMalformed, Status: seen.status, detail: "the body is no chat completion"}
	case errors.As(err, &transport), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Error{Kind: KindUnavailable, Status: seen.status, detail: "the connection failed or was cut: check the base URL and that the server runs"}
	case seen.status == 0:
		return &Error{Kind: KindRejected, detail: "the request could not be made for this model: check Family and Effort"}
	}
	return &Error{Kind: KindMalformed, Status: seen.status, detail: "the response could not be read"}
}

func byStatus(status int, seen *seen) *Error {
	if seen.status != 0 {
		status = seen.status
	}
	e := &Error{Status: status, RetryAfter: seen.retryAfter}
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind, e.detail = KindRateLimited, "lower TokensPerMinute or MaxConcurrent if this lasts"
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly, status >= 500:
		e.Kind, e.detail = KindUnavailable, "the server failed"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind, e.detail = KindRejected, "check the key and what it may use"
	case status == http.StatusNotFound:
		e.Kind, e.detail = KindRejected, "check the base URL and the model's name"
	case status >= 300 && status < 400:
		e.Kind, e.detail = KindRejected, "redirects are not followed: set the base URL that it leads to"
	default:
		e.Kind, e.detail = KindRejected, "the request was refused: check Format, Family and Effort against what the server supports"
	}
	return e
}
