package bus

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// StartSpan begins a span as a child of the trace that ctx carries, and
// returns a context whose publishes carry the span: so a trace runs on over
// messages from gateway to worker to gateway. Where tracer makes no spans, or
// is nil, the trace is carried on as it came.
//
// Names and attributes of spans are read by operators: no id of a
// conversation, no address and nothing that was written belongs into them.
func StartSpan(ctx context.Context, tracer trace.Tracer, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if tracer == nil {
		return ctx, trace.SpanFromContext(context.Background())
	}
	if parent := TraceFrom(ctx).Parent; parent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{headerTraceparent: parent})
	}
	ctx, span := tracer.Start(ctx, name, options...)
	if !span.IsRecording() && TraceFrom(ctx).Parent != "" {
		return ctx, span
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return ContextWithTrace(ctx, Trace{Parent: carrier.Get(headerTraceparent)}), span
}

// LinksTo are links to the traces of messages that are worked on together with
// others.
func LinksTo(traces ...Trace) []trace.Link {
	var links []trace.Link
	for _, t := range traces {
		if t.Parent == "" {
			continue
		}
		ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{headerTraceparent: t.Parent})
		if of := trace.SpanContextFromContext(ctx); of.IsValid() {
			links = append(links, trace.Link{SpanContext: of})
		}
	}
	return links
}
