package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"recado/agent/clinic"
	"recado/agent/vault"
)

// benchWorker is how a worker with keys of its own is started on the servers,
// and where it says that it is ready.
func benchWorker(s *servers) (command func() *exec.Cmd, ready string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("start a worker: %w", err)
	}
	profile := filepath.Join(s.dir, "clinic.yaml")
	if err := os.WriteFile(profile, clinic.SampleYAML(), 0o600); err != nil {
		return nil, "", fmt.Errorf("write a clinic's profile: %w", err)
	}
	private, err := vault.NewPrivateKey()
	if err != nil {
		return nil, "", err
	}
	signing, err := vault.NewSigningKey()
	if err != nil {
		return nil, "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("find a port for a worker: %w", err)
	}
	health := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, "", fmt.Errorf("find a port for a worker: %w", err)
	}
	return func() *exec.Cmd {
		cmd := exec.Command(self, "worker", "--clinic", profile, "--nats-url", s.nats, "--redis-address", s.redis, "--health", health)
		cmd.Env = append(os.Environ(),
			"RECADO_SEAL_PUBLIC_KEY="+private.Public().String(),
			"RECADO_SEAL_SIGNING_KEY="+signing.Text(),
			"RECADO_SESSION_KEY="+vault.NewBoxKey())
		return cmd
	}, "http://" + health + "/readyz", nil
}
