package worker

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic/library"
	"recado/agent/session"
	"recado/agent/session/redistest"
	"recado/agent/vault"
)

// BenchmarkAThousandClinics serves 1,000 clinics, each of the sample's size,
// with 50 conversations each by one worker, once while nothing changes and once
// while ten profiles change every 100 ms. It reports
//
//	profile-KB    memory of a profile
//	index-KB      memory of what is worked out of it for answers
//	decide-*-µs   time to decide a turn
//	answer-*-ms   from publishing a message to its turn in the stream, at 100 messages a second
//	turns/s       turns committed of all conversations at once, decided by the agent with its rules and classifier
//	reload-ms     time to take a changed profile in
//	left-KB       memory that stays of each reload
//
// Run it with: go test -run NONE -bench AThousandClinics -benchtime 1x -timeout 30m ./agent/worker
func BenchmarkAThousandClinics(b *testing.B) {
	for _, every := range []time.Duration{0, 100 * time.Millisecond} {
		b.Run(fmt.Sprintf("reload=%s", every), func(b *testing.B) {
			for b.Loop() {
				m := newManyClinics(b)
				m.weigh(b)
				m.serve(b, every)
			}
		})
	}
}

const (
	manyClinics    = 1000
	manyPatients   = 50
	changedAtOnce  = 1
	pacedMessages  = 2000
	pacedEvery     = 10 * time.Millisecond
	questionOfMany = "what time do you close today?"
)

type clinicsBench struct {
	shelf
	docs  []library.Document
	agent *agent.Agent

	mu      sync.Mutex
	decided []time.Duration
	reloads []time.Duration
}

func newManyClinics(b *testing.B) *clinicsBench {
	b.Helper()
	m := &clinicsBench{shelf: newShelf(b)}
	var err error
	if m.agent, err = agent.New(); err != nil {
		b.Fatal(err)
	}
	for i := range manyClinics {
		m.docs = append(m.docs, sampleOf(manyID(i), 0))
	}
	return m
}

func manyID(i int) string { return fmt.Sprintf("clinic-%d", i) }

func heapNow() int64 {
	runtime.GC()
	runtime.GC() // what finalizers let go
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// weigh takes all profiles in and has one question of each decided.
func (m *clinicsBench) weigh(b *testing.B) {
	before := heapNow()
	if refused := m.Update(m.docs); len(refused) > 0 {
		b.Fatal(refused)
	}
	profiles := heapNow()
	b.ReportMetric(float64(profiles-before)/manyClinics/1024, "profile-KB")
	for i := range manyClinics {
		p, _ := m.Profile(manyID(i))
		e := event(i, 0, "")
		e.Clinic, e.Text = p.ID, questionOfMany
		if _, err := m.agent.Decide(b.Context(), agent.Turn{Events: []agent.Event{e}, Clinic: p, Now: time.Now()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(heapNow()-profiles)/manyClinics/1024, "index-KB")
}

// Decide implements Decider: it is timed.
func (m *clinicsBench) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	began := time.Now()
	d, err := m.agent.Decide(ctx, t)
	took := time.Since(began)
	m.mu.Lock()
	m.decided = append(m.decided, took)
	m.mu.Unlock()
	return d, err
}

func (m *clinicsBench) serve(b *testing.B, every time.Duration) {
	ctx := b.Context()
	js, nc := m.start(b)
	ctx, stop := context.WithCancel(ctx)
	var reloading sync.WaitGroup
	if every > 0 {
		reloading.Go(func() { m.reload(ctx, every) })
	}
	var committed atomic.Int64
	arrivals := make(chan string, manyClinics*manyPatients)
	sub, err := nc.Subscribe("recado.turn.>", func(msg *nats.Msg) {
		committed.Add(1)
		arrivals <- msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		b.Fatal(err)
	}
	left := heapNow()

	// All conversations at once.
	began := time.Now()
	for patient := range manyPatients {
		for i := range manyClinics {
			m.publish(b, js, i, patient, 1)
		}
	}
	for range manyClinics * manyPatients {
		m.arrival(b, arrivals)
	}
	b.ReportMetric(manyClinics*manyPatients/time.Since(began).Seconds(), "turns/s")

	// One message after the other.
	delays, sent := make([]time.Duration, 0, pacedMessages), map[string]time.Time{}
	tick := time.NewTicker(pacedEvery)
	defer tick.Stop()
	for n := 0; len(delays) < pacedMessages; {
		select {
		case <-tick.C:
			if n < pacedMessages {
				i := n % manyClinics
				e := m.publish(b, js, i, n/manyClinics, 2)
				sent[e.Conversation] = time.Now()
				n++
			}
		case id := <-arrivals:
			delays = append(delays, time.Since(sent[id]))
		case <-time.After(time.Minute):
			b.Fatalf("%d of %d messages are answered", len(delays), pacedMessages)
		}
	}
	stop()
	reloading.Wait()
	report := func(name string, all []time.Duration, unit time.Duration, suffix string) {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2])/float64(unit), name+"-p50-"+suffix)
		b.ReportMetric(float64(all[len(all)*99/100])/float64(unit), name+"-p99-"+suffix)
	}
	report("decide", m.decided, time.Microsecond, "µs")
	report("answer", delays, time.Millisecond, "ms")
	if len(m.reloads) > 0 {
		report("reload", m.reloads, time.Millisecond, "ms")
		b.ReportMetric(float64(len(m.reloads)), "reloads")
		m.mu.Lock()
		n := len(m.reloads)
		m.decided, sent, delays = nil, nil, nil
		m.mu.Unlock()
		b.ReportMetric(float64(heapNow()-left)/float64(n)/1024, "left-KB")
	}
	b.ReportMetric(0, "ns/op")
}

