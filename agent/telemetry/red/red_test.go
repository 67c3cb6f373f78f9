package red

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// counts returns how often each operation was done, by "operation outcome".
func counts(t *testing.T, reader *sdkmetric.ManualReader) (map[string]uint64, time.Duration) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	found, longest := map[string]uint64{}, 0.0
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				operation, _ := p.Attributes.Value("operation")
				outcome, _ := p.Attributes.Value("outcome")
				found[operation.AsString()+" "+outcome.AsString()] += p.Count
				if most, ok := p.Max.Value(); ok {
					longest = max(longest, most)
				}
				if p.Attributes.Len() != 3 {
					t.Errorf("labels are %v", p.Attributes.ToSlice())
				}
			}
		}
	}
	return found, time.Duration(longest * float64(time.Second))
}

func TestRequestsAreCountedByOperationAndOutcomeAndNeverByPath(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	operations, err := New(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	open := make(chan struct{})
	server := httptest.NewServer(HTTP{
		Part: Gateway, Operations: operations, Route: Routes(map[string]string{"POST /a": "act", "GET /a": "page", "/a/long": "long"}),
	}.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("do") {
		case "refuse":
			w.WriteHeader(http.StatusForbidden)
		case "fail":
			http.Error(w, "no", http.StatusInternalServerError)
		case "panic":
			panic(http.ErrAbortHandler)
		case "stream":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = w.Write([]byte("data: x\n\n"))
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("a stream cannot be flushed: %v", err)
			}
			<-open
		}
	})))
	defer server.Close()
	for _, path := range []string{"/a/kanarienvogel", "/a?do=refuse", "/a?do=fail", "/a?do=panic", "/b", "/a/long"} {
		if resp, err := http.Get(server.URL + path); err == nil {
			resp.Body.Close()
		}
	}
	resp, err := http.Get(server.URL + "/a/long?do=stream")
	if err != nil {
		t.Fatal(err)
	}
	held := time.NewTimer(300 * time.Millisecond)
	<-held.C
	close(open)
	_, _ = io.ReadAll(resp.Body)
	resp.Body.Close()
	server.Close() // all are done
	found, longest := counts(t, reader)
	for kind, want := range map[string]uint64{"page ok": 1, "page refused": 1, "page error": 2, "other ok": 1, "long ok": 2} {
		if found[kind] != want {
			t.Errorf("%s: %d, want %d: %v", kind, found[kind], want, found)
		}
	}
	if longest > 250*time.Millisecond {
		t.Errorf("an open stream counts for %s", longest)
	}
	for kind := range found {
		if strings.Contains(kind, "kanarienvogel") {
			t.Error("a path is a label")
		}
	}
}
