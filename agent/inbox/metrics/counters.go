package metrics

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"recado/agent/audit"
	"recado/agent/inbox"
)

// Counters count what this process did. They are safe for concurrent use.
type Counters struct {
	clinics func() []string
	filed   *prometheus.CounterVec
	acts    *prometheus.CounterVec
	took    prometheus.Histogram
}

var _ prometheus.Collector = (*Counters)(nil)

// Values of the label result of recorded acts.
const (
	resultStored      = "stored"
	resultUnavailable = "unavailable" // what it stood for was refused
	resultRefused     = "refused"     // a fault of this program: the act had no proper form
)

// NewCounters returns counters for the figures of the clinics that there are
// now, by their ids, to be registered. What was counted of one stays when it is
// gone.
func NewCounters(clinics func() []string) *Counters {
	c := &Counters{
		clinics: clinics,
		filed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "recado_inbox_filed_total", Help: "Arrivals that this console filed, by the priority of their case.",
		}, []string{"clinic", "priority"}),
		acts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "recado_audit_acts_total", Help: "Acts that were to be recorded in the audit. What an unavailable one stood for was refused.",
		}, []string{"result"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "recado_audit_append_duration_seconds", Help: "Time that recording an act took, failures included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
	}
	for _, r := range []string{resultStored, resultUnavailable, resultRefused} {
		c.acts.WithLabelValues(r)
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Counters) Describe(out chan<- *prometheus.Desc) {
	c.filed.Describe(out)
	c.acts.Describe(out)
	c.took.Describe(out)
}

// Collect implements prometheus.Collector.
func (c *Counters) Collect(out chan<- prometheus.Metric) {
	for _, clinic := range withNoClinic(c.clinics()) { // a zero is a figure too
		for _, p := range priorities {
			c.filed.WithLabelValues(clinic, p)
		}
	}
	c.filed.Collect(out)
	c.acts.Collect(out)
	c.took.Collect(out)
}

// Filed counts a case that got an arrival: a hook of store.Ingest.
func (c *Counters) Filed(k inbox.Case) {
	clinic := k.Clinic
	if !slices.Contains(c.clinics(), clinic) {
		clinic = inbox.NoClinic
	}
	c.filed.WithLabelValues(clinic, oneOf(priorities, string(k.Round.Priority))).Inc()
}

// Audit counts what is recorded in to.
func (c *Counters) Audit(to audit.Appender) audit.Appender { return counted{to, c} }

type counted struct {
	to audit.Appender
	c  *Counters
}

// Append implements audit.Appender.
func (a counted) Append(ctx context.Context, act audit.Act) (audit.Entry, error) {
	started := time.Now()
	e, err := a.to.Append(ctx, act)
	result := resultStored
	switch {
	case errors.Is(err, audit.ErrAct):
		result = resultRefused
	case err != nil:
		result = resultUnavailable
	}
	a.c.acts.WithLabelValues(result).Inc()
	a.c.took.Observe(time.Since(started).Seconds())
	return e, err
}
