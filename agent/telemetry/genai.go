package telemetry

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"recado/agent/llm"
)

// Attributes of OpenTelemetry's GenAI conventions. Those that hold messages,
// instructions or a conversation's id are left out on purpose.
const (
	operationName = attribute.Key("gen_ai.operation.name")
	providerName  = attribute.Key("gen_ai.provider.name")
	requestModel  = attribute.Key("gen_ai.request.model")
	tokenType     = attribute.Key("gen_ai.token.type")
	inputTokens   = attribute.Key("gen_ai.usage.input_tokens")
	cachedTokens  = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	outputTokens  = attribute.Key("gen_ai.usage.output_tokens")
	errorType     = attribute.Key("error.type")
)

// chat is the operation of every call.
const chat = "chat"

// Boundaries that the conventions advise.
var (
	durationBounds = []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	tokenBounds    = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
)

// GenAIConfig says where a GenAI records. All fields are required.
type GenAIConfig struct {
	Meters  metric.MeterProvider
	Tracers trace.TracerProvider
	// Traceparent gives the W3C traceparent that a context carries, or
	// nothing; a call's span becomes its child. A tracestate is not taken
	// along, as anything may stand in it.
	Traceparent func(context.Context) string
}

// GenAI records calls of language models under OpenTelemetry's names, without
// content. It is safe for use by many goroutines.
type GenAI struct {
	traceparent func(context.Context) string
	tracer      trace.Tracer
	duration    metric.Float64Histogram
	tokens      metric.Int64Histogram
	cached      metric.Int64Counter
	cost        metric.Float64Counter
}

// NewGenAI makes the instruments.
func NewGenAI(c GenAIConfig) (*GenAI, error) {
	meter := c.Meters.Meter(scope)
	g := &GenAI{traceparent: c.Traceparent, tracer: c.Tracers.Tracer(scope)}
	var problems [4]error
	g.duration, problems[0] = meter.Float64Histogram("gen_ai.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of an attempt to ask a language model."), metric.WithExplicitBucketBoundaries(durationBounds...))
	g.tokens, problems[1] = meter.Int64Histogram("gen_ai.client.token.usage", metric.WithUnit("{token}"),
		metric.WithDescription("Tokens of an attempt; input counts cached input too."), metric.WithExplicitBucketBoundaries(tokenBounds...))
	// a third type of token.usage would count cached input twice in every sum
	g.cached, problems[2] = meter.Int64Counter("recado.llm.cached_input_tokens", metric.WithUnit("{token}"),
		metric.WithDescription("Input tokens that came from the provider's prompt cache."))
	g.cost, problems[3] = meter.Float64Counter("recado.llm.cost", metric.WithUnit("micro_usd"),
		metric.WithDescription("Cost in millionths of a US dollar, by the prices that are configured."))
	if err := errors.Join(problems[:]...); err != nil {
		return nil, fmt.Errorf("telemetry: set up metrics of language models: %w", err)
	}
	return g, nil
}

// OnCall records one attempt; it is made for llm.Config.OnCall.
func (g *GenAI) OnCall(ctx context.Context, c llm.Call) {
	attributes := []attribute.KeyValue{operationName.String(chat), providerName.String(c.Provider), requestModel.String(c.Model)}
	of := metric.WithAttributeSet(attribute.NewSet(attributes...)) // of all calls, whatever came of them
	if c.Outcome != "ok" {
		attributes = append(attributes, errorType.String(c.Outcome))
	}
	g.duration.Record(ctx, c.Duration.Seconds(), metric.WithAttributes(attributes...))
	if c.PromptTokens > 0 {
		g.tokens.Record(ctx, int64(c.PromptTokens), of, metric.WithAttributes(tokenType.String("input")))
		g.cached.Add(ctx, int64(c.CachedTokens), of)
	}
	if c.CompletionTokens > 0 {
		g.tokens.Record(ctx, int64(c.CompletionTokens), of, metric.WithAttributes(tokenType.String("output")))
	}
	if c.Cost > 0 {
		g.cost.Add(ctx, c.Cost*1e6, of)
	}
	g.span(ctx, c, attributes)
}

// span tells of an attempt after its end, so that no trace header goes to the
// endpoint.
func (g *GenAI) span(ctx context.Context, c llm.Call, attributes []attribute.KeyValue) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": g.traceparent(ctx)})
	_, span := g.tracer.Start(ctx, chat+" "+c.Model, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(c.Started), trace.WithAttributes(attributes...))
	if c.PromptTokens > 0 || c.CompletionTokens > 0 {
		span.SetAttributes(inputTokens.Int(c.PromptTokens), cachedTokens.Int(c.CachedTokens), outputTokens.Int(c.CompletionTokens))
	}
	if c.Outcome != "ok" {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(c.Started.Add(c.Duration)))
}
