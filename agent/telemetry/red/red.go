// Package red measures what every part of Recado does by the same three
// figures: how often, with what outcome, how long. All of it is one histogram,
// recado_operation_duration_seconds, by part, operation and outcome; each of
// the three comes from a list in the program, never from what somebody sent.
package red

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// Scope is the instrumentation scope of all figures of Recado.
const Scope = "recado"

// Part is a part of Recado.
type Part string

// The parts.
const (
	Worker  Part = "worker"
	Gateway Part = "gateway"
	Console Part = "console"
	Private Part = "private"
)

// Outcomes that all parts share; a part may have others of its own.
const (
	OK      = "ok"
	Refused = "refused" // the other side's fault: bad signature, too long, not signed in
	Error   = "error"   // ours
)

// Bounds are those of the histogram's buckets, in seconds: a decision takes
// less than 10 ms, a commit 1 to 10, a page 10 to 100, a call to a channel or
// a language model up to seconds.
var Bounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// Operations is the histogram. It is safe for concurrent use.
type Operations struct{ duration metric.Float64Histogram }

// New makes the histogram; provider may be nil for none.
func New(provider metric.MeterProvider) (*Operations, error) {
	if provider == nil {
		provider = noop.NewMeterProvider()
	}
	duration, err := provider.Meter(Scope).Float64Histogram("recado.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Time that an operation took, by its outcome."), metric.WithExplicitBucketBoundaries(Bounds...))
	if err != nil {
		return nil, fmt.Errorf("set up figures of operations: %w", err)
	}
	return &Operations{duration}, nil
}

// Kind is an operation of a part with its outcome, made once.
type Kind struct{ labels metric.MeasurementOption }

// NewKind returns one.
func NewKind(part Part, operation, outcome string) Kind {
	return Kind{metric.WithAttributeSet(attribute.NewSet(
		attribute.String("part", string(part)), attribute.String("operation", operation), attribute.String("outcome", outcome)))}
}

// Done counts an operation that took d.
func (o *Operations) Done(ctx context.Context, k Kind, d time.Duration) {
	o.duration.Record(ctx, d.Seconds(), k.labels)
}
