package llm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"recado/agent"
	"recado/agent/llm"
)

// wire answers requests inside the process, so that time can be the test's.
type wire func(r *http.Request) (status int, header http.Header, body string)

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	status, header, body := w(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const fine = `{"choices":[{"finish_reason":"stop","message":{"content":"{\"language\":\"en\",\"evidence\":[],\"risk\":\"none\",\"intents\":[{\"name\":\"hours\",\"confidence\":0.9}]}"}}],"usage":{"prompt_tokens":3000,"completion_tokens":50,"total_tokens":3050}}`

func wired(t *testing.T, c llm.Config, w wire) *llm.Client {
	t.Helper()
	c.Model, c.BaseURL, c.Transport, c.Intents = "m", "http://model.invalid/v1", w, list(t)
	client, err := llm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// elapse lets time pass, which within synctest is the test's own.
func elapse(d time.Duration) { <-time.After(d) }

func after(seconds string) http.Header { return http.Header{"Retry-After": {seconds}} }

func TestRetryAfterIsWaitedForAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		client := wired(t, llm.Config{}, func(*http.Request) (int, http.Header, string) {
			if n++; n == 1 {
				return 429, after("7"), `{"error":{"message":"slow down"}}`
			}
			return 200, nil, fine
		})
		start := time.Now()
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 7*time.Second {
			t.Errorf("the second attempt came after %s, want 7s", took)
		}
	})
}

func TestAWaitBeyondTheTurnIsNotBegunAndHoldsForTheNextTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		client := wired(t, llm.Config{}, func(*http.Request) (int, http.Header, string) {
			if n++; n == 1 {
				return 429, after("60"), ""
			}
			return 200, nil, fine
		})
		start := time.Now()
		if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindRateLimited || time.Since(start) != 0 {
			t.Errorf("error %v after %s, want rate_limited at once", err, time.Since(start))
		}
		elapse(59 * time.Second)
		if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindOpen || n != 1 {
			t.Errorf("after 59s: error %v, %d requests; want open and no request", err, n)
		}
		elapse(time.Second)
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Errorf("after 60s: %v", err)
		}
	})
}

// hang blocks until the attempt's time is up.
func hang(r *http.Request) (int, http.Header, string) {
	<-r.Context().Done()
	return 0, nil, ""
}

func TestAttemptAndTurnAreBothBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		client := wired(t, llm.Config{}, func(r *http.Request) (int, http.Header, string) { n++; return hang(r) })
		start := time.Now()
		_, err := client.Understand(t.Context(), query)
		if took := time.Since(start); took != 20*time.Second || n != 3 || err == nil {
			t.Errorf("%d attempts took %s (%v), want 3 within exactly the turn's 20s", n, took, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		client := wired(t, llm.Config{MaxAttempts: 1}, hang)
		start := time.Now()
		_, err := client.Understand(t.Context(), query)
		if took := time.Since(start); took != 8*time.Second || kindOf(err) != llm.KindTimeout {
			t.Errorf("%v after %s, want timeout after 8s", err, took)
		}
	})
}

func TestAFailingEndpointRestsAndIsTriedWithOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		client := wired(t, llm.Config{MaxAttempts: 1}, func(*http.Request) (int, http.Header, string) {
			n.Add(1)
			elapse(time.Second)
			return 500, nil, ""
		})
		for range 5 {
			if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindUnavailable {
				t.Fatal(err)
			}
		}
		if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindOpen || n.Load() != 5 {
			t.Fatalf("after five failures: %v, %d requests", err, n.Load())
		}
		elapse(15 * time.Second)
		for range 10 {
			go func() { _, _ = client.Understand(t.Context(), query) }()
		}
		synctest.Wait()
		if n.Load() != 6 {
			t.Errorf("%d requests after the rest, want one trial", n.Load()-5)
		}
		elapse(2 * time.Second)
		if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindOpen {
			t.Errorf("after a failed trial: %v", err)
		}
	})
}

func TestAGivenUpTrialLeavesTheBreakerUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := 500
		client := wired(t, llm.Config{MaxAttempts: 1}, func(r *http.Request) (int, http.Header, string) {
			if status == 0 {
				return hang(r)
			}
			return status, nil, fine
		})
		for range 5 {
			_, _ = client.Understand(t.Context(), query)
		}
		elapse(15 * time.Second)
		status = 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.Understand(ctx, query); kindOf(err) != llm.KindCanceled {
			t.Fatal(err)
		}
		status = 200
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Errorf("the next trial: %v", err)
		}
	})
}

func TestRefusalsAndNonsenseDoNotOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := wired(t, llm.Config{}, func(*http.Request) (int, http.Header, string) {
			return 200, nil, strings.Replace(fine, "hours", "weather", 1)
		})
		for range 20 {
			if _, err := client.Understand(t.Context(), query); kindOf(err) != llm.KindInvalid {
				t.Fatal(err)
			}
		}
	})
}

func TestNoMoreCallsAreInFlightThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		client := wired(t, llm.Config{MaxConcurrent: 4}, func(*http.Request) (int, http.Header, string) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			elapse(800 * time.Millisecond)
			now.Add(-1)
			return 200, nil, fine
		})
		failed := make(chan error, 40)
		for range 40 {
			go func() { _, err := client.Understand(t.Context(), query); failed <- err }()
		}
		for range 40 {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		if most.Load() != 4 {
			t.Errorf("%d calls were in flight, want 4", most.Load())
		}
	})
}

func TestTheQuotaIsKeptAndAHopelessWaitIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		client := wired(t, llm.Config{TokensPerMinute: 12_000}, func(*http.Request) (int, http.Header, string) { n++; return 200, nil, fine })
		start := time.Now()
		for time.Since(start) == 0 {
			if _, err := client.Understand(t.Context(), query); err != nil {
				if kindOf(err) != llm.KindBusy {
					t.Fatal(err)
				}
				break
			}
		}
		if n < 1 || n > 4 {
			t.Errorf("%d calls of about 3,000 tokens passed a quota of 12,000 a minute", n)
		}
	})
}

func TestTheDaysBudgetEndsAtMidnightUTC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC
		n := 0
		client := wired(t, llm.Config{DailyTokens: 40_000}, func(*http.Request) (int, http.Header, string) { n++; return 200, nil, fine })
		var err error
		for err == nil && n < 100 {
			_, err = client.Understand(t.Context(), query)
		}
		if kindOf(err) != llm.KindBudget || n < 8 || n > 13 {
			t.Errorf("%v after %d calls of 3,050 tokens, want budget after about 12", err, n)
		}
		elapse(24 * time.Hour)
		if _, err := client.Understand(t.Context(), query); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

func TestAConversationsCallsAreCountedByTheClockThatIsGiven(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.December, 3, 12, 0, 0, 0, time.UTC)
	n, status := 0, 200
	client := wired(t, llm.Config{MaxAttempts: 1, BreakAfter: 1, Now: func() time.Time { return now }}, func(*http.Request) (int, http.Header, string) { n++; return status, nil, fine })
	q := query
	q.Conversation = "sunrise.sms.0a1b2c3d"
	for range 20 {
		if _, err := client.Understand(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	u, err := client.Understand(t.Context(), q)
	if kindOf(err) != llm.KindConversation || n != 20 || u.Prompt != "" || u.Served.Attempts != 0 {
		t.Errorf("%v after %d calls, want conversation after 20", err, n)
	}
	if strings.Contains(err.Error(), "0a1b2c3d") {
		t.Errorf("the error names the conversation: %v", err)
	}
	q.Conversation = "sunrise.sms.another"
	if _, err := client.Understand(t.Context(), q); err != nil {
		t.Errorf("another conversation: %v", err)
	}
	now = now.Add(12 * time.Hour)
	q.Conversation = "sunrise.sms.0a1b2c3d"
	status = 500
	for range 30 { // one is sent and opens the breaker; the others are not
		_, _ = client.Understand(t.Context(), q)
	}
	if n != 22 {
		t.Fatalf("%d calls, want 22", n)
	}
	_, err = client.Understand(t.Context(), q)
	if kindOf(err) != llm.KindOpen {
		t.Errorf("what was never sent was counted: %v", err)
	}
}

func TestAWrongKeyIsNotTriedAgain(t *testing.T) {
	n := 0
	client := wired(t, llm.Config{}, func(*http.Request) (int, http.Header, string) {
		n++
		return 401, nil, `{"error":{"message":"Incorrect API key provided: sk-secret","type":"invalid_request_error"}}`
	})
	_, err := client.Understand(t.Context(), query)
	if kindOf(err) != llm.KindRejected || n != 1 || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v after %d requests", err, n)
	}
	var e *llm.Error
	if !errors.As(err, &e) || e.Status != 401 || e.Endpoint != "model.invalid" {
		t.Errorf("%+v", e)
	}
}

var _ agent.Understander = (*llm.Client)(nil)
