package metrics

import (
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"recado/agent"
	"recado/agent/inbox"
)

// Source is all cases. *store.Index of agent/inbox is one.
type Source interface {
	// Stats measures a clinic's cases.
	Stats(clinic string, since time.Time) inbox.Stats
	// Fresh returns when the cases were last known to be complete, and
	// whether that is recent.
	Fresh() (since time.Time, ok bool)
}

// Window is the time over which speed is measured.
const Window = 24 * time.Hour

// Config is what a Collector needs. Fields without a default are required.
type Config struct {
	Source Source
	// Clinics returns the ids that get figures now; inbox.NoClinic is added. It
	// is asked whenever Prometheus asks.
	Clinics func() []string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Collector measures the cases whenever Prometheus asks. It is safe for
// concurrent use.
type Collector struct {
	source  Source
	clinics func() []string
	now     func() time.Time
}

var _ prometheus.Collector = (*Collector)(nil)

// NewCollector returns a collector, to be registered.
func NewCollector(cfg Config) (*Collector, error) {
	if cfg.Source == nil || cfg.Clinics == nil {
		return nil, errors.New("inbox metrics config: Source or Clinics is missing")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Collector{cfg.Source, cfg.Clinics, cfg.Now}, nil
}

func withNoClinic(clinics []string) []string {
	all := append(slices.Clone(clinics), inbox.NoClinic)
	slices.Sort(all)
	return slices.Compact(all)
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("recado_inbox_"+name, help, append([]string{"clinic"}, labels...), nil)
}

var (
	descCases      = describe("cases", "Cases that are not resolved, by state: open ones wait in the queue, a person holds claimed ones.", "state")
	descWaiting    = describe("waiting_cases", "Cases that nobody has acknowledged.")
	descLate       = describe("late_cases", "Unresolved cases of which a clock ran out.")
	descOldest     = describe("oldest_case_age_seconds", "Time since the oldest unresolved case was opened.")
	descByPriority = describe("cases_by_priority", "Unresolved cases by priority.", "priority")
	descByAge      = describe("cases_by_age", "Unresolved cases by the time since they were opened.", "age")
	descByReason   = describe("cases_by_reason", "Unresolved cases by the kind of rule that handed them over.", "reason")
	descByLanguage = describe("cases_by_language", "Unresolved cases by the language to answer in.", "language")

	descOpened   = describe("opened_last_day", "Rounds that were opened in the last 24 hours.")
	descResolved = describe("resolved_last_day", "Rounds opened in the last 24 hours that are resolved, by outcome.", "outcome")
	descSpeed    = describe("time_last_day_seconds", "Time until rounds opened in the last 24 hours were acknowledged or resolved, where it was at least one.", "clock", "percentile")
	descOnTime   = describe("on_time_ratio_last_day", "Share of the rounds opened in the last 24 hours that were acknowledged or resolved in time, of those that were or whose time ran out.", "clock")

	descFresh   = prometheus.NewDesc("recado_inbox_index_fresh", "1 while this console knows that it lacks no case, else 0.", nil, nil)
	descChecked = prometheus.NewDesc("recado_inbox_index_age_seconds", "Time since this console last knew that it lacked no case.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descCases, descWaiting, descLate, descOldest, descByPriority, descByAge, descByReason, descByLanguage,
		descOpened, descResolved, descSpeed, descOnTime, descFresh, descChecked,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	now := c.now()
	since, fresh := c.source.Fresh()
	gauge(out, descFresh, number(fresh))
	if !since.IsZero() {
		gauge(out, descChecked, max(now.Sub(since), 0).Seconds())
	}
	for _, clinic := range withNoClinic(c.clinics()) {
		collect(out, clinic, c.source.Stats(clinic, now.Add(-Window)))
	}
}

func collect(out chan<- prometheus.Metric, clinic string, s inbox.Stats) {
	gauge(out, descCases, float64(s.Open), clinic, string(inbox.Open))
	gauge(out, descCases, float64(s.Claimed), clinic, string(inbox.Claimed))
	gauge(out, descWaiting, float64(s.Waiting), clinic)
	gauge(out, descLate, float64(s.Late), clinic)
	gauge(out, descOldest, s.Oldest.Seconds(), clinic)
	for label, n := range summed(s.ByPriority, priorities, func(p agent.Priority) string { return oneOf(priorities, string(p)) }) {
		gauge(out, descByPriority, float64(n), clinic, label)
	}
	for i, n := range s.ByAge {
		gauge(out, descByAge, float64(n), clinic, ages[i])
	}
	for label, n := range summed(s.ByReason, reasons, reasonLabel) {
		gauge(out, descByReason, float64(n), clinic, label)
	}
	for label, n := range summed(s.ByLanguage, languages, languageLabel) {
		gauge(out, descByLanguage, float64(n), clinic, label)
	}
	gauge(out, descOpened, float64(s.Opened), clinic)
	var outcomes []string
	for _, o := range inbox.Outcomes {
		outcomes = append(outcomes, string(o))
	}
	for label, n := range summed(s.Outcomes, outcomes, outcomeLabel) {
		gauge(out, descResolved, float64(n), clinic, label)
	}
	for clock, t := range map[inbox.Clock]inbox.Times{inbox.ClockAcknowledge: s.Acknowledge, inbox.ClockResolve: s.Resolve} {
		gauge(out, descOnTime, t.OnTime, clinic, string(clock))
		if t.N > 0 { // no figure is better than a flattering zero
			gauge(out, descSpeed, t.P50.Seconds(), clinic, string(clock), "50")
			gauge(out, descSpeed, t.P90.Seconds(), clinic, string(clock), "90")
		}
	}
}

func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
