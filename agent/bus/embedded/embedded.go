// Package embedded runs a real NATS server with JetStream inside the
// process, for `recado dev` and for tests.
package embedded

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"recado/agent/bus"
)

// Config is how the server runs.
type Config struct {
	// Dir is where JetStream keeps its files. It is required, and a server
	// started again with the same Dir and Key goes on where it was.
	Dir string
	// Key encrypts everything in Dir (ChaCha20-Poly1305), subjects included.
	// Defaults to none, for tests only: files would hold patients' words.
	Key string
	// Listen opens a port on the loopback interface, for tools and for other
	// processes. Defaults to false: only this process can connect.
	Listen bool
	// Port is the port with Listen. Defaults to a free one.
	Port int
	// NoSync leaves it to the operating system when written messages reach
	// the disk: faster, and a power cut loses acknowledged messages. A crash
	// of the process does not. Defaults to false, sync_interval always.
	NoSync bool
	// Cluster joins the server to others. Defaults to none: it stands alone.
	Cluster *Cluster
}

// Cluster is a server's place among others on the loopback interface.
type Cluster struct {
	Server string   // this server's name, unique among them
	Port   int      // where the others reach this server
	Routes []string // all servers, as nats://127.0.0.1:<port>
}

// startTimeout is how long a start may take, recovery of the store included.
const startTimeout = 20 * time.Second

// Server is a running server. It is safe for concurrent use.
type Server struct {
	cfg Config

	mu      sync.Mutex
	running *server.Server // nil while stopped
}

// Start returns a server that is ready for connections.
func Start(cfg Config) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("start the embedded NATS server: set the directory for its files")
	}
	s := &Server{cfg: cfg}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	return s, nil
}

// Restart stops the server if it runs and starts it with the same files.
// Connections made by Connect find it again by themselves.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	options := &server.Options{
		ServerName:         "recado",
		DontListen:         !s.cfg.Listen,
		Host:               "127.0.0.1",
		Port:               s.cfg.Port,
		JetStream:          true,
		StoreDir:           s.cfg.Dir,
		JetStreamKey:       s.cfg.Key,
		SyncAlways:         !s.cfg.NoSync,
		NoLog:              true,
		NoSigs:             true,
		JetStreamMaxStore:  1 << 40,
		JetStreamMaxMemory: 1 << 28,
	}
	if c := s.cfg.Cluster; c != nil {
		options.ServerName = c.Server
		// Clients are told of no other address than those that they were
		// given, so that what stands between them and a server stays there.
		options.Cluster = server.ClusterOpts{Name: "recado", Host: "127.0.0.1", Port: c.Port, NoAdvertise: true}
		options.Routes = server.RoutesFromStr(strings.Join(c.Routes, ","))
	}
	if s.cfg.Key != "" {
		options.JetStreamCipher = server.ChaCha
	}
	if s.cfg.Listen && s.cfg.Port == 0 {
		options.Port = server.RANDOM_PORT
	}
	running, err := server.NewServer(options)
	if err != nil {
		return fmt.Errorf("start the embedded NATS server: %w", err)
	}
	running.Start()
	if !running.ReadyForConnections(startTimeout) {
		running.Shutdown()
		return fmt.Errorf("start the embedded NATS server: not ready after %s; is %s in use by another process, or was it written with another key?", startTimeout, s.cfg.Dir)
	}
	if s.cfg.Listen {
		s.cfg.Port = running.Addr().(*net.TCPAddr).Port // the same one after a restart
	}
	s.running = running
	return nil
}

// Stop shuts the server down and waits until its files are closed. It may be
// called again.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
}

func (s *Server) stop() {
	if s.running != nil {
		s.running.Shutdown()
		s.running.WaitForShutdown()
		s.running = nil
	}
}

// URL is the address for other processes; empty without Config.Listen.
func (s *Server) URL() string {
	if !s.cfg.Listen {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("nats://127.0.0.1:%d", s.cfg.Port)
}

// Connect returns a connection within the process.
func (s *Server) Connect(role bus.Role, more ...nats.Option) (*nats.Conn, error) {
	return bus.Connect("nats://embedded", role, append(more, nats.InProcessServer(s))...)
}

// InProcessConn implements nats.InProcessConnProvider: it connects to the
// server that runs now, also after a restart.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, errors.New("the embedded NATS server is stopped")
	}
	return s.running.InProcessConn()
}
