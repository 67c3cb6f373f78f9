package run_test

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"recado/agent/llm/standin"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

// BenchmarkFiveHundredQuestions puts 500 messages with two expectations each
// to an OpenAI-compatible server on loopback at concurrency 8. The server runs
// in the same process and takes its share of the time.
func BenchmarkFiveHundredQuestions(b *testing.B) {
	s := newServer(b, standin.NoRisk)
	cases := unsureSuite(b, 500)
	dir := b.TempDir()
	for b.Loop() {
		began := time.Now()
		p, err := into(b.Context(), b, filepath.Join(dir, time.Now().Format("150405.000000000")), run.Config{
			Suites: []*suite.Suite{cases}, Columns: []run.Column{model(b, s.URL, nil)}, Concurrency: 8})
		if err != nil || p.Calls != 500 || p.Pass != 500 {
			b.Fatalf("%+v, %v", p, err)
		}
		b.ReportMetric(500/time.Since(began).Seconds(), "cases/s")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB")
}

// BenchmarkLabelledLines decides lines in local mode.
func BenchmarkLabelledLines(b *testing.B) {
	s, err := suite.Load(labelled(b, 2000), suite.Known{})
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for b.Loop() {
		began := time.Now()
		if _, err := into(b.Context(), b, filepath.Join(dir, time.Now().Format("150405.000000000")), run.Config{
			Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Local)}}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(2000/time.Since(began).Seconds(), "lines/s")
	}
}
