package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/telemetry/red"
)

// Results of calls and of replies.
const (
	resultSent     = "sent"
	resultRefused  = "refused"  // the channel said no; it may be tried again
	resultUnknown  = "unknown"  // the call gave no answer
	resultWithheld = "withheld" // never sent, on purpose
	resultFailed   = "failed"   // given up; staff are told
)

// maxCodes is how many different error codes get a figure of their own.
const maxCodes = 48

// meters are a dispatcher's figures.
type meters struct {
	operations *red.Operations
	sends      metric.Int64Counter

	mu    sync.Mutex
	codes map[int]string
}

func newMeters(c Config) (*meters, error) {
	provider := c.Meters
	if provider == nil {
		provider = noop.NewMeterProvider()
	}
	m := &meters{codes: map[int]string{0: "0"}}
	var problems [2]error
	m.operations, problems[0] = red.New(provider)
	m.sends, problems[1] = provider.Meter(red.Scope).Int64Counter("recado.gateway.sends", metric.WithUnit("{reply}"),
		metric.WithDescription("Replies by channel, result and the channel's error code; refused and unknown ones are tried again."))
	if err := errors.Join(problems[:]...); err != nil {
		return nil, fmt.Errorf("set up a dispatcher's figures: %w", err)
	}
	for of := range c.Senders {
		for _, result := range []string{resultSent, resultRefused, resultUnknown, resultWithheld, resultFailed} {
			m.add(context.Background(), 0, of, result, 0)
		}
	}
	return m, nil
}

// settled counts a reply that will not be sent; one that was is counted with
// its call.
func (m *meters) settled(ctx context.Context, of agent.Channel, state channel.State, code int) {
	switch state {
	case channel.Withheld:
		m.add(ctx, 1, of, resultWithheld, code)
	case channel.Failed:
		m.add(ctx, 1, of, resultFailed, code)
	}
}

func (m *meters) add(ctx context.Context, n int64, of agent.Channel, result string, code int) {
	m.sends.Add(ctx, n, metric.WithAttributes(
		attribute.String("channel", string(of)), attribute.String("result", result), attribute.String("code", m.code(code))))
}

// code is a label for an error code: a channel may make up as many as it
// likes, and figures may not.
func (m *meters) code(code int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.codes[code]
	if ok {
		return text
	}
	if len(m.codes) >= maxCodes {
		return "other"
	}
	m.codes[code] = strconv.Itoa(code)
	return m.codes[code]
}

// send calls the channel once, measured and traced.
func (l *lane) send(ctx context.Context, sender channel.Sender, m channel.Message) (string, error) {
	d := l.d
	ctx, span := bus.StartSpan(ctx, d.tracer, "gateway send", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("recado.channel", string(l.c.Channel))))
	defer span.End()
	began := time.Now()
	id, err := sender.Send(ctx, m)
	result, code := resultSent, 0
	var refused *channel.SendError
	switch {
	case err == nil:
	case errors.As(err, &refused):
		result, code = resultRefused, refused.Code
	default:
		result = resultUnknown
	}
	d.meters.operations.Done(ctx, red.NewKind(red.Gateway, "send", result), time.Since(began))
	d.meters.add(ctx, 1, l.c.Channel, result, code)
	if err != nil {
		span.SetAttributes(attribute.Int("recado.code", code))
		span.SetStatus(codes.Error, "") // a channel's words may quote an address
	}
	return id, err
}
