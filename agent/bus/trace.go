package bus

import (
	"context"

	"github.com/nats-io/nats.go"
)

// Trace is a W3C trace context, carried in the headers of messages. It is
// passed on as it came; nothing here reads it.
type Trace struct {
	Parent string // traceparent
	State  string // tracestate
}

// nats.Header does not fold case, and W3C writes these in lower case.
const (
	headerTraceparent = "traceparent"
	headerTracestate  = "tracestate"
)

type traceKey struct{}

// ContextWithTrace returns a context whose publishes carry t.
func ContextWithTrace(ctx context.Context, t Trace) context.Context {
	if t.Parent == "" {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, t)
}

// TraceFrom returns the trace that ctx carries; empty when it has none.
func TraceFrom(ctx context.Context) Trace {
	t, _ := ctx.Value(traceKey{}).(Trace)
	return t
}

// TraceOf returns the trace of a stored message; empty when it has none.
func TraceOf(h nats.Header) Trace {
	return Trace{Parent: h.Get(headerTraceparent), State: h.Get(headerTracestate)}
}

// inject copies the trace of ctx, if it has one, into h.
func inject(ctx context.Context, h nats.Header) {
	t := TraceFrom(ctx)
	if t.Parent == "" {
		return
	}
	h.Set(headerTraceparent, t.Parent)
	if t.State != "" {
		h.Set(headerTracestate, t.State)
	}
}
