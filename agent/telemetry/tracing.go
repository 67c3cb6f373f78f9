package telemetry

import (
	"context"
	"errors"
	"net/url"
	"os"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
)

// collector is the variable that names the OTLP collector of spans, such as
// http://127.0.0.1:4318.
const collector = "OTEL_EXPORTER_OTLP_ENDPOINT"

// Tracing sends spans to a collector, where there is one.
type Tracing struct {
	provider trace.TracerProvider
	stop     func(context.Context) error
	log      *zap.Logger
}

// NewTracing sends spans by OTLP over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT;
// OpenTelemetry's other variables say how. Without it spans are not made. It
// takes over the process's OpenTelemetry errors, whose own text may quote a
// header with a token: log is told only that there was one.
func NewTracing(ctx context.Context, log *zap.Logger) (*Tracing, error) {
	address := os.Getenv(collector)
	if address == "" {
		return &Tracing{noop.NewTracerProvider(), func(context.Context) error { return nil }, log}, nil
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New(collector + " is no http or https address: write it as http://host:4318, or unset it to send no spans")
	}
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { warn(log) }))
	r, err := newResource(ctx)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, errors.New("telemetry: the exporter of spans cannot be made: check the variables that begin with OTEL_EXPORTER_OTLP")
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(r))
	return &Tracing{provider, provider.Shutdown, log}, nil
}

// Provider makes tracers.
func (t *Tracing) Provider() trace.TracerProvider { return t.provider }

// Stop sends what is left, as long as ctx allows.
func (t *Tracing) Stop(ctx context.Context) {
	if err := t.stop(ctx); err != nil {
		warn(t.log)
	}
}

func warn(log *zap.Logger) {
	log.Warn("spans cannot be sent: check that the collector of " + collector + " runs and takes OTLP over HTTP")
}
