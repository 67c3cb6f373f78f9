package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// mostFloodedMemory is what a gateway may take while it is flooded.
const mostFloodedMemory = 200e6

// How long good calls take is printed by the command and not held here: that
// is a matter of the machine.
func TestAFloodOfBadCallsLeavesTheGatewayUpAndSmallAndGoodCallsTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flood.json")
	out, err := exec.CommandContext(t.Context(), buildRecado(t), "flood", "--during", "4s", "--rate", "25", "--slow", "100", "--json", file).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("recado flood: %v", err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report floodReport
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	if g := report.Good; g.Sent < 50 || g.Taken != g.Sent {
		t.Errorf("%d of %d good calls were taken", g.Taken, g.Sent)
	}
	for _, k := range report.Kinds {
		if k.Answers[200] > 0 {
			t.Errorf("%s: %d were taken", k.Name, k.Answers[200])
		}
	}
	if runtime.GOOS == "linux" && report.PeakBytes == 0 || report.PeakBytes > mostFloodedMemory {
		t.Errorf("the gateway took %d MB: want at most %.0f", report.PeakBytes/1e6, mostFloodedMemory/1e6)
	}
}
