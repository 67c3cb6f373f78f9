package private

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"recado/agent/inbox"
)

// refusal is what the page is told in place of what it asked for; Error is a
// key of its texts, and whole seconds tell how long something lasts, since a
// phone's clock may be wrong.
type refusal struct {
	Error string `json:"error"`
	Wait  int    `json:"wait,omitempty"` // seconds until it can be tried again
	Left  int    `json:"left,omitempty"` // tries that are left
	// Emergency is shown whatever became of the message.
	Emergency *emergency `json:"emergency,omitempty"`
}

// Ways in which a patient is refused.
var (
	errNoLink    = errors.New("no link")
	errUnknown   = errors.New("no such link")
	errExpired   = errors.New("the link is too old")
	errStopped   = errors.New("the patient wants no messages")
	errNoChannel = errors.New("no channel leads to the patient")
	errOldCode   = errors.New("no code works any more")
)

// laterError: another code may be asked for after a while.
type laterError struct{ wait time.Duration }

func (e *laterError) Error() string { return "another code has to wait" }

// lockedError: too many wrong tries.
type lockedError struct {
	wait time.Duration
	now  bool // this try locked it
}

func (e *lockedError) Error() string { return "the door is locked" }

// wrongError: the code was wrong.
type wrongError struct{ left int }

func (e *wrongError) Error() string { return "the code is wrong" }

// refusalOf is how an error is told; 0 where it is ours.
func refusalOf(err error) (int, refusal) {
	var later *laterError
	var locked *lockedError
	var wrong *wrongError
	switch {
	case errors.Is(err, errNoVisit):
		return http.StatusUnauthorized, refusal{Error: "ended"}
	case errors.Is(err, errNoLink):
		return http.StatusNotFound, refusal{Error: "no_link"}
	case errors.Is(err, errUnknown):
		return http.StatusNotFound, refusal{Error: "unknown"}
	case errors.Is(err, errExpired):
		return http.StatusGone, refusal{Error: "expired"}
	case errors.Is(err, inbox.ErrNotFound):
		return http.StatusGone, refusal{Error: "expired"} // the clinic's retention has passed
	case errors.Is(err, errStopped):
		return http.StatusConflict, refusal{Error: "stopped"}
	case errors.Is(err, errNoChannel):
		return http.StatusConflict, refusal{Error: "no_channel"}
	case errors.Is(err, errOldCode):
		return http.StatusGone, refusal{Error: "code_old"}
	case errors.As(err, &wrong):
		return http.StatusForbidden, refusal{Error: "code_wrong", Left: wrong.left}
	case errors.As(err, &locked):
		return http.StatusLocked, refusal{Error: "locked", Wait: seconds(locked.wait)}
	case errors.As(err, &later):
		return http.StatusTooManyRequests, refusal{Error: "later", Wait: seconds(later.wait)}
	}
	return 0, refusal{}
}

// fail answers with an error. What is no refusal is ours, and is logged.
func (h *Handler) fail(w http.ResponseWriter, err error, what, record string) {
	h.failBeside(w, err, what, record, nil)
}

func (h *Handler) failBeside(w http.ResponseWriter, err error, what, record string, beside *emergency) {
	status, out := refusalOf(err)
	if status == 0 {
		h.log.Error("private page: "+what, zap.String("record", record), zap.Error(err))
		status, out = http.StatusServiceUnavailable, refusal{Error: "unavailable", Wait: 5}
	}
	out.Emergency = beside
	h.refuse(w, status, out)
}

func (h *Handler) refuse(w http.ResponseWriter, status int, out refusal) {
	if out.Wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(out.Wait))
	}
	writeJSON(w, status, out)
}

// tooFast answers who posts faster than the limits allow.
func (h *Handler) tooFast(w http.ResponseWriter) {
	h.refuse(w, http.StatusTooManyRequests, refusal{Error: "too_fast", Wait: 10})
}

func seconds(d time.Duration) int { return max(0, int(math.Ceil(d.Seconds()))) }

// maxBody is the largest request in bytes: MaxText characters as JSON may
// escape them.
func (h *Handler) maxBody() int64 { return int64(12*h.cfg.MaxText + 1024) }

// errTooLong: the request is larger than any message.
var errTooLong = errors.New("request is too long")

// body reads a request's JSON. A form of another site cannot send this type.
func (h *Handler) body(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errors.New("the body is no JSON")
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, h.maxBody())).Decode(into)
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		return errTooLong
	}
	if err != nil {
		return errors.New("the body cannot be read") // the decoder's error may quote it
	}
	return nil
}

func (h *Handler) invalid(w http.ResponseWriter, err error) {
	if errors.Is(err, errTooLong) {
		h.refuse(w, http.StatusRequestEntityTooLarge, refusal{Error: "too_long"})
		return
	}
	h.refuse(w, http.StatusBadRequest, refusal{Error: "invalid"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, fmt.Sprintf("internal error: %T", v), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(data)
}
