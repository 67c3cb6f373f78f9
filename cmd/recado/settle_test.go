package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestGatewayAndConsoleGiveBackTheMemoryThatOnlyStartingNeeds(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux gives pages of the program back")
	}
	clean(t)
	binary := buildRecado(t)
	server, _ := startProvisioned(t)
	keys, err := newDevKeys()
	must(t, err)
	for part, args := range map[string][]string{
		"gateway": {"--address-key", keys.Address, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing},
		"console": {"--redis-address", redisAddress(t), "--public-url", "http://localhost:8081", "--seal-private-key", keys.Private, "--seal-verify-key", onePublic(t, keys), "--staff-key", keys.Staff},
	} {
		health := freeAddress(t)
		cmd := exec.Command(binary, append([]string{part, "--clinic", sampleProfile(t), "--nats-url", server.URL(), "--listen", freeAddress(t), "--health", health}, args...)...)
		cmd.Stderr = os.Stderr
		must(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		waitServing(t, "http://"+health+"/readyz")
		const least = 6 << 10 // kB; about 16 MB are
		tick, limit := time.NewTicker(50*time.Millisecond), time.After(20*time.Second)
		defer tick.Stop()
		for back := 0; back < least; {
			select {
			case <-tick.C:
				now, most := memoryOf(t, cmd.Process.Pid)
				back = most - now
			case <-limit:
				t.Fatalf("%s: %d kB are given back, want %d", part, back, least)
			}
		}
	}
}

// memoryOf is what a process has in memory and the most that it had, in kB.
func memoryOf(t *testing.T, pid int) (now, most int) {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	for line := range strings.Lines(string(raw)) {
		for name, to := range map[string]*int{"VmRSS:": &now, "VmHWM:": &most} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				_, err := fmt.Sscan(rest, to)
				must(t, err)
			}
		}
	}
	return now, most
}
