package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/session"
)

// figures are the sums and counts of a worker, by name and label.
func figures(t *testing.T, reader *sdkmetric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	must(t, reader.Collect(context.Background(), &all))
	found := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					key := m.Name
					for _, kv := range p.Attributes.ToSlice() {
						key += " " + kv.Value.String()
					}
					found[key] += p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					found[m.Name] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					outcome, _ := p.Attributes.Value("outcome")
					operation, _ := p.Attributes.Value("operation")
					found[m.Name+" "+operation.AsString()+" "+outcome.AsString()] += int64(p.Count)
				}
			}
		}
	}
	return found
}

func metered(r *rig) (Config, *sdkmetric.ManualReader) {
	reader := sdkmetric.NewManualReader()
	cfg := r.config()
	cfg.Meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	return cfg, reader
}

func TestEachFigureOfAWorkerCountsWhatItSays(t *testing.T) {
	r := setup(t)
	cfg, reader := metered(r)
	var refusals atomic.Int64
	cfg.Store = flaky{r.store, &refusals}
	refusals.Store(1)
	r.start(t, cfg)
	for key, n := range figures(t, reader) {
		if n != 0 && key != "recado.worker.slots" {
			t.Errorf("%s is %d before anything came", key, n)
		}
	}
	for i, text := range []string{"hello", "fail", "emergency", "care"} {
		r.publish(t, event(i, 1, text))
	}
	r.raw(t, bus.InSubject(event(4, 1, "").Of()), []byte("no JSON"))
	r.raw(t, "recado.in.nowhere", []byte("{}"))
	r.settled(t, 30*time.Second)
	got := figures(t, reader)
	for key, least := range map[string]int64{
		"recado.worker.turns answer": 1, "recado.worker.turns escalate": 3, "recado.worker.turns emergency": 1,
		"recado.worker.dead.letters undecided": 1, "recado.worker.dead.letters unreadable": 1, "recado.worker.dead.letters subject": 1,
		"recado.operation.duration turn ok": 5, "recado.operation.duration turn undecided": 3, "recado.operation.duration emergency ok": 1,
		"recado.worker.session.errors acquire": 1,
		"recado.worker.answer.delay  ":         5,
	} {
		if got[key] != least {
			t.Errorf("%s is %d, want %d", key, got[key], least)
		}
	}
	if got["recado.worker.redeliveries"] < 3 { // a failed turn twice, a refused lease
		t.Errorf("%d redeliveries", got["recado.worker.redeliveries"])
	}
	if at := got["recado.worker.last.turn.timestamp"]; time.Since(time.Unix(at, 0)) > time.Minute {
		t.Errorf("the last turn was at %d", at)
	}
}

// flaky refuses leases a few times.
type flaky struct {
	session.Store
	refusals *atomic.Int64
}

func (f flaky) Acquire(ctx context.Context, c agent.Conversation, seq uint64, token string, ttl time.Duration) (session.Lease, error) {
	if f.refusals.Add(-1) >= 0 {
		return session.Lease{}, errors.Join(session.ErrUnavailable, errors.New("away"))
	}
	return f.Store.Acquire(ctx, c, seq, token, ttl)
}

func TestConflictsAndLostLeasesAreCounted(t *testing.T) {
	r := setup(t)
	cfg, reader := metered(r)
	c := event(1, 1, "hello").Of()
	var once atomic.Bool
	// Another worker commits while this one thinks, and Redis is wiped.
	cfg.Decider = &fakeDecider{before: func(ctx context.Context, _ agent.Turn) error {
		if !once.CompareAndSwap(false, true) {
			return nil
		}
		record, err := compact(bus.TurnRecord{V: agent.Version, Session: agent.Session{V: agent.Version}})
		if err != nil {
			return err
		}
		if _, err = r.bus.PublishBatch(ctx, 0, bus.Message{Subject: bus.TurnSubject(c), Data: record}); err != nil {
			return err
		}
		return nil
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hello"))
	r.settled(t, 30*time.Second)
	got := figures(t, reader)
	if got["recado.worker.commit.conflicts"] != 1 || got["recado.operation.duration turn conflict"] != 1 || got["recado.operation.duration turn ok"] != 1 {
		t.Errorf("figures are %v", got)
	}
	m := measured{r.store, cfgMeters(t, cfg)}
	if _, err := m.Acquire(t.Context(), c, 1<<45, "mine", time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Acquire(t.Context(), c, 1<<45, "other", time.Minute); err != nil || got.Status != session.Held {
		t.Fatal(got.Status, err)
	}
	if mine, err := m.Renew(t.Context(), c, "other", time.Minute); err != nil || mine {
		t.Fatal(mine, err)
	}
	after := figures(t, reader)
	if after["recado.worker.lease.conflicts"] != got["recado.worker.lease.conflicts"]+1 || after["recado.worker.leases.lost"] != got["recado.worker.leases.lost"]+1 {
		t.Errorf("figures are %v", after)
	}
}

// cfgMeters are meters of the same provider.
func cfgMeters(t *testing.T, cfg Config) *meters {
	t.Helper()
	w, err := New(cfg)
	must(t, err)
	return w.meters
}

func TestALabelThatIsNoneOfTheListIsOther(t *testing.T) {
	cfg, reader := metered(setup(t))
	m := cfgMeters(t, cfg)
	m.turns.Add(t.Context(), 1, m.of("disposition", "kanarienvogel"))
	got := figures(t, reader)
	if got["recado.worker.turns other"] != 1 {
		t.Errorf("figures are %v", got)
	}
}
