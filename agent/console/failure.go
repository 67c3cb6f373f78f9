package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/staff"
	"recado/agent/vault"
)

// Failure is an error that a person is told: a page, or JSON where a script
// asked: {"error": text, "code": key} and what Fields adds.
type Failure struct {
	Status int
	Text   string         // key in texts/
	Args   []any          // for the text: name, value, ...
	Fields map[string]any // for JSON, e.g. holder
	Wait   time.Duration  // for the header Retry-After
	Err    error          // what happened, for the log; optional
}

// Error names the text, not what fills it.
func (f *Failure) Error() string {
	if f.Err != nil {
		return fmt.Sprintf("%s (%d): %v", f.Text, f.Status, f.Err)
	}
	return fmt.Sprintf("%s (%d)", f.Text, f.Status)
}

// Unwrap returns what happened.
func (f *Failure) Unwrap() error { return f.Err }

// NotFound is the failure for what is not there, or not for this person.
func NotFound() *Failure { return &Failure{Status: http.StatusNotFound, Text: "error.not_found"} }

// BadForm is the failure for a form that does not hold what it must; text is a
// key in texts/.
func BadForm(text string, args ...any) *Failure {
	return &Failure{Status: http.StatusUnprocessableEntity, Text: text, Args: args}
}

// failure turns any error into what the person is told.
func (r *Request) failure(err error) *Failure {
	var (
		f     *Failure
		held  *inbox.HeldError
		state *inbox.StateError
		input *inbox.InputError
		typed *staff.InputError
		slow  *staff.SlowDownError
		large *http.MaxBytesError
	)
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &held):
		name := r.Name(held.By)
		return &Failure{
			Status: http.StatusConflict, Text: "error.held", Args: []any{"name", name, "since", r.Text.Clock(held.Since)},
			Fields: map[string]any{"holder": name, "since": held.Since}, Err: err,
		}
	case errors.As(err, &state):
		return &Failure{Status: http.StatusConflict, Text: "error.state", Err: err}
	case errors.As(err, &input):
		return &Failure{Status: http.StatusUnprocessableEntity, Text: "error.form", Err: err}
	case errors.As(err, &typed):
		return &Failure{Status: http.StatusUnprocessableEntity, Text: r.inputKey(typed), Fields: map[string]any{"field": typed.Field}, Err: err}
	case errors.As(err, &slow):
		return &Failure{Status: http.StatusTooManyRequests, Text: "error.slow_down", Args: []any{"wait", r.Text.Lasting(slow.Wait)}, Wait: slow.Wait, Err: err}
	case errors.As(err, &large):
		return &Failure{Status: http.StatusRequestEntityTooLarge, Text: "error.too_large", Err: err}
	case errors.Is(err, audit.ErrUnavailable):
		return &Failure{Status: http.StatusServiceUnavailable, Text: "error.audit", Wait: 5 * time.Second, Err: err}
	case errors.Is(err, staff.ErrStepUp):
		return &Failure{Status: http.StatusForbidden, Text: "error.step_up", Fields: map[string]any{"step_up": "/staff/step-up"}, Err: err}
	}
	for _, known := range knownErrors {
		if errors.Is(err, known.err) {
			return &Failure{Status: known.status, Text: known.text, Err: err}
		}
	}
	return &Failure{Status: http.StatusInternalServerError, Text: "error.internal", Err: err}
}

// typedWrong is the error of what a person typed, or nil.
func typedWrong(err error) *staff.InputError {
	var typed *staff.InputError
	if errors.As(err, &typed) {
		return typed
	}
	return nil
}

func (r *Request) inputKey(e *staff.InputError) string {
	if key := "input." + e.Field + "_" + e.Problem; r.Text.Has(key) {
		return key
	}
	return "error.form"
}

func (r *Request) inputText(e *staff.InputError) string { return r.Text.Say(r.inputKey(e)) }

// header is what goes with a failure besides its text.
func (f *Failure) header(h http.Header) {
	if f.Wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((f.Wait+time.Second-1)/time.Second)))
	}
}

// knownErrors are those that say all there is to say.
var knownErrors = []struct {
	err    error
	status int
	text   string
}{
	{staff.ErrSignIn, http.StatusUnauthorized, "error.sign_in"},
	{staff.ErrExpired, http.StatusUnauthorized, "error.signed_out"},
	{staff.ErrLink, http.StatusGone, "error.link"},
	{staff.ErrCeremony, http.StatusConflict, "error.ceremony"},
	{staff.ErrNotAllowed, http.StatusForbidden, "error.not_allowed"},
	{staff.ErrLastFactor, http.StatusConflict, "error.last_factor"},
	{staff.ErrLastAdmin, http.StatusConflict, "error.last_admin"},
	{staff.ErrExists, http.StatusConflict, "error.exists"},
	{staff.ErrNotFound, http.StatusNotFound, "error.not_found"},
	{staff.ErrOff, http.StatusNotFound, "error.off"},
	{staff.ErrUnavailable, http.StatusServiceUnavailable, "error.unavailable"},
	{inbox.ErrNotHeld, http.StatusConflict, "error.not_held"},
	{inbox.ErrSuperseded, http.StatusConflict, "error.superseded"},
	{inbox.ErrNotFound, http.StatusNotFound, "error.not_found"},
	{vault.ErrUnknownKey, http.StatusUnprocessableEntity, "error.sealed"},
	{vault.ErrSignature, http.StatusUnprocessableEntity, "error.sealed"},
	{vault.ErrSealed, http.StatusUnprocessableEntity, "error.sealed"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "error.unavailable"},
	{context.Canceled, http.StatusServiceUnavailable, "error.unavailable"},
}

// fail answers with a failure.
func (r *Request) fail(f *Failure) {
	f.header(r.W.Header())
	text := r.Text.Say(f.Text, f.Args...)
	if r.JSONWanted() {
		body := map[string]any{"error": text, "code": f.Text, "request": r.ID}
		for k, v := range f.Fields {
			body[k] = v
		}
		if err := r.JSON(f.Status, body); err == nil {
			return
		}
	}
	if err := r.page(f.Status, "failure", failurePage{Failure: f, Text: text, ID: r.ID}); err != nil {
		http.Error(r.W, text, f.Status)
	}
}

type failurePage struct {
	*Failure
	Text string
	ID   string
}
