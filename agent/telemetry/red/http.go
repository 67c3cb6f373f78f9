package red

import (
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"recado/agent/bus"
)

// HTTP measures and traces the requests of a part.
type HTTP struct {
	Part Part
	// Route names the operation of a request, from a list: never a path.
	Route func(*http.Request) string
	// Traced reports whether a request of the route begins a trace, which
	// what it publishes carries on. Nothing of the request goes into it.
	Traced func(route string) bool
	// Operations are required; Tracer may be nil.
	Operations *Operations
	Tracer     trace.Tracer
}

// Handler measures h.
func (m HTTP) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		route := m.Route(r)
		ctx := r.Context()
		var span trace.Span
		if m.Tracer != nil && m.Traced != nil && m.Traced(route) {
			ctx, span = bus.StartSpan(ctx, m.Tracer, string(m.Part)+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithNewRoot())
			defer span.End()
			r = r.WithContext(ctx)
		}
		seen := &watched{ResponseWriter: w, began: began}
		defer func() {
			outcome := outcomeOf(seen.status)
			if p := recover(); p != nil {
				m.Operations.Done(ctx, NewKind(m.Part, route, Error), time.Since(began))
				panic(p)
			}
			m.Operations.Done(ctx, NewKind(m.Part, route, outcome), seen.took())
			if span != nil {
				span.SetAttributes(attribute.String("recado.outcome", outcome))
				if outcome == Error {
					span.SetStatus(codes.Error, "")
				}
			}
		}()
		h.ServeHTTP(seen, r)
	})
}

func outcomeOf(status int) string {
	switch {
	case status >= 500:
		return Error
	case status >= 400:
		return Refused
	}
	return OK
}

// watched notes the status. A stream of events counts until it begins: how
// long somebody leaves a page open is no figure of ours.
type watched struct {
	http.ResponseWriter
	began  time.Time
	status int
	stream time.Duration // when a stream began; 0 for none
}

// WriteHeader implements http.ResponseWriter.
func (w *watched) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			w.stream = max(time.Since(w.began), 1)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush streams.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) took() time.Duration {
	if w.stream > 0 {
		return w.stream
	}
	return time.Since(w.began)
}

// Routes returns a Route for paths: the operation of the longest beginning
// that fits, else "other". "GET /x" is for one method alone.
func Routes(table map[string]string) func(*http.Request) string {
	return func(r *http.Request) string {
		best, name := -1, "other"
		for start, operation := range table {
			method, path, ok := strings.Cut(start, " ")
			if !ok {
				method, path = "", start
			}
			if (method == "" || method == r.Method) && strings.HasPrefix(r.URL.Path, path) && len(start) > best {
				best, name = len(start), operation
			}
		}
		return name
	}
}
