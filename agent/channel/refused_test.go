package channel

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestAStatusAloneSaysWhatToDo(t *testing.T) {
	for status, want := range map[int]SendError{
		400: {Advice: GiveUp}, 413: {Advice: GiveUp},
		401: {Advice: Repair}, 403: {Advice: Repair}, 404: {Advice: Repair}, 302: {Advice: Repair},
		408: {Advice: Retry}, 500: {Advice: Retry}, 503: {Advice: Retry}, 429: {Advice: Retry, Scope: ScopeNumber},
	} {
		want.Reason = "HTTP status " + strconv.Itoa(status)
		if got := *Refused(status); got != want {
			t.Errorf("%d: %+v, want %+v", status, got, want)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	read := func(text string) time.Duration { return RetryAfter(http.Header{"Retry-After": {text}}) }
	for text, want := range map[string]time.Duration{"": 0, "9": 9 * time.Second, "-1": 0, "x": 0, strconv.Itoa(1 << 30): time.Hour} {
		if got := read(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := read(time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)); got < 55*time.Second || got > time.Minute {
		t.Errorf("a date in a minute: %s", got)
	}
}
