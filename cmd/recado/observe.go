package main

import (
	"context"
	"time"

	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/llm"
	"recado/agent/telemetry"
)

// llmObserver is told of every attempt to ask a language model.
type llmObserver func(context.Context, llm.Call)

// observed is what a process that asks a language model tells operators.
type observed struct {
	metrics *telemetry.Metrics
	genai   *telemetry.GenAI
	tracing *telemetry.Tracing
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
	return &observed{metrics, genai, tracing}, nil
}

// flushLimit bounds the sending of the last spans.
const flushLimit = 5 * time.Second

// stop sends the spans that are left; ctx may have ended.
func (o *observed) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushLimit)
	defer cancel()
	o.tracing.Stop(ctx)
}
