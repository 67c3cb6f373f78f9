package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/inbox/store"
)

// natsFlags say where NATS is and who is asking.
type natsFlags struct {
	NATSURL      string `name:"nats-url" env:"RECADO_NATS_URL" default:"nats://127.0.0.1:4222" help:"NATS servers, comma-separated."`
	NATSUser     string `name:"nats-user" env:"RECADO_NATS_USER" help:"User of this role." placeholder:"NAME"`
	NATSPassword string `name:"nats-password" env:"RECADO_NATS_PASSWORD" help:"Its password." placeholder:"SECRET"`
	NATSCreds    string `name:"nats-creds" env:"RECADO_NATS_CREDS" type:"existingfile" help:"Credentials file, in place of user and password." placeholder:"FILE"`
	NATSCA       string `name:"nats-ca" env:"RECADO_NATS_CA" type:"existingfile" help:"CA certificate of the servers, for TLS with a private CA." placeholder:"FILE"`
}

// startWait is how long a command waits for NATS before it says that NATS is
// not there. A connection that was made once is never given up.
const startWait = 15 * time.Second

// connect returns a connection that is up.
func (f natsFlags) connect(ctx context.Context, role bus.Role) (*nats.Conn, error) {
	var options []nats.Option
	if f.NATSUser != "" {
		options = append(options, nats.UserInfo(f.NATSUser, f.NATSPassword))
	}
	if f.NATSCreds != "" {
		options = append(options, nats.UserCredentials(f.NATSCreds))
	}
	if f.NATSCA != "" {
		options = append(options, nats.RootCAs(f.NATSCA))
	}
	nc, err := bus.Connect(f.NATSURL, role, options...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	if err := nc.FlushWithContext(ctx); err != nil {
		last := nc.LastError()
		nc.Close()
		if last != nil {
			err = last
		}
		return nil, fmt.Errorf("NATS at %s does not answer: %w: start it, or set --nats-url, --nats-user and --nats-password", redacted(f.NATSURL), err)
	}
	return nc, nil
}

// connected is nil while the connection is up, for questions about readiness.
func connected(nc *nats.Conn) error {
	if !nc.IsConnected() {
		return errors.New("no connection to NATS")
	}
	return nil
}

func openJetStream(nc *nats.Conn) (jetstream.JetStream, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	return js, nil
}

// openOwners is what workers and gateways ask who of the staff holds a
// conversation.
func openOwners(ctx context.Context, nc *nats.Conn) (*store.Owners, error) {
	js, err := openJetStream(nc)
	if err != nil {
		return nil, err
	}
	return store.OpenOwners(ctx, js)
}

// redacted drops a password from an address before it is printed.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the configured address"
	}
	return u.Redacted()
}
