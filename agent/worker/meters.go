package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
	"recado/agent/telemetry/red"
)

// meters are a worker's figures. None is about one patient, and their labels
// come from lists: dispositions, reasons, operations.
type meters struct {
	operations *red.Operations
	answered   metric.Float64Histogram
	turns      metric.Int64Counter
	redelivery metric.Int64Counter
	conflicts  metric.Int64Counter
	held       metric.Int64Counter
	lost       metric.Int64Counter
	store      metric.Int64Counter
	dead       metric.Int64Counter
	last       atomic.Int64 // when the last turn was committed, in Unix seconds
	label      map[string]metric.MeasurementOption
}

// Kinds of what a worker does.
var (
	turnOK        = red.NewKind(red.Worker, "turn", red.OK)
	turnConflict  = red.NewKind(red.Worker, "turn", "conflict")
	turnUndecided = red.NewKind(red.Worker, "turn", "undecided")
	turnError     = red.NewKind(red.Worker, "turn", red.Error)
	emergencyOK   = red.NewKind(red.Worker, "emergency", red.OK)
	emergencyFail = red.NewKind(red.Worker, "emergency", red.Error)
)

var (
	dispositions = []agent.Disposition{agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline, agent.Silent}
	reasons      = []bus.Reason{bus.ReasonUnreadable, bus.ReasonVersion, bus.ReasonMismatch, bus.ReasonUnknownClinic, bus.ReasonUndecided, bus.ReasonSubject}
	storeCalls   = []string{"acquire", "save", "renew", "release"}
)

func newMeters(provider metric.MeterProvider, w *Worker) (*meters, error) {
	if provider == nil {
		provider = noop.NewMeterProvider()
	}
	meter := provider.Meter(red.Scope)
	m := &meters{label: map[string]metric.MeasurementOption{}}
	var problems []error
	note := func(err error) { problems = append(problems, err) }
	counter := func(name, unit, description string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
		note(err)
		return c
	}
	var err error
	m.operations, err = red.New(provider)
	note(err)
	m.answered, err = meter.Float64Histogram("recado.worker.answer.delay", metric.WithUnit("s"),
		metric.WithDescription("Time from an event's arrival in the stream to the commit of its turn, of the oldest event of each turn."),
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800))
	note(err)
	m.turns = counter("recado.worker.turns", "{turn}", "Committed turns by what was done.")
	m.redelivery = counter("recado.worker.redeliveries", "{event}", "Events that came to this worker again.")
	m.conflicts = counter("recado.worker.commit.conflicts", "{commit}", "Commits that were refused because another worker had committed first.")
	m.held = counter("recado.worker.lease.conflicts", "{event}", "Events whose conversation another turn was at; its owner takes them along.")
	m.lost = counter("recado.worker.leases.lost", "{lease}", "Leases that were another's when they were renewed or given back.")
	m.store = counter("recado.worker.session.errors", "{call}", "Calls to the session store that failed.")
	m.dead = counter("recado.worker.dead.letters", "{letter}", "Events that became dead letters, by reason.")
	gauge := func(name, unit, description string, value func() (int64, bool)) {
		_, err := meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description),
			metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
				if n, ok := value(); ok {
					o.Observe(n)
				}
				return nil
			}))
		note(err)
	}
	gauge("recado.worker.last.turn.timestamp", "s", "When the last turn was committed, in Unix time; none before the first.", func() (int64, bool) { at := m.last.Load(); return at, at > 0 })
	gauge("recado.worker.slots.busy", "{slot}", "Turns that are worked on.", func() (int64, bool) { return int64(w.queue.inWork()), true })
	gauge("recado.worker.slots", "{slot}", "Turns that may be worked on at once.", func() (int64, bool) { return int64(w.cfg.Slots), true })
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("set up a worker's figures: %w", err)
	}
	m.begin()
	return m, nil
}

// begin shows every counter from the start, so that the first time counts.
func (m *meters) begin() {
	ctx := context.Background()
	for _, c := range []metric.Int64Counter{m.redelivery, m.conflicts, m.held, m.lost} {
		c.Add(ctx, 0)
	}
	for _, d := range dispositions {
		m.turns.Add(ctx, 0, m.labelled("disposition", string(d)))
	}
	for _, r := range reasons {
		m.dead.Add(ctx, 0, m.labelled("reason", string(r)))
	}
	for _, c := range storeCalls {
		m.store.Add(ctx, 0, m.labelled("operation", c))
	}
}

