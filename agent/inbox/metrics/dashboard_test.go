package metrics

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"recado/agent/clinic"
	"recado/agent/paging"
	pagingstore "recado/agent/paging/store"
)

type panel struct {
	ID      int                      `json:"id"`
	Grid    struct{ H, W, X, Y int } `json:"gridPos"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
}

func dashboard(t *testing.T) (panels []panel, variables string) {
	t.Helper()
	var d struct {
		Title      string          `json:"title"`
		UID        string          `json:"uid"`
		Panels     []panel         `json:"panels"`
		Templating json.RawMessage `json:"templating"`
	}
	if err := json.Unmarshal(Dashboard, &d); err != nil {
		t.Fatal(err)
	}
	if d.Title == "" || d.UID == "" || len(d.Panels) == 0 {
		t.Fatal("not a dashboard")
	}
	return d.Panels, string(d.Templating)
}

// figures are names with their labels, as Prometheus sees them.
type figures map[string][]string

func inboxFigures(t *testing.T) figures {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector(t, source()), NewCounters(sunrise))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := figures{}
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		all[f.GetName()] = labels
	}
	return all
}

// provider notes which instruments are made.
type provider struct {
	noop.MeterProvider
	names figures
}

func (p provider) Meter(string, ...metric.MeterOption) metric.Meter { return meters{names: p.names} }

type meters struct {
	noop.Meter
	names figures
}

func (m meters) note(name, unit string) {
	name = strings.ReplaceAll(name, ".", "_")
	if unit == "s" {
		name += "_seconds"
	}
	m.names[name] = []string{"clinic", "kind", "result", "priority"}
}

func (m meters) Int64Counter(name string, o ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	m.note(name+"_total", metric.NewInt64CounterConfig(o...).Unit())
	return noop.Int64Counter{}, nil
}

func (m meters) Float64Histogram(name string, o ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	m.note(name, metric.NewFloat64HistogramConfig(o...).Unit())
	return noop.Float64Histogram{}, nil
}

func (m meters) Int64ObservableGauge(name string, o ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	m.note(name, metric.NewInt64ObservableGaugeConfig(o...).Unit())
	return noop.Int64ObservableGauge{}, nil
}

type (
	list interface{ paging.List }
	// nothing stands for an inbox that is never asked.
	nothing struct{ list }
)

func pagingFigures(t *testing.T) figures {
	t.Helper()
	m := provider{names: figures{}}
	_, err := paging.New(paging.Config{
		Clinics: clinic.Always(), List: nothing{}, Cases: struct{ paging.Cases }{}, States: struct{ pagingstore.States }{},
		Public: "https://staff.example.org", Meters: m,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.names
}

var (
	figureName = regexp.MustCompile(`recado_[a-z0-9_]+`)
	grouped    = regexp.MustCompile(`by \(([a-z, ]+)\)`)
	matched    = regexp.MustCompile(`([a-z_]+)=~?"`)
)

func TestTheDashboardAndTheFiguresKnowEachOther(t *testing.T) {
	t.Parallel()
	own := inboxFigures(t)
	all := maps.Clone(own)
	maps.Copy(all, pagingFigures(t))
	panels, variables := dashboard(t)
	asked := map[string]bool{}
	for _, p := range panels {
		for _, target := range p.Targets {
			names := figureName.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("panel %d asks for nothing: %s", p.ID, target.Expr)
			}
			for _, name := range names {
				base := name
				labels, ok := all[base]
				if !ok {
					base = strings.TrimSuffix(name, "_bucket")
					labels, ok = all[base]
					labels = append(slices.Clone(labels), "le")
				}
				if !ok {
					t.Errorf("panel %d asks for %s, which there is not", p.ID, name)
					continue
				}
				asked[base] = true
				for _, m := range append(grouped.FindAllStringSubmatch(target.Expr, -1), matched.FindAllStringSubmatch(target.Expr, -1)...) {
					for label := range strings.SplitSeq(m[1], ", ") {
						if !slices.Contains(labels, label) {
							t.Errorf("panel %d asks %s for the label %s, which it does not have", p.ID, name, label)
						}
					}
				}
			}
		}
	}
	for _, name := range figureName.FindAllString(variables, -1) {
		if _, ok := own[name]; !ok {
			t.Errorf("a variable asks for %s, which there is not", name)
		}
	}
	for name := range own {
		if !asked[name] {
			t.Errorf("%s is in no panel", name)
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	t.Parallel()
	panels, _ := dashboard(t)
	taken := map[[2]int]int{}
	ids := map[int]bool{}
	for _, p := range panels {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		if p.Grid.W == 0 || p.Grid.X+p.Grid.W > 24 {
			t.Errorf("panel %d is %+v", p.ID, p.Grid)
		}
		for x := range p.Grid.W {
			for y := range p.Grid.H {
				at := [2]int{p.Grid.X + x, p.Grid.Y + y}
				if taken[at] > 0 {
					t.Fatalf("panels %d and %d overlap", taken[at], p.ID)
				}
				taken[at] = p.ID
			}
		}
	}
}
