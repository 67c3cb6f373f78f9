package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/whatsapp"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/vault"
)

// post is a NATS server, a Graph API and what gateways share.
type post struct {
	*channeltest.NATS
	graph *graphtest.Server
	box   *vault.Box
	logs  *observer.ObservedLogs
	log   *zap.Logger

	mu      sync.Mutex
	notices []channel.Notice
	told    chan channel.Notice
}

func newPost(t *testing.T, change ...func(*jetstream.ConsumerConfig)) *post {
	t.Helper()
	box, err := vault.NewBox([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	p := &post{NATS: channeltest.Start(t), graph: graphtest.New(), box: box, logs: logs, log: zap.New(core), told: make(chan channel.Notice, 1000)}
	t.Cleanup(p.graph.Close)
	p.consumer(t, func(c *jetstream.ConsumerConfig) {
		c.AckWait = 400 * time.Millisecond
		for _, f := range change {
			f(c)
		}
	})
	return p
}

// consumer makes the gateways' consumer anew, as if nothing had been handed
// out.
func (p *post) consumer(t *testing.T, change func(*jetstream.ConsumerConfig)) {
	t.Helper()
	old, err := p.JS.Consumer(t.Context(), bus.StreamTurn, bus.ConsumerGateway)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.JS.DeleteConsumer(t.Context(), bus.StreamTurn, bus.ConsumerGateway); err != nil {
		t.Fatal(err)
	}
	cfg := old.CachedInfo().Config
	change(&cfg)
	if _, err := p.JS.CreateConsumer(t.Context(), bus.StreamTurn, cfg); err != nil {
		t.Fatal(err)
	}
}

func (p *post) undelivered(_ context.Context, n channel.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices = append(p.notices, n)
	p.told <- n
	return nil
}

// config is that of one more gateway.
func (p *post) config(t *testing.T) Config {
	t.Helper()
	js := p.Connect(t)
	sender, err := whatsapp.NewSender(whatsapp.SenderConfig{Token: "secret-token", BaseURL: p.graph.URL(), Timeout: 100 * time.Millisecond, MessagesPerSecond: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	deliveries, err := OpenDeliveries(t.Context(), js, p.undelivered)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		JetStream: js, Senders: map[agent.Channel]channel.Sender{agent.WhatsApp: sender},
		Deliveries: deliveries, Consent: p.Bus, Box: p.box, Log: p.log,
		SendTimeout: 120 * time.Millisecond, ConfirmWait: 250 * time.Millisecond,
		RetryMin: 2 * time.Millisecond, RetryMax: 20 * time.Millisecond, RetryFor: 10 * time.Second,
	}
}

// run starts a gateway; stop ends it and waits.
func run(t *testing.T, cfg Config) (stop func()) {
	t.Helper()
	_, stop = start(t, cfg)
	return stop
}

// start is run for a test that looks into the gateway.
func start(t *testing.T, cfg Config) (d *Dispatcher, stop func()) {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return d, stop
}

func conversation(n int) agent.Conversation {
	return agent.Conversation{Clinic: "harbor", Channel: agent.WhatsApp, ID: fmt.Sprintf("%032d", n)}
}

// publish puts a reply into the stream as a worker does, and returns it: in a
// turn record, or on a subject of its own where it is an emergency's or its id
// begins with s, as what staff send.
func (p *post) publish(t *testing.T, n int, id string, change ...func(*bus.Outbound)) bus.Outbound {
	t.Helper()
	c := conversation(n)
	sealed, err := channel.Address{Account: "106540352242922", Phone: fmt.Sprintf("1650555%04d", n)}.Seal(p.box, c)
	if err != nil {
		t.Fatal(err)
	}
	out := bus.Outbound{
		V: 1, ID: id, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID, Disposition: agent.Answer,
		Keys: []string{"hours.today"}, Language: "en", Text: "text of " + id, ReplyTo: sealed, At: time.Now(),
	}
	for _, f := range change {
		f(&out)
	}
	var message any = bus.TurnRecord{V: 1, Cursor: 1, Reply: &out}
	subject := bus.TurnSubject(c)
	if out.Emergency || strings.HasPrefix(id, "s") {
		message, subject = out, bus.OutSubject(c)
	}
	data, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.JS.PublishMsg(t.Context(), &nats.Msg{Subject: subject, Data: data}); err != nil {
		t.Fatal(err)
	}
	return out
}

func emergency(o *bus.Outbound) { o.Emergency, o.Disposition = true, agent.Emergency }

// awaitState returns the record once it has a state.
func (p *post) awaitState(t *testing.T, reply string, state channel.State) Record {
	t.Helper()
	bucket, err := p.JS.KeyValue(t.Context(), bus.BucketDelivery)
	if err != nil {
		t.Fatal(err)
	}
	ctx := channeltest.Context(t)
	watch, err := bucket.Watch(ctx, reply)
	if err != nil {
		t.Fatal(err)
	}
	var r Record
	for {
		select {
		case entry := <-watch.Updates():
			if entry == nil {
				continue
			}
			r = Record{}
			if err := json.Unmarshal(entry.Value(), &r); err != nil {
				t.Fatal(err)
			}
			if r.State == state {
				return r
			}
		case <-ctx.Done():
			t.Fatalf("%s is %q (code %d, %s), want %q", reply, r.State, r.Code, r.Reason, state)
		}
	}
}

// sent waits for n messages and returns their ids in order.
func (p *post) sent(t *testing.T, n int) []string {
	t.Helper()
	calls, err := p.graph.WaitSent(channeltest.Context(t), n)
	if err != nil {
		t.Fatal(err)
	}
	return callbacks(calls)
}

func callbacks(calls []graphtest.Call) []string {
	var ids []string
	for _, c := range calls {
		ids = append(ids, c.Callback)
	}
	return ids
}
