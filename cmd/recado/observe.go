package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/llm"
	"recado/agent/telemetry"
	"recado/agent/telemetry/lag"
	"recado/agent/telemetry/red"
)

// llmObserver is told of every attempt to ask a language model.
type llmObserver func(context.Context, llm.Call)

// observed is what a process tells operators.
type observed struct {
	metrics    *telemetry.Metrics
	genai      *telemetry.GenAI
	tracing    *telemetry.Tracing
	operations *red.Operations
	models     modelHealth
}

func observe(ctx context.Context, log *zap.Logger) (*observed, error) {
	metrics, err := telemetry.NewMetrics(ctx)
	if err != nil {
		return nil, err
	}
	tracing, err := telemetry.NewTracing(ctx, log)
	if err != nil {
		return nil, exit{2, err}
	}
	genai, err := telemetry.NewGenAI(telemetry.GenAIConfig{
		Meters: metrics.Provider(), Tracers: tracing.Provider(),
		Traceparent: func(ctx context.Context) string { return bus.TraceFrom(ctx).Parent },
	})
	if err != nil {
		return nil, err
	}
	operations, err := red.New(metrics.Provider())
	if err != nil {
		return nil, err
	}
	return &observed{metrics: metrics, genai: genai, tracing: tracing, operations: operations}, nil
}

// onCall is told of every attempt to ask a language model.
func (o *observed) onCall(ctx context.Context, c llm.Call) {
	o.models.onCall(ctx, c)
	o.genai.OnCall(ctx, c)
}

// watch looks after a consumer until ctx ends.
func (o *observed) watch(ctx context.Context, nc *nats.Conn, stream, consumer string, log *zap.Logger) (*lag.Watch, error) {
	js, err := openJetStream(nc)
	if err != nil {
		return nil, err
	}
	w, err := lag.New(lag.Config{
		JetStream: js, Stream: stream, Consumer: consumer, Letters: stream == bus.StreamTurn, Meters: o.metrics.Provider(), Log: log,
	})
	if err != nil {
		return nil, err
	}
	go w.Run(ctx)
	return w, nil
}

// gatewayRoutes are the operations of a gateway; webhooks and messages of the chat page
// begin traces.
var gatewayRoutes = map[string]string{
	"POST /webhooks/whatsapp": "webhook", "POST " + smsPath: "webhook", "POST " + smsPath + "/status": "webhook_status", "POST /chat/messages": "chat_message",
	"GET /webhooks/whatsapp": "webhook_check", "POST /chat": "chat_visit", "GET /chat/events": "chat_events", "GET /chat": "chat_page",
	"POST /chat/plain": "chat_message", "POST /widget/messages": "chat_message", "POST /widget": "chat_visit", "GET /widget/events": "chat_events", "GET /widget": "chat_page",
}

// deskRoutes are those of a console, and of the private page.
var (
	deskRoutes    = map[string]string{"POST /staff": "act", "GET /staff": "page", "POST /staff/sign-in": "sign_in", "GET /staff/assets": "asset"}
	privateRoutes = map[string]string{"POST /p": "act", "GET /p": "page", "GET /p/events": "events"}
)

func (o *observed) http(part red.Part, routes map[string]string) red.HTTP {
	return red.HTTP{
		Part: part, Route: red.Routes(routes), Operations: o.operations, Tracer: o.tracing.Provider().Tracer(red.Scope),
		Traced: func(route string) bool { return route == "webhook" || route == "chat_message" },
	}
}

// measureDesk measures a console's pages and the private page apart.
func (o *observed) measureDesk(h http.Handler) http.Handler {
	desk, private := o.http(red.Console, deskRoutes).Handler(h), o.http(red.Private, privateRoutes).Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/p" || strings.HasPrefix(r.URL.Path, "/p/") {
			private.ServeHTTP(w, r)
			return
		}
		desk.ServeHTTP(w, r)
	})
}

// flushLimit bounds the sending of the last spans.
const flushLimit = 5 * time.Second

// stop sends the spans that are left; ctx may have ended.
func (o *observed) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	o.tracing.Stop(ctx)
}
