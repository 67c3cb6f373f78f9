package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// ErrUnavailable: the act is not stored for certain, or what is stored could
// not be read. Whatever the act stands for must not be done or shown.
var ErrUnavailable = errors.New("audit cannot be reached")

// Appender is what others need of a Log.
type Appender interface {
	// Append stores an act, or returns an error that wraps ErrUnavailable or
	// ErrAct. It is safe for concurrent use.
	Append(ctx context.Context, a Act) (Entry, error)
}

// Config is what a Log needs. Fields without a default are required.
type Config struct {
	// JetStream is a connection as the console's user.
	JetStream jetstream.JetStream
	// Patience is how long Append and the question for a head may take before
	// they return ErrUnavailable. Defaults to 2 s.
	Patience time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

func (c *Config) complete() error {
	if c.JetStream == nil {
		return errors.New("audit config: JetStream is missing")
	}
	if c.Patience <= 0 {
		c.Patience = 2 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// Log reads and writes the chains. It is safe for concurrent use, by many
// consoles.
type Log struct {
	cfg    Config
	stream jetstream.Stream

	mu     sync.Mutex
	chains map[string]*chain // by clinic
}

var _ Appender = (*Log)(nil)

// Open looks up the stream, which `recado streams` has made.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	stream, err := cfg.JetStream.Stream(ctx, bus.StreamAudit)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("open stream %s (run recado streams first): %w", bus.StreamAudit, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open stream %s: %w: %w", bus.StreamAudit, ErrUnavailable, err)
	}
	return &Log{cfg: cfg, stream: stream, chains: map[string]*chain{}}, nil
}

// subject is where a clinic's chain is.
func subject(clinic string) string { return bus.AuditSubject(clinic) }

// unavailable wraps what went wrong; the caller decides by ErrUnavailable.
func unavailable(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}
