package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"

	"recado/agent/llm"
)

func TestReadyTellsWhetherTheProcessIsAndWhy(t *testing.T) {
	var down atomic.Bool
	models := &modelHealth{}
	ready := newReadiness().need("nats", func(context.Context) error {
		if down.Load() {
			return errors.New("no connection to NATS")
		}
		return nil
	}).need("redis", func(context.Context) error { return nil }).use("llm", models.ask)
	address := freeAddress(t)
	server := healthFlag{address}.serve(zap.NewNop(), http.NotFoundHandler(), ready)
	t.Cleanup(func() { server.Close() })
	waitServing(t, "http://"+address+"/livez")
	asks := func(status int, parts ...string) {
		t.Helper()
		resp, err := http.Get("http://" + address + "/readyz")
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		if resp.StatusCode != status {
			t.Errorf("status %d, want %d: %s", resp.StatusCode, status, body)
		}
		says(t, string(body), parts...)
	}
	_, port, _ := strings.Cut(address, ":")
	for _, asked := range []string{address, ":" + port, "0.0.0.0:" + port} {
		if out, errOut, code := runWith(t, "", "ready", "--health", asked); code != 0 || !strings.Contains(out, "nats: ok") {
			t.Errorf("%s: exit code %d: %s", asked, code, errOut)
		}
	}
	asks(http.StatusOK, "ready\n", "nats: ok", "redis: ok", "llm: ok")
	// A language model that is down is told, and changes nothing.
	for range modelFailures {
		models.onCall(t.Context(), llm.Call{Outcome: "timeout"})
	}
	asks(http.StatusOK, "llm: degraded: the last 5 calls")
	models.onCall(t.Context(), llm.Call{Outcome: "ok"})
	asks(http.StatusOK, "llm: ok")

	down.Store(true)
	asks(http.StatusServiceUnavailable, "not ready\n", "nats: no connection to NATS", "redis: ok")
	if _, errOut, code := runWith(t, "", "ready", "--health", address); code != 1 || !strings.Contains(errOut, "no connection to NATS") {
		t.Errorf("one that is not ready: exit code %d: %s", code, errOut)
	}
	down.Store(false)
	asks(http.StatusOK)
	ready.drain()
	asks(http.StatusServiceUnavailable, "draining", "nats: ok")
	if _, errOut, code := runWith(t, "", "ready", "--health", freeAddress(t)); code != 1 || !strings.Contains(errOut, "--health") {
		t.Errorf("nothing there: exit code %d: %s", code, errOut)
	}
}
