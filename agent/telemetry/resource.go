package telemetry

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// scope names who records, in metrics and spans.
const scope = "recado"

// newResource describes the process; OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES add to it and win.
func newResource(ctx context.Context) (*resource.Resource, error) {
	r, err := resource.New(ctx,
		resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", scope)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("telemetry: describe this process: check that OTEL_RESOURCE_ATTRIBUTES is a list of key=value: %w", err)
	}
	return r, nil
}
