package secrets

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/metric"
)

// scope names the figures' origin; it is the one of all parts.
const scope = "recado"

// Measure makes the figures of a process's file: how often it was refused, and
// for how long it has been. Without a file, f is nil, both are 0. No label names
// a clinic.
func Measure(provider metric.MeterProvider, f *File) error {
	meter := provider.Meter(scope)
	_, err := meter.Int64ObservableCounter("recado.secrets.refused", metric.WithUnit("{file}"),
		metric.WithDescription("Changes of the file of clinics' secrets that were refused; the last good ones stay."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			n := int64(0)
			if f != nil {
				n = f.refusals.Load()
			}
			o.Observe(n)
			return nil
		}))
	_, also := meter.Float64ObservableGauge("recado.secrets.refused.age", metric.WithUnit("s"),
		metric.WithDescription("Time since the secrets in use were what the file of clinics' secrets says; 0 while they are."),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			age := 0.0
			if f != nil {
				if since, refused := f.Refused(); refused {
					age = max(f.now().Sub(since), 0).Seconds()
				}
			}
			o.Observe(age)
			return nil
		}))
	if err := errors.Join(err, also); err != nil {
		return fmt.Errorf("set up the figures of secrets: %w", err)
	}
	return nil
}
