package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/agent/session"
	"recado/agent/vault"
)

// canary is in every patient's text.
const canary = "kanarienvogel"

// rig is a real NATS server with its streams, a Redis, and keys.
type rig struct {
	dir    string
	server *embedded.Server
	nc     *nats.Conn
	js     jetstream.JetStream
	bus    *bus.Bus
	redis  *miniredis.Miniredis
	store  session.Store
	sealer *vault.Sealer
	opener *vault.Opener
	logs   *observer.ObservedLogs
	log    *zap.Logger
}

func setup(t *testing.T) *rig {
	t.Helper()
	ctx := t.Context()
	r := &rig{dir: memoryDir(t), redis: miniredis.RunT(t)}
	var err error
	r.server, err = embedded.Start(embedded.Config{Dir: r.dir, Key: "a key for tests only", NoSync: true})
	must(t, err)
	t.Cleanup(r.server.Stop)
	r.nc, err = r.server.Connect(bus.RoleWorker,
		nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // the server restarts in tests
	must(t, err)
	t.Cleanup(r.nc.Close)
	r.js, err = jetstream.New(r.nc)
	must(t, err)
	_, err = bus.Provision(ctx, r.js, bus.Layout{AckWait: time.Second})
	must(t, err)
	r.bus, err = bus.Open(ctx, r.nc)
	must(t, err)

	client := redis.NewClient(session.Options(r.redis.Addr()))
	t.Cleanup(func() { client.Close() })
	box, err := vault.ParseBox(vault.NewBoxKey())
	must(t, err)
	r.store = session.NewRedis(client, box, 0)

	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.NewSigningKey()
	must(t, err)
	r.sealer, err = vault.NewSealer(private.Public(), signing)
	must(t, err)
	r.opener, err = vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
	must(t, err)

	core, logs := observer.New(zap.DebugLevel)
	r.logs, r.log = logs, zap.New(core)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, line := range r.logs.All() {
			t.Log(line.Time.Format("05.000"), line.Message, line.ContextMap())
		}
	})
	return r
}

// memoryDir is a directory in memory where the system has one: each batch
// waits for the disk, and on a busy disk the tests would measure that.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (r *rig) config() Config {
	return Config{
		Bus: r.bus, Store: r.store, Decider: &fakeDecider{}, Profiles: profiles{}, Sealers: noSealers{},
		Operator: r.sealer, Log: r.log,
		Slots: 8, Backlog: 512, LeaseTTL: 300 * time.Millisecond, RetryMin: 10 * time.Millisecond, RetryMax: 100 * time.Millisecond,
		DrainTimeout: 2 * time.Second,
	}
}

func (r *rig) start(t *testing.T, cfg Config) *Worker {
	t.Helper()
	w, err := New(cfg)
	must(t, err)
	must(t, w.Start(t.Context()))
	t.Cleanup(func() { _ = w.Stop(context.Background()) })
	return w
}

// redisClock lets miniredis's time pass, which otherwise stands still.
func (r *rig) redisClock(t *testing.T) {
	const tick = 10 * time.Millisecond
	ticker := time.NewTicker(tick)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-t.Context().Done():
				return
			case <-ticker.C:
				r.redis.FastForward(tick)
			}
		}
	}()
	t.Cleanup(func() { <-done; ticker.Stop() })
}

func (r *rig) publish(t *testing.T, events ...agent.Event) {
	t.Helper()
	for _, e := range events {
		_, err := bus.PublishEvent(t.Context(), r.js, e)
		must(t, err)
	}
}

// again stores an event a second time, past the input stream's own dedupe.
func (r *rig) again(t *testing.T, e agent.Event) {
	t.Helper()
	data, err := json.Marshal(e)
	must(t, err)
	r.raw(t, bus.InSubject(e.Of()), data)
}

func (r *rig) raw(t *testing.T, subject string, data []byte) {
	t.Helper()
	_, err := r.js.Publish(t.Context(), subject, data)
	must(t, err)
}

// settled waits until every event is acknowledged.
func (r *rig) settled(t *testing.T, within time.Duration) {
	t.Helper()
	until(t, within, "all events are acknowledged", func() bool {
		in, err := r.js.Stream(t.Context(), bus.StreamIn)
		if err != nil {
			return false
		}
		c, err := in.Consumer(t.Context(), bus.ConsumerWorker)
		if err != nil {
			return false
		}
		// The counts of what is pending may not know of the last event yet.
		info := c.CachedInfo()
		return info.AckFloor.Stream >= in.CachedInfo().State.LastSeq && info.NumAckPending == 0
	})
}

