package sms

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"recado/agent/telemetry/red"
)

// segments is the figure of what phone networks charge for.
type segments struct{ sent metric.Int64Counter }

func newSegments(provider metric.MeterProvider) (segments, error) {
	if provider == nil {
		provider = noop.NewMeterProvider()
	}
	sent, err := provider.Meter(red.Scope).Int64Counter("recado.gateway.sms_segments", metric.WithUnit("{segment}"),
		metric.WithDescription("Segments of the SMS that Twilio took, by alphabet: gsm7 holds 160 characters, ucs2 70."))
	if err != nil {
		return segments{}, fmt.Errorf("set up the figure of SMS segments: %w", err)
	}
	s := segments{sent}
	for _, gsm7 := range []bool{true, false} {
		s.count(context.Background(), 0, gsm7)
	}
	return s, nil
}

func (s segments) count(ctx context.Context, n int, gsm7 bool) {
	alphabet := "ucs2"
	if gsm7 {
		alphabet = "gsm7"
	}
	s.sent.Add(ctx, int64(n), metric.WithAttributes(attribute.String("alphabet", alphabet)))
}
