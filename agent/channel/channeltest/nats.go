// Package channeltest gives tests of channels a NATS server of their own.
package channeltest

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
)

// NATS is a server inside the test's process, with streams and buckets.
type NATS struct {
	Server *embedded.Server
	JS     jetstream.JetStream
	Bus    *bus.Bus
}

// Start runs a server until the test ends.
func Start(t testing.TB) *NATS {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	n := &NATS{Server: server}
	n.JS = n.Connect(t)
	if _, err := bus.Provision(t.Context(), n.JS, bus.Layout{}); err != nil {
		t.Fatal(err)
	}
	if n.Bus, err = bus.Open(t.Context(), n.JS.Conn()); err != nil {
		t.Fatal(err)
	}
	return n
}

// Connect returns a connection of its own, as another process would have.
func (n *NATS) Connect(t testing.TB) jetstream.JetStream {
	t.Helper()
	nc, err := n.Server.Connect(bus.RoleGateway, nats.ReconnectWait(5*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// Bucket returns a bucket, made if it is not there.
func (n *NATS) Bucket(t testing.TB, name string) jetstream.KeyValue {
	t.Helper()
	kv, err := n.JS.CreateOrUpdateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: name})
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// Context ends when a test has waited too long for something.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