func (m *clinicsBench) arrival(b *testing.B, arrivals <-chan string) {
	select {
	case <-arrivals:
	case <-time.After(time.Minute):
		b.Fatal("no turn for a minute")
	}
}

func (m *clinicsBench) publish(b *testing.B, js jetstream.JetStream, i, patient, n int) agent.Event {
	e := event(i*manyPatients+patient, n, "")
	e.Clinic, e.Text, e.At = manyID(i), questionOfMany, time.Now()
	if _, err := bus.PublishEvent(b.Context(), js, e); err != nil {
		b.Fatal(err)
	}
	return e
}

// reload changes a few profiles again and again.
func (m *clinicsBench) reload(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for version := 1; ; version++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		docs := slices.Clone(m.docs)
		for k := range changedAtOnce {
			i := (version*changedAtOnce + k) % manyClinics
			docs[i] = sampleOf(manyID(i), version)
		}
		m.docs = docs
		began := time.Now()
		m.Update(docs)
		m.reloads = append(m.reloads, time.Since(began))
	}
}

// start runs a worker between real servers.
func (m *clinicsBench) start(b *testing.B) (jetstream.JetStream, *nats.Conn) {
	ctx := b.Context()
	ok := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	server, err := embedded.Start(embedded.Config{Dir: b.TempDir(), Key: "a key for tests only", NoSync: true})
	ok(err)
	b.Cleanup(server.Stop)
	connect := func(role bus.Role) (*nats.Conn, jetstream.JetStream) {
		nc, err := server.Connect(role)
		ok(err)
		b.Cleanup(nc.Close)
		js, err := jetstream.New(nc)
		ok(err)
		return nc, js
	}
	nc, js := connect(bus.RoleProvision)
	_, err = bus.Provision(ctx, js, bus.Layout{})
	ok(err)
	own, _ := connect(bus.RoleWorker)
	opened, err := bus.Open(ctx, own)
	ok(err)
	client := redis.NewClient(session.Options(redistest.Start(b).Addr))
	b.Cleanup(func() { client.Close() })
	box, err := vault.ParseBox(vault.NewBoxKey())
	ok(err)
	private, err := vault.NewPrivateKey()
	ok(err)
	signing, err := vault.NewSigningKey()
	ok(err)
	sealer, err := vault.NewSealer(private.Public(), signing)
	ok(err)
	w, err := New(Config{Bus: opened, Store: session.NewRedis(client, box, 0), Decider: timed{m, m.agent}, Profiles: m.shelf, Sealers: noSealers{}, Operator: sealer})
	ok(err)
	ok(w.Start(ctx))
	b.Cleanup(func() { _ = w.Stop(context.Background()) })
	return js, nc
}

// timed is the agent with Decide timed.
type timed struct {
	*clinicsBench
	*agent.Agent
}

func (t timed) Decide(ctx context.Context, turn agent.Turn) (agent.Decision, error) {
	return t.clinicsBench.Decide(ctx, turn)
}
