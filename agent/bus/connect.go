package bus

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Role is the part that a process plays. Each has an inbox prefix of its own,
// _INBOX_<role>, so that a server's permissions can keep one role from
// reading another's answers.
type Role string

// The roles.
const (
	RoleGateway   Role = "gateway"
	RoleWorker    Role = "worker"
	RoleConsole   Role = "console"
	RoleProvision Role = "provision"
)

// Options are the settings of every connection of Recado to NATS; add
// credentials and TLS to them.
//
// A connection never gives up: it waits for the server at start and after
// every loss. While it waits nothing is buffered, so a publish fails at once
// and its caller decides, instead of a webhook that answers 200 for an event
// in memory only.
func Options(role Role) []nats.Option {
	return []nats.Option{
		nats.Name("recado-" + string(role)),
		nats.CustomInboxPrefix("_INBOX_" + string(role)),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectBufSize(-1),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nats.PingInterval(20 * time.Second),
		nats.MaxPingsOutstanding(2),
	}
}

// Connect returns a connection for role to url, a comma-separated list of
// servers. It returns also while no server answers; see Options.
func Connect(url string, role Role, more ...nats.Option) (*nats.Conn, error) {
	if url == "" {
		return nil, errors.New("connect to NATS: no address, set one such as nats://localhost:4222")
	}
	nc, err := nats.Connect(url, append(Options(role), more...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS as %s: %w", role, err)
	}
	return nc, nil
}
