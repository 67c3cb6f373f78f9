package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

type readyCommand struct {
	Health string `env:"RECADO_HEALTH" required:"" help:"Address that the process was given as --health." placeholder:"ADDR"`
}

// Help says where it is used.
func (readyCommand) Help() string {
	return `For health checks in images without a shell: run it where the worker,
gateway or console runs. The exit code is 0 where /readyz says so, else 1; either
way each thing that the process needs is named, with what is wrong with it.`
}

// Run asks once.
func (c readyCommand) Run(ctx context.Context, std streams) error {
	host, port, err := net.SplitHostPort(c.Health)
	if err != nil {
		return exit{2, fmt.Errorf("--health %q is no address: write it as 127.0.0.1:9090", c.Health)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // what listens on all interfaces is asked on loopback
	}
	ctx, cancel := context.WithTimeout(ctx, 2*healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return exit{2, fmt.Errorf("--health: %w", err)}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask for readiness: %w: is the process running with this --health?", err)
	}
	defer resp.Body.Close()
	reason, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("read the answer about readiness: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(reason)))
	}
	_, err = std.out.Write(reason)
	return err
}