func until(t *testing.T, within time.Duration, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
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

// published is everything in the turn stream.
type published struct {
	turns []bus.TurnRecord // in stream order
	outs  []bus.Outbound
	escs  []bus.Escalation
	deads []bus.Dead
	marks []bus.Mark
	clear [][]byte // subjects and payloads as they are
}

func (r *rig) read(t *testing.T) published {
	t.Helper()
	var p published
	stream, err := r.js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	info := stream.CachedInfo().State
	for seq := info.FirstSeq; seq <= info.LastSeq && info.Msgs > 0; seq++ {
		m, err := stream.GetMsg(t.Context(), seq)
		must(t, err)
		p.clear = append(p.clear, []byte(m.Subject), m.Data)
		switch strings.Split(m.Subject, ".")[1] {
		case "turn":
			p.turns = decoded(t, p.turns, m.Data)
			if out, ok, err := bus.ReplyIn(m.Subject, m.Data); ok || err != nil {
				must(t, err)
				p.outs = append(p.outs, out)
			}
		case "out":
			p.outs = decoded(t, p.outs, m.Data)
		case "esc":
			p.escs = decoded(t, p.escs, m.Data)
		case "dead":
			p.deads = decoded(t, p.deads, m.Data)
		case "mark":
			p.marks = decoded(t, p.marks, m.Data)
		}
	}
	return p
}

func decoded[T any](t *testing.T, all []T, data []byte) []T {
	t.Helper()
	var v T
	must(t, json.Unmarshal(data, &v))
	return append(all, v)
}

// open opens an escalation as the console would.
func (r *rig) open(t *testing.T, e bus.Escalation) agent.Escalation {
	t.Helper()
	plain, err := r.opener.Open(e.Clinic, e.ID, e.Envelope)
	must(t, err)
	var opened agent.Escalation
	must(t, json.Unmarshal(plain, &opened))
	return opened
}

func event(conversation, n int, text string) agent.Event {
	return agent.Event{
		V: agent.Version, ID: fmt.Sprintf("m%d.%d", conversation, n), Clinic: "sunrise", Channel: agent.SMS,
		Conversation: fmt.Sprintf("%032d", conversation), Kind: agent.KindText, Text: canary + " " + text, ReplyTo: "sealed-address",
		At: time.Date(2030, 1, 1, 0, 0, n, 0, time.UTC),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type profiles struct{}

func (profiles) Profile(id string) (*clinic.Profile, error) {
	if id == "nobody" {
		return nil, fmt.Errorf("clinic %s: %w", id, ErrUnknownClinic)
	}
	return &clinic.Profile{ID: id}, nil
}

type noSealers struct{}

func (noSealers) Sealer(string) (*vault.Sealer, bool) { return nil, false }

// fakeDecider decides by words in the text: emergency, stop, start, care,
// fail, panic. Anything else is answered. After stop it is silent until start.
type fakeDecider struct {
	// before, when set, runs first in Decide.
	before func(ctx context.Context, t agent.Turn) error
}

func (f *fakeDecider) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	if f.before != nil {
		if err := f.before(ctx, t); err != nil {
			return agent.Decision{}, err
		}
	}
	d := decision(agent.Answer, "fake", "hours", "We are open.")
	d.Session = t.Session
	for _, e := range t.Events {
		d.Session.Seen = append(d.Session.Seen[:len(d.Session.Seen):len(d.Session.Seen)], e.ID)
		d.Session.Tail = []agent.Message{{From: agent.Patient, Text: e.Text}}
		switch {
		case strings.Contains(e.Text, "panic"):
			panic(e.Text)
		case strings.Contains(e.Text, "fail"):
			return agent.Decision{}, errors.New("model is confused")
		case strings.Contains(e.Text, "stop"):
			d.Disposition, d.Consent, d.Session.Stopped = agent.Consent, agent.ConsentStop, true
		case strings.Contains(e.Text, "start"):
			d.Disposition, d.Consent, d.Session.Stopped = agent.Consent, agent.ConsentStart, false
		case strings.Contains(e.Text, "care"):
			d.Disposition = agent.Escalate
		case strings.Contains(e.Text, "emergency"):
			d.Disposition = agent.Emergency
		}
	}
	if t.Session.Stopped && d.Consent != agent.ConsentStart {
		d.Disposition, d.Consent, d.Replies = agent.Silent, "", nil
	}
	if d.Disposition == agent.Escalate || d.Disposition == agent.Emergency {
		d.Escalation = &agent.Escalation{Priority: agent.PriorityRoutine, Messages: d.Session.Tail}
	}
	return d, nil
}

func (*fakeDecider) EmergencyOnReceipt(e agent.Event, _ *clinic.Profile, _ time.Time) (agent.Decision, bool) {
	return decision(agent.Emergency, "fake.emergency", "emergency", "Call 911."), strings.Contains(e.Text, "emergency")
}

func (*fakeDecider) Fallback(t agent.Turn) agent.Decision {
	d := decision(agent.Escalate, "", "handoff", "A person will answer.")
	d.Session = t.Session
	for _, e := range t.Events {
		d.Session.Seen = append(d.Session.Seen[:len(d.Session.Seen):len(d.Session.Seen)], e.ID)
	}
	return d
}

func decision(d agent.Disposition, rule, key, text string) agent.Decision {
	return agent.Decision{
		V: agent.Version, Disposition: d, Rule: rule,
		Assessment: agent.Assessment{Language: language.English, ReplyLanguage: language.English},
		Replies:    []agent.Reply{{Key: key, Language: language.English, Text: text}},
	}
}
