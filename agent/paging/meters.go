package paging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"recado/agent/paging/ladder"
	"recado/agent/paging/store"
)

const scope = "recado/paging"

// firstBounds are in seconds: a page has to be there within a minute.
var firstBounds = []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600}

// meters are the figures. None is about one patient.
type meters struct {
	pages metric.Int64Counter
	took  metric.Float64Histogram
}

func newMeters(provider metric.MeterProvider, p *Pager) (*meters, error) {
	meter := provider.Meter(scope)
	m := &meters{}
	var problems [3]error
	m.pages, problems[0] = meter.Int64Counter("recado.paging.pages", metric.WithUnit("{page}"),
		metric.WithDescription("Pages by step, kind and result."))
	m.took, problems[1] = meter.Float64Histogram("recado.paging.first_page", metric.WithUnit("s"),
		metric.WithDescription("Time from what arrived to the first page about it."), metric.WithExplicitBucketBoundaries(firstBounds...))
	_, problems[2] = meter.Int64ObservableGauge("recado.paging.unacknowledged_emergencies", metric.WithUnit("{case}"),
		metric.WithDescription("Emergencies that nobody of the staff has taken."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for id, n := range p.Unacknowledged() {
				o.Observe(n, metric.WithAttributes(attribute.String("clinic", id)))
			}
			return nil
		}))
	if err := errors.Join(problems[:]...); err != nil {
		return nil, fmt.Errorf("set up metrics of paging: %w", err)
	}
	return m, nil
}

// page counts one; code is empty for one that was delivered.
func (m *meters) page(ctx context.Context, p Page, via ladder.Via, code Code) {
	result := "sent"
	if code != "" {
		result = "failed"
	}
	attributes := []attribute.KeyValue{
		attribute.Int("step", p.Step), attribute.String("kind", string(p.Kind)), attribute.String("via", string(via)),
		attribute.String("result", result), attribute.String("code", string(code)),
	}
	m.pages.Add(ctx, 1, metric.WithAttributes(attributes...))
}

// first records how long the first page about a case took; s is the state
// before it.
func (m *meters) first(ctx context.Context, p Page, s store.State, now time.Time) {
	if s.Sent == 0 && len(s.Told) == 0 {
		m.took.Record(ctx, now.Sub(p.Since).Seconds(), metric.WithAttributes(attribute.String("priority", string(p.Priority))))
	}
}
