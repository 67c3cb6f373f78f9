package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/language"
	"recado/agent/telemetry"
)

var _ Source = (*store.Index)(nil)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// cases are measured in place of those of an index.
type cases struct {
	all   []inbox.Case
	stale bool
}

func (c cases) Stats(clinic string, since time.Time) inbox.Stats {
	var of []inbox.Case
	for _, k := range c.all {
		if k.Clinic == clinic {
			of = append(of, k)
		}
	}
	return inbox.Measure(of, since, noon)
}

func (c cases) Fresh() (time.Time, bool) { return noon.Add(-3 * time.Second), !c.stale }

const canary = "kanarienvogel"

func one(id, clinic string, p agent.Priority, age time.Duration, rule string) inbox.Case {
	at := noon.Add(-age)
	return inbox.Case{
		V: inbox.Version, ID: canary + id, Clinic: clinic, Conversation: canary + id, Language: language.Spanish, State: inbox.Open,
		ReplyTo: canary, Owner: canary, Rules: []string{rule}, Intents: []string{canary},
		Round: inbox.Round{Priority: p, Opened: at, AckDue: at.Add(time.Hour), Due: at.Add(2 * time.Hour)},
	}
}

func source() cases {
	taken := one("3", "sunrise", agent.PriorityRoutine, 30*time.Minute, "pregnancy."+canary)
	taken.State, taken.Round.Acknowledged, taken.Round.By = inbox.Claimed, taken.Round.Opened.Add(10*time.Minute), canary
	done := one("4", "sunrise", agent.PriorityRequest, 5*time.Hour, "gate.clinical")
	done.State, done.Round.Acknowledged, done.Round.Resolved = inbox.Resolved, done.Round.Opened.Add(20*time.Minute), done.Round.Opened.Add(4*time.Hour)
	done.Round.Outcome = inbox.Called
	odd := one("5", "sunrise", canary, 8*24*time.Hour, "")
	odd.Language, odd.Rules = canary, nil
	return cases{all: []inbox.Case{
		one("1", "sunrise", agent.PriorityEmergency, 10*time.Minute, "gate.clinical"), one("2", "sunrise", agent.PriorityUrgent, 90*time.Minute, "policy.unsure"),
		taken, done, odd, one("6", inbox.NoClinic, agent.PriorityUrgent, time.Minute, "fault.form"), one("7", "nobodys", agent.PriorityUrgent, time.Minute, "x"),
	}}
}

// sunrise is the only clinic.
func sunrise() []string { return []string{"sunrise"} }