// labelled makes a label before the worker starts.
func (m *meters) labelled(name, value string) metric.MeasurementOption {
	o := metric.WithAttributeSet(attribute.NewSet(attribute.String(name, value)))
	m.label[name+"="+value] = o
	return o
}

// of is a label that labelled made; others are told as such.
func (m *meters) of(name, value string) metric.MeasurementOption {
	if o, ok := m.label[name+"="+value]; ok {
		return o
	}
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(name, "other")))
}

// turn counts an attempt to commit one.
func (m *meters) turn(ctx context.Context, began time.Time, err error) {
	var undecided *undecidedError
	kind := turnOK
	switch {
	case err == nil:
		m.last.Store(time.Now().Unix())
	case errors.Is(err, errNothing), errors.As(err, new(killed)), context.Cause(ctx) != nil:
		return
	case errors.Is(err, bus.ErrConflict):
		kind = turnConflict
		m.conflicts.Add(ctx, 1)
	case errors.As(err, &undecided):
		kind = turnUndecided
	default:
		kind = turnError
	}
	m.operations.Done(ctx, kind, time.Since(began))
}

// committed counts what a turn did.
func (m *meters) committed(ctx context.Context, t turn, arrived time.Time) {
	m.turns.Add(ctx, 1, m.of("disposition", string(t.decision.Disposition)))
	m.answered.Record(ctx, max(time.Since(arrived), 0).Seconds())
	m.letters(ctx, t.dead...)
}

func (m *meters) letters(ctx context.Context, all ...deadLetter) {
	for _, d := range all {
		m.dead.Add(ctx, 1, m.of("reason", string(d.reason)))
	}
}

// emergency counts one that was answered on receipt, or could not be.
func (m *meters) emergency(ctx context.Context, began time.Time, err error) {
	kind := emergencyOK
	if err != nil {
		kind = emergencyFail
	}
	m.operations.Done(ctx, kind, time.Since(began))
}

// measured counts what a store refuses and loses.
type measured struct {
	session.Store
	m *meters
}

// Acquire implements session.Store.
func (s measured) Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (session.Lease, error) {
	got, err := s.Store.Acquire(ctx, c, seq, token, ttl)
	s.failed(ctx, "acquire", err)
	if err == nil && got.Status == session.Held {
		s.m.held.Add(ctx, 1)
	}
	return got, err
}

// Save implements session.Store.
func (s measured) Save(ctx context.Context, c agent.Conversation, token string, state session.State, ttl time.Duration) (session.Saved, error) {
	saved, err := s.Store.Save(ctx, c, token, state, ttl)
	s.failed(ctx, "save", err)
	if err == nil && saved == session.Lost {
		s.m.lost.Add(ctx, 1)
	}
	return saved, err
}

// Renew implements session.Store.
func (s measured) Renew(ctx context.Context, c agent.Conversation, token string, ttl time.Duration) (bool, error) {
	mine, err := s.Store.Renew(ctx, c, token, ttl)
	s.failed(ctx, "renew", err)
	if err == nil && !mine {
		s.m.lost.Add(ctx, 1)
	}
	return mine, err
}

// Release implements session.Store.
func (s measured) Release(ctx context.Context, c agent.Conversation, token string, failed bool) error {
	err := s.Store.Release(ctx, c, token, failed)
	s.failed(ctx, "release", err)
	return err
}

func (s measured) failed(ctx context.Context, operation string, err error) {
	if err != nil && context.Cause(ctx) == nil {
		s.m.store.Add(ctx, 1, s.m.of("operation", operation))
	}
}

// trace begins the span of a turn: it belongs to the trace of its last event,
// and has links to those of the others.
func (w *Worker) trace(ctx context.Context, stored []bus.Stored) (context.Context, trace.Span) {
	last := len(stored) - 1
	ctx = bus.ContextWithTrace(ctx, stored[last].Trace)
	if w.tracer == nil {
		return bus.StartSpan(ctx, nil, "")
	}
	var others []bus.Trace
	for _, s := range stored[:last] {
		others = append(others, s.Trace)
	}
	return bus.StartSpan(ctx, w.tracer, "worker turn", trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithLinks(bus.LinksTo(others...)...), trace.WithAttributes(attribute.Int("recado.events", len(stored))))
}

// told puts what a turn did on its span.
func told(span trace.Span, t turn) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("recado.disposition", string(t.decision.Disposition)), attribute.Int("recado.dead", len(t.dead)))
	}
}
