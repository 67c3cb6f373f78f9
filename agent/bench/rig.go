package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/inbox/store"
	"recado/agent/session"
	"recado/agent/vault"
	"recado/agent/worker"
)

// Config is what a benchmark runs on. Its servers are emptied: give it none
// that hold anything.
type Config struct {
	NATS    string          // address of a NATS server
	Redis   string          // host:port of a Redis server
	Clinic  *clinic.Profile // whose patients write
	Decider worker.Decider
	// Slots is how many turns a worker decides at once. Defaults to 64.
	Slots int
	// Conversations is how many patients write at once. Defaults to 10,000.
	Conversations int
	// Rounds is how often each worker gets a message of every conversation.
	// Defaults to 5.
	Rounds int
	// Processes are the ids of all processes that take part, for their
	// processor time. Defaults to none.
	Processes []int
	// Log is told what begins. Defaults to nothing.
	Log func(string)
}

func (c *Config) complete() error {
	switch {
	case c.NATS == "":
		return errors.New("bench: NATS is missing")
	case c.Redis == "":
		return errors.New("bench: Redis is missing")
	case c.Clinic == nil:
		return errors.New("bench: Clinic is missing")
	case c.Decider == nil:
		return errors.New("bench: Decider is missing")
	}
	for _, d := range []struct {
		to    *int
		value int
	}{{&c.Slots, 64}, {&c.Conversations, 10_000}, {&c.Rounds, 5}} {
		if *d.to <= 0 {
			*d.to = d.value
		}
	}
	if c.Log == nil {
		c.Log = func(string) {}
	}
	return nil
}

// Rig is the servers, provisioned, with the keys of a clinic. It is used by
// one goroutine.
type Rig struct {
	cfg    Config
	nc     *nats.Conn // the sender's
	js     jetstream.JetStream
	in     jetstream.Stream
	client *redis.Client
	box    *vault.Box
	sealer *vault.Sealer
	serial atomic.Int64
	last   map[string]uint64 // the last message of each conversation's subject
}

// NewRig connects to the servers and empties them.
func NewRig(ctx context.Context, cfg Config) (*Rig, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	r := &Rig{cfg: cfg}
	var err error
	if r.nc, err = bus.Connect(cfg.NATS, bus.RoleProvision); err != nil {
		return nil, err
	}
	if r.js, err = jetstream.New(r.nc); err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	if _, err = bus.Provision(ctx, r.js, bus.Layout{}); err != nil {
		return nil, err
	}
	if r.in, err = r.js.Stream(ctx, bus.StreamIn); err != nil {
		return nil, fmt.Errorf("look up the input stream: %w", err)
	}
	r.client = redis.NewClient(session.Options(cfg.Redis))
	if r.box, err = vault.ParseBox(vault.NewBoxKey()); err != nil {
		return nil, err
	}
	private, err := vault.NewPrivateKey()
	if err != nil {
		return nil, err
	}
	signing, err := vault.NewSigningKey()
	if err != nil {
		return nil, err
	}
	if r.sealer, err = vault.NewSealer(private.Public(), signing); err != nil {
		return nil, err
	}
	return r, r.empty(ctx)
}

// Close ends the connections.
func (r *Rig) Close() {
	r.nc.Close()
	_ = r.client.Close() // nothing waits to be written
}

// empty forgets what earlier rounds left.
func (r *Rig) empty(ctx context.Context) error {
	for _, name := range []string{bus.StreamIn, bus.StreamTurn} {
		s, err := r.js.Stream(ctx, name)
		if err == nil {
			err = s.Purge(ctx)
		}
		if err != nil {
			return fmt.Errorf("empty stream %s: %w", name, err)
		}
	}
	r.last = map[string]uint64{}
	if err := r.client.FlushDB(ctx).Err(); err != nil {
		return fmt.Errorf("empty Redis: %w", err)
	}
	return nil
}

// conversation is the i-th patient's.
func (r *Rig) conversation(i int) agent.Conversation {
	return agent.Conversation{Clinic: r.cfg.Clinic.ID, Channel: agent.SMS, ID: fmt.Sprintf("%032x", i)}
}

// event is the next message of a conversation.
func (r *Rig) event(c agent.Conversation, text string) agent.Event {
	return agent.Event{
		V: agent.Version, ID: "b" + strconv.FormatInt(r.serial.Add(1), 10), Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		At: time.Now(), Kind: agent.KindText, Text: text, ReplyTo: "c2VhbGVkLWFkZHJlc3Mtb2YtYS1wYXRpZW50LWFzLWxvbmctYXMtcmVhbA",
	}
}

// running is a worker of either kind.
type running interface {
	start(ctx context.Context) error
	stop(ctx context.Context) error
}

// real is a worker with connections of its own, as a process has.
type real struct {
	*worker.Worker
	nc     *nats.Conn
	client *redis.Client
}

func (w real) start(ctx context.Context) error { return w.Start(ctx) }

func (w real) stop(ctx context.Context) error {
	err := w.Stop(ctx)
	w.nc.Close()
	return errors.Join(err, w.client.Close())
}

func (r *Rig) connect(ctx context.Context) (*nats.Conn, *bus.Bus, *redis.Client, error) {
	nc, err := bus.Connect(r.cfg.NATS, bus.RoleWorker)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := bus.Open(ctx, nc)
	if err != nil {
		nc.Close()
		return nil, nil, nil, err
	}
	return nc, b, redis.NewClient(session.Options(r.cfg.Redis)), nil
}

// worker makes a real one, as `recado worker` does.
func (r *Rig) worker(ctx context.Context, d worker.Decider, slots int) (running, error) {
	nc, b, client, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	owners, err := store.OpenOwners(ctx, js)
	if err != nil {
		return nil, err
	}
	w, err := worker.New(worker.Config{
		Bus: b, Store: session.NewRedis(client, r.box, 0), Decider: d, Owners: owners,
		Profiles: r, Sealers: r, Operator: r.sealer, Slots: slots,
	})
	if err != nil {
		return nil, err
	}
	return real{w, nc, client}, nil
}

// Profile implements worker.Profiles.
func (r *Rig) Profile(string) (*clinic.Profile, error) { return r.cfg.Clinic, nil }

// Sealer implements worker.Sealers.
func (r *Rig) Sealer(string) (*vault.Sealer, bool) { return r.sealer, true }

// message is an event as a gateway stores it, under the condition that it
// follows the one before it; see bus.PublishEvent.
func (r *Rig) message(e agent.Event) (*nats.Msg, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write an event: %w", err)
	}
	msg := nats.NewMsg(bus.InSubject(e.Of()))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, bus.EventKey(e.Of(), e.ID))
	msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(r.last[msg.Subject], 10))
	return msg, nil
}
