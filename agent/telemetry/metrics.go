package telemetry

import (
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
)

// Metrics keeps a process's figures until Prometheus asks for them.
type Metrics struct {
	provider *sdkmetric.MeterProvider
	registry *prometheus.Registry
}

// NewMetrics makes metrics of their own, apart from any global registry. They
// tell of the Go runtime and the process from the start.
func NewMetrics(ctx context.Context) (*Metrics, error) {
	r, err := newResource(ctx)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("telemetry: set up metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(exporter), sdkmetric.WithResource(r),
		sdkmetric.WithExemplarFilter(exemplar.AlwaysOffFilter), // figures of many, never the trace of one
	)
	return &Metrics{provider, registry}, nil
}

// Provider makes the instruments whose figures Handler shows.
func (m *Metrics) Provider() metric.MeterProvider { return m.provider }

// Register adds figures that a collector takes when Prometheus asks. Those of
// another collector with the same names are an error.
func (m *Metrics) Register(collectors ...prometheus.Collector) error {
	for _, c := range collectors {
		if err := m.registry.Register(c); err != nil {
			return fmt.Errorf("telemetry: add figures: %w", err)
		}
	}
	return nil
}

// Handler answers in Prometheus's text form.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
