package library

import (
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// age is what the gauge says.
func (s *shelf) age(t *testing.T) float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := s.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if data, ok := m.Data.(metricdata.Gauge[float64]); ok && m.Name == "recado.profiles.refused.age" {
				return data.DataPoints[0].Value
			}
		}
	}
	t.Fatal("there is no such gauge")
	return 0
}

func TestARefusalAgesUntilItIsMendedWhateverElseChanges(t *testing.T) {
	s := newShelf(t)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s.cfg.Now = func() time.Time { return now }
	bad := []byte("name: x\n")
	for i, step := range []struct {
		a, b []byte
		age  float64
		held int
	}{
		{profile("harbor"), profile("oak"), 0, 0},
		{bad, profile("oak"), 0, 1},
		{bad, profile("oak"), 60, 1},
		{[]byte("name: y\n"), profile("oak"), 120, 1}, // another mistake mends nothing
		{[]byte("name: y\n"), bad, 180, 2},
		{profile("harbor"), bad, 60, 1}, // the first is well
		{profile("harbor"), profile("oak"), 0, 0},
	} {
		s.Update(docs("a.yaml", step.a, "b.yaml", step.b))
		if got := s.age(t); got != step.age || len(s.Trouble().Refused) != step.held {
			t.Errorf("step %d: %v s, refused %v, want %v s and %d", i, got, s.Trouble().Refused, step.age, step.held)
		}
		now = now.Add(time.Minute)
	}
}

func TestASourceThatCannotBeReadAgesToo(t *testing.T) {
	s := newShelf(t)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s.cfg.Now = func() time.Time { return now }
	s.Update(docs("a.yaml", profile("harbor")))
	s.Reading(errors.New("gone"))
	now = now.Add(time.Minute)
	s.Reading(errors.New("gone still"))
	if got := s.age(t); got != 60 {
		t.Errorf("%v s", got)
	}
	s.Reading(nil)
	if got := s.age(t); got != 0 || !s.Trouble().Since().IsZero() {
		t.Errorf("%v s once it can be read", got)
	}
}
