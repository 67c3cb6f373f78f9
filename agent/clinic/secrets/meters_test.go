package secrets_test

import (
	"os"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"recado/agent/clinic/secrets"
)

// figures are how often the file was refused, and for how long it has been.
func figures(t *testing.T, reader *metric.ManualReader) (refused int64, age float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	must(t, reader.Collect(t.Context(), &all))
	refused, age = -1, -1
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				refused = data.DataPoints[0].Value
			case metricdata.Gauge[float64]:
				age = data.DataPoints[0].Value
			}
		}
	}
	return refused, age
}

func TestARefusedFileIsCountedOnceAndAgesUntilItIsMended(t *testing.T) {
	k := newKept(t, harbor("one"))
	reader := metric.NewManualReader()
	must(t, secrets.Measure(metric.NewMeterProvider(metric.WithReader(reader)), k.File))
	if n, age := figures(t, reader); n != 0 || age != 0 {
		t.Errorf("of a good file: %d, %v s", n, age)
	}
	k.write(t, harbor("'hush hush'"))
	for range 3 {
		_ = k.twice()
	}
	if n, age := figures(t, reader); n != 1 || age <= 0 {
		t.Errorf("of one mistake: %d, %v s", n, age)
	}
	since, _ := k.Refused()
	must(t, os.Remove(k.path))
	_ = k.twice()
	if again, refused := k.Refused(); !refused || !again.Equal(since) {
		t.Error("another mistake began the time anew")
	}
	k.write(t, harbor("two"))
	must(t, k.twice())
	if n, age := figures(t, reader); n != 2 || age != 0 {
		t.Errorf("of a mended file: %d, %v s", n, age)
	}
}

func TestWithoutAFileThereAreFiguresAllTheSame(t *testing.T) {
	reader := metric.NewManualReader()
	must(t, secrets.Measure(metric.NewMeterProvider(metric.WithReader(reader)), nil))
	if n, age := figures(t, reader); n != 0 || age != 0 {
		t.Errorf("%d, %v s", n, age)
	}
}
