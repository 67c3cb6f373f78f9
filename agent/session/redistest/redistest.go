// Package redistest starts real Redis servers for tests.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Require is the environment variable that makes a missing redis-server a
// failure when it is 1. Otherwise tests that need it are skipped.
const Require = "RECADO_TEST_REQUIRE"

// startTimeout is how long a server may take until it answers.
const startTimeout = 10 * time.Second

// Server is a running redis-server with empty memory and no persistence.
type Server struct{ Addr string }

// Start runs the redis-server from PATH on a free port of the loopback
// interface until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv(Require) == "1" {
			t.Fatalf("redis-server is not in PATH and %s=1: install it (Debian: apt-get install redis-server)", Require)
		}
		t.Skipf("redis-server is not in PATH: install it, or set %s=1 to fail here", Require)
	}
	// Another process may take the free port before Redis does: try again.
	var last error
	for range 3 {
		server, err := start(t, binary)
		if err == nil {
			return server
		}
		last = err
	}
	t.Fatalf("start redis-server: %v", last)
	return nil
}

func start(t testing.TB, binary string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, binary, "--port", port, "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	stop := func() {
		cancel() // kills exactly this process
		_ = cmd.Wait()
	}
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				ready <- true
			}
		}
		ready <- false
	}()
	select {
	case ok := <-ready:
		if !ok {
			stop()
			return nil, fmt.Errorf("it ended before it was ready on port %s", port)
		}
	case <-time.After(startTimeout):
		stop()
		return nil, fmt.Errorf("not ready after %s", startTimeout)
	}
	t.Cleanup(stop)
	return &Server{Addr: "127.0.0.1:" + port}, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