func collector(t *testing.T, s Source) *Collector {
	t.Helper()
	c, err := NewCollector(Config{Source: s, Clinics: sunrise, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPrometheusIsToldWhatStaffWouldCount(t *testing.T) {
	t.Parallel()
	const want = `
# HELP recado_inbox_cases Cases that are not resolved, by state: open ones wait in the queue, a person holds claimed ones.
# TYPE recado_inbox_cases gauge
recado_inbox_cases{clinic="sunrise",state="claimed"} 1
recado_inbox_cases{clinic="sunrise",state="open"} 3
recado_inbox_cases{clinic="unknown",state="claimed"} 0
recado_inbox_cases{clinic="unknown",state="open"} 1
# HELP recado_inbox_cases_by_age Unresolved cases by the time since they were opened.
# TYPE recado_inbox_cases_by_age gauge
recado_inbox_cases_by_age{age="1d to 3d",clinic="sunrise"} 0
recado_inbox_cases_by_age{age="1d to 3d",clinic="unknown"} 0
recado_inbox_cases_by_age{age="1h to 4h",clinic="sunrise"} 1
recado_inbox_cases_by_age{age="1h to 4h",clinic="unknown"} 0
recado_inbox_cases_by_age{age="3d to 7d",clinic="sunrise"} 0
recado_inbox_cases_by_age{age="3d to 7d",clinic="unknown"} 0
recado_inbox_cases_by_age{age="4h to 24h",clinic="sunrise"} 0
recado_inbox_cases_by_age{age="4h to 24h",clinic="unknown"} 0
recado_inbox_cases_by_age{age="over 7d",clinic="sunrise"} 1
recado_inbox_cases_by_age{age="over 7d",clinic="unknown"} 0
recado_inbox_cases_by_age{age="under 1h",clinic="sunrise"} 2
recado_inbox_cases_by_age{age="under 1h",clinic="unknown"} 1
# HELP recado_inbox_cases_by_priority Unresolved cases by priority.
# TYPE recado_inbox_cases_by_priority gauge
recado_inbox_cases_by_priority{clinic="sunrise",priority="emergency"} 1
recado_inbox_cases_by_priority{clinic="sunrise",priority="other"} 1
recado_inbox_cases_by_priority{clinic="sunrise",priority="request"} 0
recado_inbox_cases_by_priority{clinic="sunrise",priority="routine"} 1
recado_inbox_cases_by_priority{clinic="sunrise",priority="urgent"} 1
recado_inbox_cases_by_priority{clinic="unknown",priority="emergency"} 0
recado_inbox_cases_by_priority{clinic="unknown",priority="request"} 0
recado_inbox_cases_by_priority{clinic="unknown",priority="routine"} 0
recado_inbox_cases_by_priority{clinic="unknown",priority="urgent"} 1
# HELP recado_inbox_index_age_seconds Time since this console last knew that it lacked no case.
# TYPE recado_inbox_index_age_seconds gauge
recado_inbox_index_age_seconds 3
# HELP recado_inbox_index_fresh 1 while this console knows that it lacks no case, else 0.
# TYPE recado_inbox_index_fresh gauge
recado_inbox_index_fresh 1
# HELP recado_inbox_late_cases Unresolved cases of which a clock ran out.
# TYPE recado_inbox_late_cases gauge
recado_inbox_late_cases{clinic="sunrise"} 2
recado_inbox_late_cases{clinic="unknown"} 0
# HELP recado_inbox_oldest_case_age_seconds Time since the oldest unresolved case was opened.
# TYPE recado_inbox_oldest_case_age_seconds gauge
recado_inbox_oldest_case_age_seconds{clinic="sunrise"} 691200
recado_inbox_oldest_case_age_seconds{clinic="unknown"} 60
# HELP recado_inbox_on_time_ratio_last_day Share of the rounds opened in the last 24 hours that were acknowledged or resolved in time, of those that were or whose time ran out.
# TYPE recado_inbox_on_time_ratio_last_day gauge
recado_inbox_on_time_ratio_last_day{clinic="sunrise",clock="acknowledge"} 0.6666666666666666
recado_inbox_on_time_ratio_last_day{clinic="sunrise",clock="resolve"} 0
recado_inbox_on_time_ratio_last_day{clinic="unknown",clock="acknowledge"} 1
recado_inbox_on_time_ratio_last_day{clinic="unknown",clock="resolve"} 1
# HELP recado_inbox_opened_last_day Rounds that were opened in the last 24 hours.
# TYPE recado_inbox_opened_last_day gauge
recado_inbox_opened_last_day{clinic="sunrise"} 4
recado_inbox_opened_last_day{clinic="unknown"} 1
# HELP recado_inbox_time_last_day_seconds Time until rounds opened in the last 24 hours were acknowledged or resolved, where it was at least one.
# TYPE recado_inbox_time_last_day_seconds gauge
recado_inbox_time_last_day_seconds{clinic="sunrise",clock="acknowledge",percentile="50"} 600
recado_inbox_time_last_day_seconds{clinic="sunrise",clock="acknowledge",percentile="90"} 1200
recado_inbox_time_last_day_seconds{clinic="sunrise",clock="resolve",percentile="50"} 14400
recado_inbox_time_last_day_seconds{clinic="sunrise",clock="resolve",percentile="90"} 14400
# HELP recado_inbox_waiting_cases Cases that nobody has acknowledged.
# TYPE recado_inbox_waiting_cases gauge
recado_inbox_waiting_cases{clinic="sunrise"} 3
recado_inbox_waiting_cases{clinic="unknown"} 1
`
	shown := text(t, collector(t, source()))
	var got strings.Builder
	for line := range strings.Lines(shown) { // what is left out is looked for below
		if strings.Contains(line, "recado_inbox") && !strings.Contains(line, "_by_reason") && !strings.Contains(line, "_by_language") && !strings.Contains(line, "resolved_last_day") {
			got.WriteString(line)
		}
	}
	if got.String() != want[1:] {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want[1:])
	}
	for _, line := range []string{
		`recado_inbox_cases_by_reason{clinic="sunrise",reason="gate"} 1`, `recado_inbox_cases_by_reason{clinic="sunrise",reason="words"} 1`,
		`recado_inbox_cases_by_reason{clinic="sunrise",reason="none"} 1`, `recado_inbox_cases_by_reason{clinic="sunrise",reason="policy"} 1`,
		`recado_inbox_cases_by_reason{clinic="unknown",reason="fault"} 1`, `recado_inbox_cases_by_reason{clinic="sunrise",reason="llm"} 0`,
		`recado_inbox_cases_by_language{clinic="sunrise",language="es"} 3`, `recado_inbox_cases_by_language{clinic="sunrise",language="other"} 1`,
		`recado_inbox_resolved_last_day{clinic="sunrise",outcome="called"} 1`, `recado_inbox_resolved_last_day{clinic="sunrise",outcome="booked"} 0`,
	} {
		if !strings.Contains(shown, line+"\n") {
			t.Errorf("%s is not in\n%s", line, shown)
		}
	}
}

// text is what Prometheus gets.
func text(t *testing.T, all ...prometheus.Collector) string {
	t.Helper()
	m, err := telemetry.NewMetrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Register(all...); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatal(w.Body)
	}
	return w.Body.String()
}

func TestNoFigureNamesAPersonOrWhatTheySufferFrom(t *testing.T) {
	t.Parallel()
	k := NewCounters(sunrise)
	for _, c := range source().all {
		k.Filed(c)
	}
	_, _ = k.Audit(appender(func(audit.Act) error { return nil })).Append(t.Context(), audit.Act{Who: canary, Case: canary, Why: canary})
	shown := text(t, collector(t, source()), k)
	for _, word := range []string{canary, "pregnancy", "nobodys"} {
		for line := range strings.Lines(shown) {
			if strings.Contains(line, word) && !strings.HasPrefix(line, "#") {
				t.Error(line)
			}
		}
	}
}

func TestLabelsAreTheseAlone(t *testing.T) {
	t.Parallel()
	allowed := strings.Fields("age clinic clock language outcome percentile priority reason result state")
	for name, labels := range inboxFigures(t) {
		for _, l := range labels {
			if !slices.Contains(allowed, l) {
				t.Errorf("%s has the label %s", name, l)
			}
		}
	}
}

func TestLabelsStayFew(t *testing.T) {
	t.Parallel()
	var s cases
	for i := range 3000 {
		c := one(fmt.Sprint(i), "sunrise", agent.Priority(fmt.Sprint("p", i)), time.Hour, fmt.Sprintf("rule%d.x", i))
		c.Language = language.Language(fmt.Sprint("l", i))
		if i%2 == 0 {
			c.Round.Resolved, c.State, c.Round.Outcome = noon, inbox.Resolved, inbox.Outcome(fmt.Sprint("o", i))
		}
		s.all = append(s.all, c)
	}
	k := NewCounters(sunrise)
	for _, c := range s.all {
		c.Clinic += c.ID
		k.Filed(c)
	}
	series := 0
	for line := range strings.Lines(text(t, collector(t, s), k)) {
		if strings.HasPrefix(line, "recado_") {
			series++
		}
	}
	if series > 150 {
		t.Errorf("%d series for two clinics", series)
	}
}

func TestAStaleInboxIsSaidSo(t *testing.T) {
	t.Parallel()
	s := source()
	s.stale = true
	if shown := text(t, collector(t, s)); !strings.Contains(shown, "recado_inbox_index_fresh 0\n") {
		t.Error(shown)
	}
}

func TestFiguresAreNamedAsPrometheusAsks(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector(t, source()), NewCounters(sunrise))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

type appender func(audit.Act) error

func (f appender) Append(_ context.Context, a audit.Act) (audit.Entry, error) {
	return audit.Entry{Act: a}, f(a)
}

func TestWhatIsFiledAndRecordedIsCounted(t *testing.T) {
	t.Parallel()
	k := NewCounters(sunrise)
	k.Filed(one("1", "sunrise", agent.PriorityUrgent, 0, ""))
	k.Filed(one("2", "sunrise", agent.PriorityUrgent, 0, ""))
	k.Filed(one("3", "elsewhere", agent.PriorityUrgent, 0, ""))
	results := []error{nil, fmt.Errorf("store: %w", audit.ErrUnavailable), nil, fmt.Errorf("no: %w", audit.ErrAct), errors.New("odd")}
	log := k.Audit(appender(func(audit.Act) error {
		defer func() { results = results[1:] }()
		return results[0]
	}))
	for _, want := range slices.Clone(results) {
		if e, err := log.Append(t.Context(), audit.Act{Who: "p"}); !errors.Is(err, want) || e.Who != "p" {
			t.Errorf("%v, %v", e, err)
		}
	}
	shown := text(t, k)
	for _, line := range []string{
		`recado_inbox_filed_total{clinic="sunrise",priority="urgent"} 2`, `recado_inbox_filed_total{clinic="sunrise",priority="emergency"} 0`,
		`recado_inbox_filed_total{clinic="unknown",priority="urgent"} 1`, `recado_audit_acts_total{result="stored"} 2`,
		`recado_audit_acts_total{result="unavailable"} 2`, `recado_audit_acts_total{result="refused"} 1`, `recado_audit_append_duration_seconds_count 5`,
	} {
		if !strings.Contains(shown, line+"\n") {
			t.Errorf("%s is not in\n%s", line, shown)
		}
	}
}
