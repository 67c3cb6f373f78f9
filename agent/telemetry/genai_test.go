package telemetry

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/language"
	"recado/agent/llm"
	"recado/agent/llm/standin"
	"recado/intents"
)

const (
	canary      = "CANARY-pecho"
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// secrets are what neither metrics nor spans may show: the message, the
// conversation, the key, a reply and parts of the prompt.
var secrets = []string{canary, "conv-secret", "sk-secret", standin.Canary, "messages", "instructions", "conversation"}

// ask puts one message to a stand-in and returns what the client told of it.
func ask(t *testing.T, kind standin.Kind, observers ...func(context.Context, llm.Call)) []llm.Call {
	t.Helper()
	shipped, err := intents.ShippedIntents()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(standin.New(standin.Config{Kind: kind, Intents: shipped}))
	defer server.Close()
	var calls []llm.Call
	client, err := llm.New(llm.Config{
		Intents: shipped, MaxAttempts: 1,
		Endpoints: []llm.Endpoint{{Name: "e", Model: "m-1", BaseURL: server.URL, Key: "sk-secret", Price: llm.Price{Input: 1, Cached: 0.1, Output: 10}}},
		OnCall: func(ctx context.Context, c llm.Call) {
			calls = append(calls, c)
			for _, o := range observers {
				o(ctx, c)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	q := agent.Query{Text: "what about the " + canary, Conversation: "conv-secret", Language: language.English}
	for range 2 { // the second finds its prompt in the cache
		_, err = client.Understand(t.Context(), q)
	}
	if answers := kind == standin.NoRisk; answers != (err == nil) || len(calls) != 2 {
		t.Fatalf("%s: error %v after %d calls", kind, err, len(calls))
	}
	return calls
}

func genAI(t *testing.T, c GenAIConfig) *GenAI {
	t.Helper()
	if c.Meters == nil {
		c.Meters = sdkmetric.NewMeterProvider()
	}
	if c.Tracers == nil {
		c.Tracers = noop.NewTracerProvider()
	}
	if c.Traceparent == nil {
		c.Traceparent = func(context.Context) string { return "" }
	}
	g, err := NewGenAI(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestACallIsCountedUnderTheNamesOfTheConventions(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	g := genAI(t, GenAIConfig{Meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))})
	calls := ask(t, standin.NoRisk, g.OnCall)
	ask(t, standin.Refusal, g.OnCall)
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := figures(t, all)
	const call = "gen_ai.operation.name=chat,gen_ai.provider.name=openai_compatible,gen_ai.request.model=m-1"
	var took, cost float64
	for _, c := range calls {
		took += c.Duration.Seconds()
		cost += c.Cost * 1e6
	}
	if calls[1].CachedTokens == 0 || cost == 0 {
		t.Fatalf("calls %+v: the test needs cached tokens and a cost", calls)
	}
	if d := got["gen_ai.client.operation.duration s "+call]; d.count != 2 || math.Abs(d.sum-took) > 1e-9 {
		t.Errorf("durations %+v, want 2 of %v s together: %v", d, took, got)
	}
	if d := got["gen_ai.client.operation.duration s error.type=refused,"+call]; d.count != 2 {
		t.Errorf("refused calls: %+v, want 2: %v", d, got)
	}
	// what a refusal took counts too, and is the same
	for name, least := range map[string]float64{
		"gen_ai.client.token.usage {token} " + call + ",gen_ai.token.type=input":  float64(calls[0].PromptTokens + calls[1].PromptTokens),
		"gen_ai.client.token.usage {token} " + call + ",gen_ai.token.type=output": float64(calls[0].CompletionTokens + calls[1].CompletionTokens),
		"recado.llm.cached_input_tokens {token} " + call:                          float64(calls[0].CachedTokens + calls[1].CachedTokens),
		"recado.llm.cost micro_usd " + call:                                       cost,
	} {
		if sum := got[name].sum; sum < least-1e-6 || sum > 2*least+1e-6 {
			t.Errorf("%s is %v, want from %v to twice that: %v", name, sum, least, got)
		}
	}
	if len(got) != 6 {
		t.Errorf("%d figures, want 6: %v", len(got), got)
	}
}

// figure is the sum of a counter, or sum and count of a histogram.
type figure struct {
	sum   float64
	count uint64
}

// figures are keyed by name, unit and attributes.
func figures(t *testing.T, all metricdata.ResourceMetrics) map[string]figure {
	t.Helper()
	out := map[string]figure{}
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Histogram[float64]:
				histogram(out, m, d)
			case metricdata.Histogram[int64]:
				histogram(out, m, d)
			case metricdata.Sum[float64]:
				counter(out, m, d)
			case metricdata.Sum[int64]:
				counter(out, m, d)
			default:
				t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	return out
}

func histogram[N int64 | float64](out map[string]figure, m metricdata.Metrics, h metricdata.Histogram[N]) {
	for _, p := range h.DataPoints {
		out[m.Name+" "+m.Unit+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = figure{float64(p.Sum), p.Count}
	}
}

func counter[N int64 | float64](out map[string]figure, m metricdata.Metrics, s metricdata.Sum[N]) {
	for _, p := range s.DataPoints {
		out[m.Name+" "+m.Unit+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = figure{sum: float64(p.Value)}
	}
}

func TestASpanTellsOfACallInTheTraceOfItsMessageAndHoldsNoText(t *testing.T) {
	t.Parallel()
	exporter := tracetest.NewInMemoryExporter()
	g := genAI(t, GenAIConfig{
		Tracers:     sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)),
		Traceparent: func(context.Context) string { return traceparent },
	})
	calls := append(ask(t, standin.NoRisk, g.OnCall), ask(t, standin.Obeys, g.OnCall)...)
	spans := exporter.GetSpans()
	if len(spans) != len(calls) {
		t.Fatalf("%d spans of %d calls", len(spans), len(calls))
	}
	allowed := map[string]bool{
		"gen_ai.operation.name": true, "gen_ai.provider.name": true, "gen_ai.request.model": true, "error.type": true,
		"gen_ai.usage.input_tokens": true, "gen_ai.usage.output_tokens": true, "gen_ai.usage.cache_read.input_tokens": true,
	}
	for i, s := range spans {
		if s.Name != "chat m-1" || s.SpanKind != trace.SpanKindClient || s.Parent.TraceID().String() != traceID ||
			s.SpanContext.TraceID().String() != traceID || s.EndTime.Sub(s.StartTime) != calls[i].Duration {
			t.Errorf("span %+v of call %+v", s, calls[i])
		}
		values := map[string]string{}
		for _, a := range s.Attributes {
			values[string(a.Key)] = a.Value.String()
			if !allowed[string(a.Key)] {
				t.Errorf("a span has attribute %s", a.Key)
			}
		}
		failed := map[bool]string{true: calls[i].Outcome}[calls[i].Outcome != "ok"]
		if values["error.type"] != failed || values["gen_ai.request.model"] != "m-1" ||
			values["gen_ai.usage.cache_read.input_tokens"] != fmt.Sprint(calls[i].CachedTokens) {
			t.Errorf("attributes %v of call %+v", values, calls[i])
		}
		free(t, fmt.Sprintf("%+v %v", s, values))
	}
}

func free(t *testing.T, output string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(output, secret) {
			t.Errorf("%q is told in %s", secret, output)
		}
	}
}

func TestSpansGoToTheCollectorThatIsNamedAndHoldNoText(t *testing.T) {
	var (
		mu   sync.Mutex
		sent string
	)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		sent += r.URL.Path + string(body)
	}))
	defer server.Close()
	t.Setenv(collector, server.URL)
	tracing, err := NewTracing(t.Context(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ask(t, standin.NoRisk, genAI(t, GenAIConfig{Tracers: tracing.Provider()}).OnCall)
	tracing.Stop(t.Context())
	mu.Lock()
	defer mu.Unlock()
	if !strings.HasPrefix(sent, "/v1/traces") || strings.Count(sent, "chat m-1") != 2 {
		t.Errorf("the collector got %q", sent)
	}
	free(t, sent)
}

func TestWithoutACollectorThereAreNoSpansAndAWrongAddressIsNamed(t *testing.T) {
	t.Setenv(collector, "")
	tracing, err := NewTracing(t.Context(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if _, span := tracing.Provider().Tracer("").Start(t.Context(), "x"); span.IsRecording() {
		t.Error("spans are recorded for nobody")
	}
	tracing.Stop(t.Context())
	t.Setenv(collector, "user:sk-secret@collector:4318")
	if _, err := NewTracing(t.Context(), zap.NewNop()); err == nil || !strings.Contains(err.Error(), collector) || strings.Contains(err.Error(), "sk-secret") {
		t.Errorf("error %v", err)
	}
}
