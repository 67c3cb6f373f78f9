package bench_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bench"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/session/redistest"
)

// The figures say nothing here; that there are some does.
func TestEverythingThatIsReportedIsMeasured(t *testing.T) {
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Listen: true, NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	a, err := agent.New()
	must(t, err)
	rig, err := bench.NewRig(t.Context(), bench.Config{
		NATS: server.URL(), Redis: redistest.Start(t).Addr, Clinic: clinic.Sample(), Decider: a,
		Conversations: 80, Rounds: 2, Slots: 8, Processes: []int{os.Getpid()},
	})
	must(t, err)
	t.Cleanup(rig.Close)
	report := bench.NewReport(time.Now())
	report.Throughput, err = rig.Throughput(t.Context())
	must(t, err)
	if got := report.Throughput; len(got.Worker) != 2 || len(got.Null) != 2 || got.Ratio <= 0 {
		t.Errorf("throughput is %+v", got)
	}
	latency, err := rig.Latency(t.Context(), 2, 40, time.Second)
	must(t, err)
	// One message in forty stops the messages, and its confirmation is an
	// answer too; none may be without one.
	if latency.Sent != 40 || latency.Unanswered > 1 || latency.P50 <= 0 || latency.P99 < latency.P50 || latency.Max < latency.P99 {
		t.Errorf("latency is %+v", latency)
	}
	report.Latency = append(report.Latency, latency)
	report.Decision, err = rig.Decision(t.Context(), 1)
	must(t, err)
	if got := report.Decision; got.Took <= 0 || got.Allocations <= 0 || len(got.Stages) != 6 {
		t.Errorf("a decision is %+v", got)
	}
	report.Model, err = rig.Model(t.Context(), 50*time.Millisecond, 200*time.Millisecond)
	must(t, err)
	if got := report.Model.Latency; got.Sent == 0 || got.P50 < 50*time.Millisecond {
		t.Errorf("with a model of 50 ms latency is %+v", got)
	}
	report.Start = bench.Start{Ready: time.Second, Idle: 1}
	report.Memory, err = rig.Memory(t.Context(), 50)
	must(t, err)
	if report.Memory.Bytes <= 0 {
		t.Errorf("memory is %+v", report.Memory)
	}
	var text bytes.Buffer
	must(t, report.Text(&text))
	for _, part := range []string{"worker to null worker", "40", "p99", "guards", "resident", "language model", "for 50 conversations"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, &text)
		}
	}
}

func TestAConfigThatLacksSomethingSaysWhat(t *testing.T) {
	_, err := bench.NewRig(t.Context(), bench.Config{})
	if err == nil || !strings.Contains(err.Error(), "NATS is missing") {
		t.Errorf("error is %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
