package library

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// scope names the figures' origin; it is the one of all parts.
const scope = "recado"

// meters are a library's figures. No label names a clinic.
type meters struct {
	refused, loaded metric.Int64Counter
}

// Reasons of refusals, as labels.
const (
	reasonProblems = "problems"
	reasonTaken    = "taken"
)

func newMeters(provider metric.MeterProvider, l *Library) (*meters, error) {
	if provider == nil {
		provider = noop.NewMeterProvider()
	}
	meter := provider.Meter(scope)
	m := &meters{}
	var errs [4]error
	m.refused, errs[0] = meter.Int64Counter("recado.profiles.refused", metric.WithUnit("{profile}"),
		metric.WithDescription("Changes of clinics' profiles that were refused; the last good one stays."))
	m.loaded, errs[1] = meter.Int64Counter("recado.profiles.loaded", metric.WithUnit("{profile}"),
		metric.WithDescription("Profiles that were taken into use, at the start and after each change."))
	_, errs[2] = meter.Int64ObservableGauge("recado.profiles", metric.WithUnit("{clinic}"),
		metric.WithDescription("Clinics that are served."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(l.Now().Len()))
			return nil
		}))
	_, errs[3] = meter.Float64ObservableGauge("recado.profiles.refused.age", metric.WithUnit("s"),
		metric.WithDescription("Time since what is served was what clinics' profiles say, of the one that is refused the longest; 0 while none is."),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			age := 0.0
			if since := l.Trouble().Since(); !since.IsZero() {
				age = max(l.cfg.Now().Sub(since), 0).Seconds()
			}
			o.Observe(age)
			return nil
		}))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("set up the figures of profiles: %w", err)
	}
	for _, reason := range []string{reasonProblems, reasonTaken} {
		m.refused.Add(context.Background(), 0, because(reason))
	}
	m.loaded.Add(context.Background(), 0)
	return m, nil
}

func because(reason string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", reason)))
}

func (m *meters) refuse(err error) {
	reason := reasonProblems
	if isTaken(err) {
		reason = reasonTaken
	}
	m.refused.Add(context.Background(), 1, because(reason))
}

func (m *meters) load(n int) { m.loaded.Add(context.Background(), int64(n)) }
