package evals_test

import (
	"context"
	"sort"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/evals/dev"
	"recado/evals/suite"
)

// BenchmarkDecide decides the development set message after message on one
// core and reports the median and the 99th percentile besides the mean.
func BenchmarkDecide(b *testing.B) {
	set, err := dev.Suite(suite.Known{})
	if err != nil {
		b.Fatal(err)
	}
	a, err := agent.New()
	if err != nil {
		b.Fatal(err)
	}
	profile := clinic.Sample()
	turns := make([]agent.Turn, 0, set.Count)
	for c, err := range set.All() {
		if err != nil {
			b.Fatal(err)
		}
		now, err := set.Clock(c, profile)
		if err != nil {
			b.Fatal(err)
		}
		if c.Text != "" {
			turns = append(turns, agent.Turn{
				Events: []agent.Event{{V: agent.Version, ID: c.ID, Clinic: profile.ID, Channel: agent.Web, Conversation: "bench000",
					At: now, Kind: agent.KindText, Text: c.Text}},
				Clinic: profile, Now: now,
			})
		}
	}
	took := make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, err := a.Decide(context.Background(), turns[i%len(turns)]); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
}

// BenchmarkStart measures loading rules, lexicon, texts and models.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if _, err := agent.New(); err != nil {
			b.Fatal(err)
		}
	}
}
