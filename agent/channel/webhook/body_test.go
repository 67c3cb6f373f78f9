package webhook_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent/channel/webhook"
)

// unsized hides how long a body is.
type unsized struct{ io.Reader }

func request(body io.Reader) (http.ResponseWriter, *http.Request) {
	return httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", body)
}

func TestABodyIsReadWholeHoweverItComes(t *testing.T) {
	bodies := webhook.NewBodies(webhook.Budget, webhook.Wait)
	for _, size := range []int{0, 1, 2047, 2048, 2049, 32 << 10, 32<<10 + 1, 100_000, 3 << 20} {
		want := bytes.Repeat([]byte("ñ1"), size/3+1)[:size]
		for name, from := range map[string]io.Reader{"sized": bytes.NewReader(want), "unsized": unsized{bytes.NewReader(want)}} {
			w, r := request(from)
			got, done, err := bodies.Read(w, r, 3<<20)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s body of %d bytes: got %d bytes, %v", name, size, len(got), err)
			}
			done()
		}
	}
}

func TestABodyThatIsTooLongIsRefused(t *testing.T) {
	bodies := webhook.NewBodies(webhook.Budget, webhook.Wait)
	read := &counter{Reader: strings.NewReader(strings.Repeat("x", 1001))}
	w, r := request(read)
	r.ContentLength = 1001
	if _, done, err := bodies.Read(w, r, 1000); !errors.Is(err, webhook.ErrTooLong) || read.n > 0 {
		t.Errorf("announced: %v after %d bytes: want ErrTooLong before the first", err, read.n)
	} else {
		done()
	}
	w, r = request(unsized{strings.NewReader(strings.Repeat("x", 1001))})
	_, done, err := bodies.Read(w, r, 1000)
	done()
	if !errors.Is(err, webhook.ErrTooLong) {
		t.Errorf("not announced: %v: want ErrTooLong", err)
	}
	answer := httptest.NewRecorder()
	webhook.Refuse(answer, err)
	if answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered with %d", answer.Code)
	}
}

// counter counts what is read of it.
type counter struct {
	io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestLongBodiesShareABudgetAndShortOnesNeedNone(t *testing.T) {
	bodies := webhook.NewBodies(300<<10, webhook.Wait)
	long := strings.Repeat("x", 100<<10)
	w, r := request(strings.NewReader(long))
	_, first, err := bodies.Read(w, r, 1<<20)
	if err != nil {
		t.Fatalf("the first long body: %v", err)
	}
	w, r = request(strings.NewReader(long))
	_, second, err := bodies.Read(w, r, 1<<20)
	if !errors.Is(err, webhook.ErrBusy) {
		t.Fatalf("a second one beside it: %v, want ErrBusy", err)
	}
	second()
	answer := httptest.NewRecorder()
	webhook.Refuse(answer, err)
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
		t.Errorf("answered with %d and no time to try again: the channel has to deliver it again", answer.Code)
	}
	w, r = request(strings.NewReader(strings.Repeat("x", 30<<10)))
	_, third, err := bodies.Read(w, r, 1<<20)
	if err != nil {
		t.Errorf("a short one beside it: %v", err)
	}
	third()
	first()
	w, r = request(strings.NewReader(long))
	_, fourth, err := bodies.Read(w, r, 1<<20)
	if err != nil {
		t.Errorf("a long one after it: %v: what was taken is not given back", err)
	}
	fourth()
}

func TestABodyThatTricklesIsCutOff(t *testing.T) {
	bodies := webhook.NewBodies(webhook.Budget, 50*time.Millisecond)
	failed := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, done, err := bodies.Read(w, r, 1<<20)
		done()
		failed <- err
	}))
	defer server.Close()
	body, write := io.Pipe()
	defer write.Close()
	go http.Post(server.URL, "application/json", body) //nolint:errcheck // it is cut off
	go write.Write([]byte("{"))                        //nolint:errcheck
	if err := <-failed; err == nil {
		t.Error("a body that never ends was read")
	}
}

func TestAFloodOfRefusalsIsAFewLines(t *testing.T) {
	core, lines := observer.New(zap.WarnLevel)
	log := webhook.Sampled(zap.New(core))
	for range 1000 {
		log.Warn("forged")
	}
	if n := lines.Len(); n == 0 || n > 50 {
		t.Errorf("%d lines of 1,000 refusals", n)
	}
}
