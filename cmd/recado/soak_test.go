package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"recado/agent/session/redistest"
	"recado/agent/soak/process"
)

// needRedisServer skips a test where there is no redis-server, or fails it
// where that is asked for.
func needRedisServer(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		return
	}
	if os.Getenv(redistest.Require) == "1" {
		t.Fatalf("redis-server is not in PATH and %s=1: install it (Debian: apt-get install redis-server)", redistest.Require)
	}
	t.Skip("redis-server is not in PATH")
}

func TestAShortSoakKeepsEveryPromise(t *testing.T) {
	needRedisServer(t)
	binary := buildRecado(t)
	seed := 1 + rand.Uint64N(1e9)
	t.Logf("again: recado soak --seed %d --duration 10s --within 15s", seed)
	out, err := exec.CommandContext(t.Context(), binary, "soak", "--seed", strconv.FormatUint(seed, 10),
		"--duration", "10s", "--within", "15s").CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

func TestASoakFindsPlantedBugs(t *testing.T) {
	needRedisServer(t)
	binary := filepath.Join(t.TempDir(), "recado-planted")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "plant", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build recado with planted bugs: %v\n%s", err, out)
	}
	tests := map[string]struct{ faults, found string }{
		"ack-before-commit":  {"redis.kill,worker.kill", "lost"},
		"no-compare-and-set": {"redis.wipe,worker.stop", "doubled"},
		"lock-without-order": {"none", "reordered"},
	}
	for bug, test := range tests {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			report := filepath.Join(t.TempDir(), "report.json")
			cmd := exec.CommandContext(t.Context(), binary, "soak", "--seed", "5", "--duration", "9s", "--settle", "20s",
				"--faults", test.faults, "--dir", memoryDir(t), "--json", report)
			cmd.Env = append(os.Environ(), "RECADO_PLANT="+bug)
			out, err := cmd.CombinedOutput()
			var code *exec.ExitError
			if !errors.As(err, &code) || code.ExitCode() != 1 {
				t.Fatalf("soak ended with %v, want 1:\n%s", err, out)
			}
			raw, err := os.ReadFile(report)
			if err != nil {
				t.Fatalf("no report: %v\n%s", err, out)
			}
			var r struct {
				Violations []struct{ Class string }
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, v := range r.Violations {
				if v.Class == test.found {
					n++
				}
			}
			if n == 0 {
				t.Errorf("nothing was found to be %s:\n%s", test.found, out)
			}
		})
	}
}

func TestASoakThatEndsEarlyLeavesNothing(t *testing.T) {
	needRedisServer(t)
	binary := buildRecado(t)
	for name, signal := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			if signal == syscall.SIGKILL && !process.EndsWithParent {
				t.Skip("processes end with their parent on Linux only")
			}
			dir := memoryDir(t)
			cmd := exec.CommandContext(t.Context(), binary, "soak", "--duration", "5m", "--patients", "3", "--faults", "none", "--dir", dir)
			errOut, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(errOut)
			for lines.Scan() && !strings.Contains(lines.Text(), "everything runs") {
				t.Log(lines.Text())
			}
			started := soakProcesses(t, dir)
			if len(started) != 7 { // NATS, Redis, three workers, gateway, console
				t.Errorf("%d processes were started, want 7", len(started))
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() { // until it is gone
				t.Log(lines.Text())
			}
			if err := cmd.Wait(); err == nil {
				t.Error("it ended with 0, as after a good run")
			}
			tick, late := time.NewTicker(20*time.Millisecond), time.After(patience)
			defer tick.Stop()
			for len(started) > 0 {
				if errors.Is(syscall.Kill(started[0], 0), syscall.ESRCH) || zombie(started[0]) {
					started = started[1:]
					continue
				}
				select {
				case <-tick.C:
				case <-late:
					t.Fatalf("processes %v are still there", started)
				}
			}
		})
	}
}

// soakProcesses are the ids of what a soak has started, as its log tells.
func soakProcesses(t *testing.T, dir string) []int {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*", "soak.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs are %v, %v: want one", logs, err)
	}
	raw, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for line := range strings.Lines(string(raw)) {
		var entry struct {
			Kind string
			What struct{ PID int }
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Kind == "started" {
			ids = append(ids, entry.What.PID)
		}
	}
	return ids
}

// zombie reports whether a process has ended and nobody has asked how: where
// the tests run in a container, its first process may not.
func zombie(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, state, _ := strings.Cut(string(raw), ") ")
	return err == nil && strings.HasPrefix(state, "Z")
}
