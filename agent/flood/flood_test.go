package flood_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent/flood"
)

// webhook answers as a gateway does, and takes what has the right signature.
func webhook(t *testing.T, most int64) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
		switch {
		case err != nil:
			http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		case r.Header.Get("X-Signature") != signature(body):
			http.Error(w, "forged", http.StatusUnauthorized)
		case !bytes.HasPrefix(body, []byte("good")):
			http.Error(w, "malformed", http.StatusBadRequest)
		}
	}))
	server.Config.ReadHeaderTimeout = 200 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func signature(body []byte) string {
	return "signed-" + strings.Repeat("x", 1+len(body)%7) + "-12345678"
}

func config(url string) flood.Config {
	return flood.Config{
		URL: url, During: 2 * time.Second, Rate: 20, Senders: 1, Slow: 3,
		Good: func(int) []byte { return []byte("good") },
		Sign: func(body []byte) (string, string) { return "X-Signature", signature(body) },
	}
}

func TestEveryKindIsSentAndCountedByItsAnswer(t *testing.T) {
	report, err := flood.Run(context.Background(), config(webhook(t, 3<<20).URL))
	if err != nil {
		t.Fatal(err)
	}
	if g := report.Good; g.Sent == 0 || g.Taken != g.Sent || g.P50 <= 0 || g.P99 < g.P50 || g.Max < g.P99 {
		t.Errorf("good calls: %+v", g)
	}
	want := map[string]int{"forged signature": 401, "malformed JSON": 401, "malformed JSON, signed": 400, "2 MB, forged": 401, "no HTTP": 400}
	seen := map[string]flood.Kind{}
	for _, k := range report.Kinds {
		seen[k.Name] = k
		for status := range k.Answers {
			if status >= 200 && status < 300 {
				t.Errorf("%s: answered with %d", k.Name, status)
			}
		}
	}
	for name, status := range want {
		if k := seen[name]; k.Answers[status] == 0 {
			t.Errorf("%s: %v: none answered with %d", name, k.Answers, status)
		}
	}
	if k := seen["slow headers"]; k.Sent == 0 {
		t.Error("no slow client was cut off by a server that cuts them off")
	}
	var text strings.Builder
	if err := report.Text(&text); err != nil || !strings.Contains(text.String(), "401 Unauthorized") {
		t.Errorf("%v: the report says\n%s", err, &text)
	}
}

func TestCallsThatAreNotTakenAreNotCountedAsTaken(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Signature") == signature([]byte("good")) {
			if calls.Add(1) > 1 { // but for the first
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}
	}))
	defer server.Close()
	cfg := config(server.URL)
	cfg.During, cfg.Rate = 300*time.Millisecond, 10
	cfg.Good = func(int) []byte { return []byte("good") }
	report, err := flood.Run(context.Background(), cfg)
	if err != nil || report.Good.Sent == 0 || report.Good.Taken != 0 {
		t.Errorf("%+v, %v", report.Good, err)
	}
}

func TestAWebhookThatTakesNothingIsNotFlooded(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := flood.Run(context.Background(), config(server.URL)); err == nil {
		t.Error("a webhook that is not there was flooded")
	}
}
