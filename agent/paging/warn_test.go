package paging

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/paging/ladder"
)

type warning struct{ *post }

func (warning) Warnings() []string { return []string{"TLS is off"} }

func TestTheStartSaysWhatWouldGoWrong(t *testing.T) {
	only := func(p ...agent.Priority) ladder.Plan {
		return ladder.Plan{sun: {Steps: []ladder.Step{{To: contacts("desk"), Priorities: p}}}}
	}
	for name, c := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"nothing":        {func(*Config) {}, nil},
		"no plan":        {func(c *Config) { c.Plan = nil }, []string{"an emergency would wake nobody: set --paging"}},
		"another clinic": {func(c *Config) { c.Plan = ladder.Plan{"sunset": three()} }, []string{"clinic sunrise has no paging ladder", "sunset, which this console does not serve"}},
		"no emergencies": {func(c *Config) { c.Plan = only("urgent", "routine") }, []string{"is for emergencies: one would wake nobody"}},
		"nothing urgent": {func(c *Config) { c.Plan = only("emergency") }, []string{"is for urgent cases"}},
		"always quiet": {func(c *Config) {
			l := three()
			l.Quiet = &clinic.Interval{Open: 7 * 60, Close: 18 * 60}
			c.Plan = ladder.Plan{sun: l}
		}, []string{"leave no time"}},
		"a sender's": {func(c *Config) { c.Senders = map[ladder.Via]Sender{ladder.Email: warning{}} }, []string{"TLS is off"}},
	} {
		r := setup(t)
		got := r.pager(t, c.change).Warnings()
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: %q, want %q", name, got[i], w)
			}
		}
	}
	r := setup(t)
	r.post.dead["second"] = true
	got := r.pager(t).Reach(t.Context())
	if len(got) != 1 || !strings.HasPrefix(got[0], "step 2 of clinic sunrise's paging ladder (on call) cannot be reached by email now: timed_out") {
		t.Errorf("reach: %q", got)
	}
	for lang, want := range map[string]string{"en": "Nobody is paged", "es": "No se avisa a nadie"} {
		p := r.pager(t, func(c *Config) { c.Plan = nil })
		if w := p.Warning(sun, agentLanguage(lang)); !strings.HasPrefix(w, want) || p.Status(sun).OK() {
			t.Errorf("%s: %q", lang, w)
		}
	}
	p := r.pager(t, func(c *Config) { c.Plan = only("urgent") })
	if w := p.Warning(sun, "en"); !strings.HasPrefix(w, "No step of the paging ladder is for emergencies") || p.Status(sun).OK() {
		t.Errorf("%q", w)
	}
}

func TestAConfigurationThatCannotPageIsRefused(t *testing.T) {
	r := setup(t)
	for name, change := range map[string]func(*Config){
		"no list":   func(c *Config) { c.List = nil },
		"no cases":  func(c *Config) { c.Cases = nil },
		"no states": func(c *Config) { c.States = nil },
		"no public": func(c *Config) { c.Public = "" },
		"no sender": func(c *Config) { c.Senders = nil },
	} {
		if _, err := New(r.config(change)); err == nil {
			t.Errorf("%s: it starts", name)
		}
	}
}

func TestWithoutAPlanNothingHappens(t *testing.T) {
	r := setup(t)
	p := r.pager(t, func(c *Config) { c.Plan = nil })
	r.put(opened(1, "emergency", 0))
	p.Glass(t.Context(), sun, "x")
	r.through(t, 0, 20, p)
	want(t, r, "without a plan")
}

func TestADevelopmentRunPrintsItsPages(t *testing.T) {
	r := setup(t)
	var out bytes.Buffer
	p := r.pager(t, func(c *Config) {
		c.Plan, c.Senders = PrinterPlan(), map[ladder.Via]Sender{ladder.Terminal: NewPrinter(&out)}
	})
	r.put(opened(1, "emergency", 0))
	r.through(t, 0, 1, p)
	if s := out.String(); !strings.HasPrefix(s, "page: EMERGENCY waiting: Sunrise Family Clinic, ") || strings.Count(s, "\n") != 1 ||
		!strings.Contains(s, "https://staff.example/staff/sunrise/cases/") {
		t.Errorf("%q", s)
	}
	if w := p.Warnings(); len(w) > 0 {
		t.Errorf("warnings %q", w)
	}
}

func TestPagesAreCounted(t *testing.T) {
	r := setup(t)
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	p := r.pager(t, func(c *Config) { c.Meters = provider })
	r.post.dead["second"] = true
	r.put(opened(1, "emergency", 0))
	r.put(opened(2, "emergency", 0))
	r.clock.set(at(0.5))
	turn(t, p)
	r.claim(t, 1)
	r.through(t, 1, 4, p)
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	figures := map[string]metricdata.Aggregation{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			figures[m.Name] = m.Data
		}
	}
	counts := map[string]int64{}
	for _, point := range figures["recado.paging.pages"].(metricdata.Sum[int64]).DataPoints {
		var parts []string
		for _, key := range []attribute.Key{"step", "kind", "via", "result"} {
			v, _ := point.Attributes.Value(key)
			parts = append(parts, v.String())
		}
		counts[strings.Join(parts, " ")] = point.Value
		if _, ok := point.Attributes.Value("clinic"); ok {
			t.Error("a page is counted by clinic")
		}
	}
	for name, n := range map[string]int64{
		"1 arrived email sent": 2, "2 arrived email sent": 1, "2 arrived email failed": 1, "0 acknowledged email sent": 1,
	} {
		if counts[name] != n {
			t.Errorf("%s: %d, want %d, in %v", name, counts[name], n, counts)
		}
	}
	first := figures["recado.paging.first_page"].(metricdata.Histogram[float64]).DataPoints
	if len(first) != 1 || first[0].Count != 2 || first[0].Sum != 60 {
		t.Errorf("first page: %+v", first)
	}
	var waiting []int64
	for _, point := range figures["recado.paging.unacknowledged_emergencies"].(metricdata.Gauge[int64]).DataPoints {
		waiting = append(waiting, point.Value)
	}
	if slices.Sort(waiting); !slices.Equal(waiting, []int64{0, 1}) {
		t.Errorf("unacknowledged: %v", waiting)
	}
}
