package fhir

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"recado/agent/schedule"
)

// Error is a request that the server refused or that got no answer. Its text
// names the kind of resource and the codes; nothing that the server wrote in
// words is in it, for that can name a patient.
type Error struct {
	Op     string // method and kind of resource: "PUT Slot"
	Status int    // of HTTP; 0 where there was no whole answer
	Code   string // OperationOutcome.issue.code, of FHIR's own list; may be empty
	// Unsure is true where the server may have done it all the same.
	Unsure bool
	kind   error
	cause  error
}

// Error says what failed and how.
func (e *Error) Error() string {
	s := "fhir: " + e.Op
	if e.Status != 0 {
		s += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	return s + ": " + e.kind.Error()
}

// Unwrap returns what callers decide by, and a context's end.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// issueCodes are those of FHIR R4 that say more than a status does.
var issueCodes = []string{
	"invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden", "suppressed",
	"processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
	"too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
}

// refusal is what an answer that is no success means.
func refusal(op string, status int, body []byte) *Error {
	var outcome struct {
		Type  string `json:"resourceType"`
		Issue []struct {
			Code string `json:"code"`
		} `json:"issue"`
	}
	e := &Error{Op: op, Status: status, kind: schedule.ErrUnavailable}
	if json.Unmarshal(body, &outcome) == nil && outcome.Type == "OperationOutcome" && len(outcome.Issue) > 0 &&
		slices.Contains(issueCodes, outcome.Issue[0].Code) {
		e.Code = outcome.Issue[0].Code
	}
	switch status {
	case http.StatusConflict, http.StatusPreconditionFailed:
		e.kind = schedule.ErrTaken
	case http.StatusNotFound, http.StatusGone:
		e.kind = schedule.ErrNotFound
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		e.kind = schedule.ErrUnsupported
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		switch e.Code {
		case "conflict", "duplicate", "lock-error":
			e.kind = schedule.ErrTaken
		case "not-found", "deleted":
			e.kind = schedule.ErrNotFound
		case "not-supported":
			e.kind = schedule.ErrUnsupported
		}
	default:
		e.Unsure = status >= 500
	}
	return e
}
