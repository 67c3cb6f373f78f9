package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/llm"
)

func TestACallIsSeenAtTheHealthAddressAndInTheTraceOfItsMessage(t *testing.T) {
	sent := make(chan string, 8)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent <- string(body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	seen, err := observe(t.Context(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	ctx := bus.ContextWithTrace(t.Context(), bus.Trace{Parent: "00-" + trace + "-00f067aa0ba902b7-01"})
	seen.genai.OnCall(ctx, llm.Call{Model: "m-1", Provider: "openai", Outcome: "ok", Started: time.Now(), Duration: time.Second, PromptTokens: 7})
	seen.stop(t.Context())
	id, _ := hex.DecodeString(trace)
	select {
	case got := <-sent:
		if !strings.Contains(got, string(id)) || !strings.Contains(got, "chat m-1") {
			t.Errorf("the collector got %q", got)
		}
	default:
		t.Error("no span was sent before the process ended")
	}

	address := freeAddress(t)
	server := healthFlag{address}.serve(zap.NewNop(), seen.metrics.Handler(), nil)
	defer server.Close()
	waitServing(t, "http://"+address+"/livez")
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := "gen_ai_client_operation_duration_seconds_count{"; r.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
		t.Errorf("/metrics: %s without %s", r.Status, want)
	}
}
