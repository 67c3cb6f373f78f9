package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"recado/agent/llm"
	"recado/agent/telemetry/red"
)

// readiness is whether a process may be given work, with a reason for each
// thing that it needs. A need that fails makes it unready; what only helps
// makes it degraded, which the body tells and the status does not.
type readiness struct {
	needs    []readyNeed
	draining atomic.Bool
}

type readyNeed struct {
	name string
	soft bool
	ask  func(context.Context) error // nil while all is well, else a reason
}

func newReadiness() *readiness { return &readiness{} }

// need adds what the process cannot do without.
func (r *readiness) need(name string, ask func(context.Context) error) *readiness {
	r.needs = append(r.needs, readyNeed{name, false, ask})
	return r
}

// use adds what the process does less well without.
func (r *readiness) use(name string, ask func(context.Context) error) *readiness {
	r.needs = append(r.needs, readyNeed{name, true, ask})
	return r
}

// drain says from now on that the process takes no more work.
func (r *readiness) drain() { r.draining.Store(true) }

// drainWith drains when ctx ends.
func (r *readiness) drainWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, r.drain)
}

// report is the verdict with a line for each need: the body of /readyz.
func (r *readiness) report(ctx context.Context) (ready bool, body string) {
	ready = !r.draining.Load()
	reasons := make([]error, len(r.needs))
	var asking sync.WaitGroup
	for i, n := range r.needs {
		asking.Go(func() { reasons[i] = n.ask(ctx) })
	}
	asking.Wait()
	var b strings.Builder
	if !ready {
		b.WriteString("draining: it was told to stop, and finishes what it began\n")
	}
	for i, n := range r.needs {
		switch {
		case reasons[i] == nil:
			fmt.Fprintf(&b, "%s: ok\n", n.name)
		case n.soft:
			fmt.Fprintf(&b, "%s: degraded: %v\n", n.name, reasons[i])
		default:
			fmt.Fprintf(&b, "%s: %v\n", n.name, reasons[i])
			ready = false
		}
	}
	if ready {
		return true, "ready\n" + b.String()
	}
	return false, "not ready\n" + b.String()
}

// meter tells Prometheus the same, by part.
func (r *readiness) meter(provider metric.MeterProvider, part red.Part) error {
	of := metric.WithAttributeSet(attribute.NewSet(attribute.String("part", string(part))))
	_, err := provider.Meter(red.Scope).Int64ObservableGauge("recado.ready", metric.WithDescription("1 while the process may be given work, else 0; /readyz tells why."),
		metric.WithInt64Callback(func(ctx context.Context, o metric.Int64Observer) error {
			ctx, cancel := context.WithTimeout(ctx, healthTimeout)
			defer cancel()
			value := int64(0)
			if ready, _ := r.report(ctx); ready {
				value = 1
			}
			o.Observe(value, of)
			return nil
		}))
	if err != nil {
		return fmt.Errorf("set up the figure of readiness: %w", err)
	}
	return nil
}

// modelHealth knows whether language models answer, from the calls that were
// made anyway.
type modelHealth struct{ failures atomic.Int64 } // in a row

// modelFailures in a row make a process degraded.
const modelFailures = 5

// onCall notes a call.
func (m *modelHealth) onCall(_ context.Context, c llm.Call) {
	if c.Outcome == "ok" {
		m.failures.Store(0)
	} else {
		m.failures.Add(1)
	}
}

// ask returns why language models are of no use now.
func (m *modelHealth) ask(context.Context) error {
	if n := m.failures.Load(); n >= modelFailures {
		return fmt.Errorf("the last %d calls to language models failed: rules and the classifier decide alone", n)
	}
	return nil
}
