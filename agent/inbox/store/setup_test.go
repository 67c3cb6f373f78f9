package store

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/inbox"
	"recado/agent/vault"
)

// canary is in every text of patients and staff.
const canary = "kanarienvogel"

const (
	soon   = 60 * time.Second
	sun    = "sunrise"
	sunset = "sunset"
)

// rig is a real NATS server with its buckets, and keys.
type rig struct {
	server  *embedded.Server
	js      jetstream.JetStream
	keys    OneKey
	sealer  *vault.Sealer // a worker's
	private vault.PrivateKey
	signing vault.SigningKey
	log     *zap.Logger
	logs    *observer.ObservedLogs
}

func setup(t testing.TB) *rig {
	t.Helper()
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true})
	must(t, err)
	t.Cleanup(server.Stop)
	r := &rig{server: server}
	r.js = r.connect(t)
	_, err = bus.Provision(t.Context(), r.js, bus.Layout{AckWait: time.Second})
	must(t, err)
	r.private, err = vault.NewPrivateKey()
	must(t, err)
	r.signing, err = vault.NewSigningKey()
	must(t, err)
	own, err := vault.NewSigningKey()
	must(t, err)
	r.sealer, err = vault.NewSealer(r.private.Public(), r.signing)
	must(t, err)
	r.keys.Seal, err = vault.NewSealer(r.private.Public(), own)
	must(t, err)
	r.keys.Open, err = vault.NewOpener([]vault.PrivateKey{r.private}, []vault.VerifyKey{r.signing.Public(), own.Public()})
	must(t, err)
	core, logs := observer.New(zap.DebugLevel)
	r.logs, r.log = logs, zap.New(core)
	t.Cleanup(func() {
		if t.Failed() {
			for _, line := range r.logs.All() {
				t.Log(line.Time.Format("05.000"), line.Message, line.ContextMap())
			}
		}
	})
	return r
}

// memoryDir is a directory in memory where the system has one: the disk is
// not what is measured.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// connect returns a connection of its own, as another console has.
func (r *rig) connect(t testing.TB) jetstream.JetStream {
	t.Helper()
	nc, err := r.server.Connect(bus.RoleConsole, nats.ReconnectWait(5*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // the server restarts in tests
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	return js
}

// store is a console's, with a connection of its own.
func (r *rig) store(t testing.TB, change ...func(*Config)) *Store {
	t.Helper()
	cfg := Config{JetStream: r.connect(t), Keys: r.keys, Log: r.log}
	for _, f := range change {
		f(&cfg)
	}
	s, err := Open(t.Context(), cfg)
	must(t, err)
	return s
}

func (r *rig) index(t testing.TB, s *Store) *Index {
	t.Helper()
	x, err := s.Index(context.WithoutCancel(t.Context()))
	must(t, err)
	t.Cleanup(x.Close)
	return x
}

// ingest files records until the test ends, or the returned function is
// called and returns.
func (r *rig) ingest(t testing.TB, s *Store) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Ingest(ctx, nil) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		select {
		case err := <-done:
			must(t, err)
		case <-time.After(soon):
			t.Fatal("filing does not stop")
		}
	}
	t.Cleanup(stop)
	return stop
}

// message is an escalation as a worker publishes it.
func (r *rig) message(t testing.TB, clinic string, conversation, n int, p agent.Priority) bus.Message {
	t.Helper()
	id := fmt.Sprintf("t%016d%016d", conversation, n)
	e := agent.Escalation{
		V: agent.Version, ID: id, Clinic: clinic, Channel: agent.SMS, Conversation: convID(conversation), Priority: p,
		Language: "es", Disposition: agent.Escalate, Rules: []string{"gate.clinical"}, Intents: []string{"symptom"},
		Messages: []agent.Message{{From: agent.Patient, Text: canary}}, ReplyTo: "sealed-address", At: time.Now().UTC(),
	}
	plain, err := json.Marshal(e)
	must(t, err)
	sealed, err := r.sealer.Seal(clinic, id, plain)
	must(t, err)
	data, err := json.Marshal(bus.Escalation{
		Envelope: sealed, ID: id, Clinic: clinic, Conversation: e.Conversation, Channel: e.Channel,
		Priority: p, Language: e.Language, At: e.At,
	})
	must(t, err)
	return bus.Message{Subject: bus.EscSubject(agent.Conversation{Clinic: clinic, ID: e.Conversation}, p), Data: data}
}

func convID(n int) string { return fmt.Sprintf("%032d", n) }

func (r *rig) publish(t testing.TB, messages ...bus.Message) {
	t.Helper()
	for _, m := range messages {
		_, err := r.js.PublishMsg(t.Context(), &nats.Msg{Subject: m.Subject, Data: m.Data})
		must(t, err)
	}
}

// settled waits until all that was published for staff is acknowledged.
func (r *rig) settled(t testing.TB) {
	t.Helper()
	until(t, 3*soon, "everything is filed", func() bool {
		stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
		if err != nil {
			return false
		}
		var last uint64
		for _, subject := range []string{"recado.esc.>", "recado.dead.>"} {
			if m, err := stream.GetLastMsgForSubject(t.Context(), subject); err == nil {
				last = max(last, m.Sequence)
			}
		}
		c, err := stream.Consumer(t.Context(), bus.ConsumerConsole)
		if err != nil {
			return false
		}
		info := c.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0 && info.Delivered.Stream >= last
	})
}

// filed is the case of a conversation after one record.
func (r *rig) filed(t testing.TB, s *Store, conversation int) inbox.Case {
	t.Helper()
	m := r.message(t, sun, conversation, 1, agent.PriorityRoutine)
	r.publish(t, m)
	stop := r.ingest(t, s)
	r.settled(t)
	stop()
	c, err := s.Latest(t.Context(), sun, convID(conversation))
	must(t, err)
	return c
}

func until(t testing.TB, within time.Duration, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(within)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bucketKeys are the keys of a bucket that have values.
func (r *rig) bucketKeys(t testing.TB, bucket string) []string {
	t.Helper()
	kv, err := r.js.KeyValue(t.Context(), bucket)
	must(t, err)
	lister, err := kv.ListKeys(t.Context())
	must(t, err)
	var keys []string
	for k := range lister.Keys() {
		keys = append(keys, k)
	}
	return keys
}
